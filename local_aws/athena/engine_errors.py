"""Say DuckDB's errors in Athena's words."""

from __future__ import annotations

import re

import duckdb

from local_aws.athena.errors import QueryCancelledError, QueryError

# Errors of our own, raised by the translated query: "Invalid Input Error: CODE: message".
_OWN = re.compile(r"(?:Invalid Input Error: )?([A-Z][A-Z_]{4,}): (.*)", re.DOTALL)


# DuckDB's error -> Trino's name for it; the first one that fits.
_NAMES: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
    (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    (duckdb.HTTPException, "HIVE_CANNOT_OPEN_SPLIT"),
    (duckdb.IOException, "HIVE_CANNOT_OPEN_SPLIT"),
)


def query_error(error: duckdb.Error) -> QueryError | QueryCancelledError:
    """Return the error that Athena would report."""
    if isinstance(error, duckdb.InterruptException):
        return QueryCancelledError()
    text = str(error)
    own = _OWN.match(text) if isinstance(error, duckdb.InvalidInputException) else None
    if own:
        return QueryError(own[1], own[2].strip())
    first_line = text.splitlines()[0] if text else type(error).__name__
    message = first_line.partition(": ")[2] or first_line
    if "More than one row returned by a subquery" in text:
        return QueryError("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
    if "Map keys must be unique" in text or "Map keys can not be NULL" in text:
        return QueryError("INVALID_FUNCTION_ARGUMENT", message)
    for kind, name in _NAMES:
        if isinstance(error, kind):
            return QueryError(name, message)
    # What Trino checks and we do not: never an answer, but not in its words either.
    return QueryError("GENERIC_INTERNAL_ERROR", first_line)
