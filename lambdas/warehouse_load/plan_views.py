"""Decides how the views follow a load: made anew when their SQL has changed, else refreshed.

Pure, as `plan`. The load is committed by then and stays so whatever becomes of the views::

    the load is in ─► look ─► (other SQL) role ─► views ─► done
                           └► (same SQL)  refresh ───────► done

A step that fails ends it too, with what Redshift said: the old views stay, of which the stored ones
then show what was loaded before. `retail.view_freshness` and the run ledger say so, and the next
load tries again. Only of `role` it is no matter how it ends: mostly the role is there already.
"""

from __future__ import annotations

from typing import Any

from lambdas.errors import InvalidEvent
from lambdas.warehouse_load.plan import Ended, done, transaction
from loader.warehouse_views import (
    make_role_statements,
    make_views_statements,
    refresh_statements,
    views_digest,
    views_state_statement,
)

STEPS = ("look", "role", "views", "refresh")

LIMIT = 1800
"""Seconds that making or refreshing the views may take."""


def plan_views(run_id: str, ended: Ended, position: int) -> dict[str, Any]:
    """Return the next transaction for the views, or the end of the phase.

    Parameters
    ----------
    ended : how the last transaction ended: the load, or one of STEPS.
    position : the snapshot that is loaded.

    Returns
    -------
    What `plan_load` returns; at the end also `views_error`, empty when the views are current.
    """
    if ended.step not in STEPS:
        return transaction(run_id, "load", ended, "look", [views_state_statement()])
    if ended.step == "role":
        return _make(run_id, ended, "views", make_views_statements())
    if not ended.succeeded:
        return {**done(position), "views_error": f"{ended.step}: {ended.error}"}
    if ended.step != "look":
        return {**done(position), "views_error": ""}
    if _digest(ended) == views_digest():
        return _make(run_id, ended, "refresh", refresh_statements())
    return _make(run_id, ended, "role", make_role_statements())


def _make(run_id: str, ended: Ended, step: str, statements: list[str]) -> dict[str, Any]:
    planned = transaction(run_id, "load", ended, step, statements)
    return {**planned, "limit_seconds": LIMIT}


def _digest(ended: Ended) -> str:
    try:
        ((digest,),) = ended.rows
        return str(digest["StringValue"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEvent("the look's rows are not as expected") from error
