"""Write names and values into PostgreSQL's SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """Return a string literal, or NULL."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'"
