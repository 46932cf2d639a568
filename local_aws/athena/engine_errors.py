"""Say DuckDB's errors in Athena's words."""

from __future__ import annotations

import re

import duckdb

from local_aws.athena.errors import QueryCancelledError, QueryError

# Errors of our own, raised by the translated query: "Invalid Input Error: CODE: message".
_OWN = re.compile(r"(?:Invalid Input Error: )?([A-Z][A-Z_]{4,}): (.*)", re.DOTALL)


def query_error(error: duckdb.Error) -> Exception:
    """Return the error that Athena would report."""
    text = str(error)
    first_line = text.splitlines()[0] if text else type(error).__name__
    if isinstance(error, duckdb.InterruptException):
        return QueryCancelledError()
    if isinstance(error, duckdb.InvalidInputException):
        own = _OWN.match(text)
        if own:
            return QueryError(own[1], own[2].strip())
        if "Map keys must be unique" in text or "Map keys can not be NULL" in text:
            return QueryError("INVALID_FUNCTION_ARGUMENT", first_line.partition(": ")[2])
        if "More than one row returned by a subquery" in text:
            return QueryError(
                "SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"
            )
    if isinstance(error, duckdb.OutOfRangeException):
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", first_line.partition(": ")[2])
    if isinstance(error, duckdb.ConversionException):
        return QueryError("INVALID_CAST_ARGUMENT", first_line.partition(": ")[2])
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryError(
            "EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exhausted resources of the LOCAL engine"
        )
    if isinstance(error, duckdb.IOException | duckdb.HTTPException):
        return QueryError("HIVE_CANNOT_OPEN_SPLIT", first_line)
    # What Trino checks and we do not: never an answer, but not in its words either.
    return QueryError("GENERIC_INTERNAL_ERROR", first_line)
