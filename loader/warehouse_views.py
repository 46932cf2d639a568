"""The warehouse's views: their SQL, how they are made anew when it changes, and their refresh.

Each file of loader/sql/views is one view, named as the file. Its head, up to an empty comment line,
defines what it measures and becomes the comment that SQL tools show. A view reads tables only, so
their order does not matter. A migration drops what is to go: a view whose file is deleted, or
whose kind changes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from loader.warehouse import statements

ROLE = "retail_bi"
"""Redshift role that reads facts, dimensions and views."""

_SQL = files("loader") / "sql"
_CREATE = re.compile(r"CREATE (MATERIALIZED )?VIEW retail\.(\w+)\b")

_NOTE_VIEWS = (
    "DELETE FROM retail.view_state",
    "INSERT INTO retail.view_state (digest, applied_at, snapshot_id, refreshed_at) "
    "SELECT '{}', GETDATE(), snapshot_id, GETDATE() FROM retail.load_position",
)

_NOTE_REFRESH = (
    "UPDATE retail.view_state SET snapshot_id = p.snapshot_id, refreshed_at = GETDATE() "
    "FROM retail.load_position p"
)


@dataclass(frozen=True)
class View:
    """One view of schema retail.

    Attributes
    ----------
    name : without its schema.
    definition : what it measures, in words.
    create : the statement that makes it.
    stored : whether it is materialized.
    """

    name: str
    definition: str
    create: str
    stored: bool


@cache
def views() -> tuple[View, ...]:
    """Return all views by name.

    Raises
    ------
    ValueError : a file does not hold exactly the statement that makes the view of its name.
    """
    scripts = sorted((_SQL / "views").iterdir(), key=lambda path: path.name)
    return tuple(_view(each.name.removesuffix(".sql"), each.read_text("utf-8")) for each in scripts)


def views_digest() -> str:
    """Return what changes when a view or what its role may read changes: 16 hex digits."""
    texts = [*make_role_statements(), *_make_views()]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def views_state_statement() -> str:
    """Return the query of one row: the digest of the views that are there; empty if none are."""
    return "SELECT COALESCE(MAX(digest), '') AS digest FROM retail.view_state"


def make_role_statements() -> list[str]:
    """Return the transaction that makes the role, which fails when it is there already.

    Redshift has no CREATE ROLE IF NOT EXISTS, and a role outlives the schema. So it is a
    transaction of its own: whether it was needed shows in that of the views, which grants to it.
    """
    return [f"CREATE ROLE {ROLE}"]


def make_views_statements() -> list[str]:
    """Return the transaction that makes all views anew, with the stored ones' rows of now.

    Readers see the old views until it is committed. What others have built on a view with a
    binding makes it fail, and the old views stay: they are not ours to drop.
    """
    note = [statement.format(views_digest()) for statement in _NOTE_VIEWS]
    return [*_make_views(), *note]


def refresh_statements() -> list[str]:
    """Return the transaction that computes the stored views from what is loaded.

    Amazon Redshift, REFRESH MATERIALIZED VIEW: it is no part of the load's transaction, as it may
    see committed rows only. A view that is refreshed in full sees all of them, and all of ours are
    of that kind.
    """
    return [
        *(f"REFRESH MATERIALIZED VIEW retail.{view.name}" for view in views() if view.stored),
        _NOTE_REFRESH,
    ]


def _make_views() -> list[str]:
    plain, stored = (
        ", ".join(f"retail.{view.name}" for view in views() if view.stored is kind)
        for kind in (False, True)
    )
    everything = ", ".join(f"retail.{view.name}" for view in views())
    return [
        f"DROP VIEW IF EXISTS {plain}",
        *(f"DROP MATERIALIZED VIEW IF EXISTS {name}" for name in stored.split(", ")),
        *(view.create for view in views()),
        # Redshift's COMMENT has no form for a materialized view.
        *(_comment(view) for view in views() if not view.stored),
        *statements((_SQL / "bi_role.sql").read_text("utf-8")),
        # PUBLIC reads by USAGE of the schema, which was granted once, so that a REVOKE stays.
        f"GRANT SELECT ON {everything} TO ROLE {ROLE}, PUBLIC",
    ]


def _comment(view: View) -> str:
    text = view.definition.replace("'", "''")
    return f"COMMENT ON VIEW retail.{view.name} IS '{text}'"


def _view(name: str, script: str) -> View:
    (create,) = statements(script)
    found = _CREATE.match(create)
    if found is None or found[2] != name:
        raise ValueError(f"loader/sql/views/{name}.sql does not make the view {name}")
    return View(name, _definition(script), create, stored=found[1] is not None)


def _definition(script: str) -> str:
    lines = []
    for line in script.splitlines():
        if not line.startswith("-- "):
            break
        lines.append(line.removeprefix("-- "))
    return " ".join(lines)
