"""Write names and values into PostgreSQL's SQL."""

from __future__ import annotations

from local_aws.redshift.errors import UnsupportedError

_LONGEST_NAME = 63  # bytes; PostgreSQL would cut a longer one without a word


def quoted(name: str) -> str:
    """Return an identifier in double quotes.

    Raises
    ------
    UnsupportedError : it is longer than PostgreSQL keeps; Redshift keeps 127 bytes.
    """
    if len(name.encode()) > _LONGEST_NAME:
        raise UnsupportedError(f"the name {name}, of more than {_LONGEST_NAME} bytes,")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """Return a string literal, or NULL."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'"
