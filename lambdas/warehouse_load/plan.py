"""Decides the next transaction to run in the warehouse, from how the last one ended.

Pure: the batch's description comes from the caller. Two phases::

    prepare:  inspect ─► (schema is old) migrate ─► inspect ─► done, with the position
    load:     load ─► done
              load, which failed ─► inspect ─► done if the batch is in all the same, else LoadFailed
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from lambdas.errors import InvalidEvent, LoadFailed
from lambdas.warehouse_load.redshift_messages import without_values
from loader.warehouse import (
    Batch,
    bootstrap_statements,
    load_statements,
    migration_statements,
    position_statement,
)

STEPS = ("inspect", "migrate", "load")

LIMIT = 600
"""Seconds that an inspection or migration may take, the wait for a sleeping Redshift included."""

LOAD_LIMIT = 3600
"""Seconds that a load may take."""

_TOKENS = uuid.UUID("7f0d7c5e-5c0b-4a53-9a63-0b8f2f6d2a11")


@dataclass(frozen=True)
class Ended:
    """How the last transaction ended.

    Attributes
    ----------
    step : inspect, migrate or load.
    statement_id : the Data API's id of it.
    succeeded : it was committed.
    error : Redshift's message when it was not.
    rows : the last statement's rows as a state machine gets them from the Data API, its names in
        capitals; of an inspection only.
    """

    step: str
    statement_id: str
    succeeded: bool
    error: str = ""
    rows: list[list[dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True)
class Standing:
    """Where the warehouse stands: its schema's version, and the snapshot that is loaded."""

    version: int
    snapshot_id: int


def done(position: int) -> dict[str, Any]:
    """Return the answer that ends a phase.

    The position is text: a state machine's numbers are floating point, and snapshot ids are not.
    """
    return {"done": True, "position": str(position)}


def plan_prepare(run_id: str, ended: Ended | None) -> dict[str, Any]:
    """Return the next transaction that brings the schema up to date, or the end with the position.

    Raises
    ------
    LoadFailed : a transaction was not committed.
    """
    if ended is None:
        return _inspect(run_id, "prepare", ended)
    if not ended.succeeded:
        reason = without_values(ended.error, [*bootstrap_statements(), *migration_statements(0)])
        raise LoadFailed(f"preparing the warehouse failed in step {ended.step}: {reason}")
    if ended.step == "migrate":
        return _inspect(run_id, "prepare", ended)
    standing = _standing(ended)
    migration = migration_statements(standing.version)
    if migration:
        return transaction(run_id, "prepare", ended, "migrate", migration)
    return done(standing.snapshot_id)


def plan_load(run_id: str, ended: Ended | None, batch: Batch, copy_role: str) -> dict[str, Any]:
    """Return the transaction that loads the batch, or the end.

    A load that failed is looked after: when the position is the batch's end, another load of the
    same change has won, or the answer to our own was lost. The answer's `load_error` is to come
    back as the `error` of that inspection. Of a rebuild that ends where the warehouse stood before,
    the position says nothing: it counts as failed, and is repeated without harm.

    Raises
    ------
    LoadFailed : the batch is not in the warehouse; nothing of it is.
    """
    if ended is None:
        return transaction(run_id, "load", ended, "load", load_statements(batch, copy_role))
    if ended.succeeded and ended.step == "load":
        return done(batch.end)
    if ended.step == "load":
        return {**_inspect(run_id, "load", ended), "load_error": ended.error}
    if ended.succeeded and batch.start != batch.end == _standing(ended).snapshot_id:
        return done(batch.end)
    reason = without_values(ended.error, load_statements(batch, copy_role))
    raise LoadFailed(f"the batch {batch.start}..{batch.end} is not loaded: {reason}")


def _inspect(run_id: str, phase: str, ended: Ended | None) -> dict[str, Any]:
    statements = [*bootstrap_statements(), position_statement()]
    return transaction(run_id, phase, ended, "inspect", statements)


def transaction(
    run_id: str, phase: str, ended: Ended | None, step: str, statements: list[str]
) -> dict[str, Any]:
    """Return a transaction; its token is the same when this call is repeated."""
    before = ended.statement_id if ended else ""
    token = uuid.uuid5(_TOKENS, f"{run_id}/{phase}/{step}/{before}")
    return {
        "done": False,
        "step": step,
        "statements": statements,
        "client_token": str(token),
        "limit_seconds": LOAD_LIMIT if step == "load" else LIMIT,
    }


def _standing(ended: Ended) -> Standing:
    try:
        ((version, snapshot_id),) = ended.rows
        return Standing(int(version["LongValue"]), int(snapshot_id["StringValue"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEvent("the inspection's rows are not as expected") from error
