"""The SQL of the warehouse: its migrations, its position, and the load of one batch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

_SQL = files("loader") / "sql"

# What may stand in a SQL literal of a load: keys and ARNs of ours hold nothing else.
_SAFE_LITERAL = re.compile(r"[A-Za-z0-9_=+@,./:-]+")

_INSERT_FIRST_POSITION = (
    "INSERT INTO retail.load_position SELECT 0, GETDATE() "
    "WHERE NOT EXISTS (SELECT 1 FROM retail.load_position)"
)

_APPLIED = "INSERT INTO retail.schema_version VALUES ({}, GETDATE())"


@dataclass(frozen=True)
class Batch:
    """What one load brings: the invoices changed between two snapshots of `changed_invoices`.

    Or, for a warehouse that stands nowhere or is to be rebuilt, all invoices.

    Attributes
    ----------
    start : snapshot at which the warehouse must stand; 0 before the first load.
    end : snapshot at which it stands afterwards.
    rows : rows of the changed invoices.
    sales_manifest : S3 URL of the COPY manifest of the changed invoices' rows.
    invoices_manifest : S3 URL of the COPY manifest of the changed invoices' numbers.
    replaces_all : the batch holds all invoices; what else the warehouse holds is deleted.
    """

    start: int
    end: int
    rows: int
    sales_manifest: str
    invoices_manifest: str
    replaces_all: bool = False


def batch_key(run_id: str, name: str) -> str:
    """Return the S3 key, in the lake's bucket, of a file of a run's batch."""
    return f"staging/warehouse/{run_id}/{name}"


def statements(sql: str) -> list[str]:
    """Return the statements of a script, without its comments.

    The scripts hold no string with a semicolon or two dashes, so no SQL parser is needed.
    """
    bare = re.sub(r"\s*--[^\n]*", "", sql)
    return [statement.strip() for statement in bare.split(";") if statement.strip()]


def _script(name: str) -> list[str]:
    return statements((_SQL / f"{name}.sql").read_text("utf-8"))


def bootstrap_statements() -> list[str]:
    """Return what must run before anything else; harmless when it has run before."""
    return [*_script("bootstrap"), _INSERT_FIRST_POSITION]


def position_statement() -> str:
    """Return the query of one row: the schema's version and the snapshot that is loaded."""
    (query,) = _script("position")
    return query


def migration_statements(version: int) -> list[str]:
    """Return the statements that bring a schema of `version` to the latest; empty if it is."""
    pending: list[str] = []
    for script in sorted((_SQL / "migrations").iterdir(), key=lambda path: path.name):
        number = int(script.name.split("_", maxsplit=1)[0])
        if number > version:
            pending += statements(script.read_text("utf-8"))
            pending.append(_APPLIED.format(number))
    return pending


def load_statements(batch: Batch, copy_role: str) -> list[str]:
    """Return the transaction that loads the batch.

    Raises
    ------
    ValueError : a URL or the role holds a character that keys and ARNs of ours never hold.
    """
    for literal in (batch.sales_manifest, batch.invoices_manifest, copy_role):
        if not _SAFE_LITERAL.fullmatch(literal):
            raise ValueError(f"not fit for a SQL literal: {literal!r}")
    values = {
        "start": batch.start,
        "end": batch.end,
        "sales_manifest": batch.sales_manifest,
        "invoices_manifest": batch.invoices_manifest,
        "copy_role": copy_role,
    }
    scripts = ("begin_load", "empty", "load") if batch.replaces_all else ("begin_load", "load")
    script = [each for name in scripts for each in _script(name)]
    return [statement.format(**values) for statement in script]
