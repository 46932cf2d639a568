"""`etl athena`: runs one statement and prints its result, what it read and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from cli import console
from cli.errors import CliError
from cli.query_result import QueryResult, Row, print_result
from cli.target import Target

_FIRST_PAUSE, _LONGEST_PAUSE = 0.03, 1.0


def query(target: Target, sql: str, database: str | None = None) -> QueryResult:
    """Run one statement and return its whole result.

    Raises
    ------
    CliError : Athena refuses it, or it fails; the message is Athena's.
    """
    athena = target.client("athena")
    started = athena.start_query_execution(
        QueryString=sql,
        WorkGroup=target.output("WorkGroup"),
        QueryExecutionContext={"Database": database or target.output("Database")},
    )
    execution = _await_end(athena, started["QueryExecutionId"])
    if execution["Status"]["State"] != "SUCCEEDED":
        reason = execution["Status"].get("StateChangeReason", "the query was cancelled")
        raise CliError(reason)
    statistics = execution.get("Statistics", {})
    columns, rows = _fetch(athena, execution)
    return QueryResult(
        columns=[column["Name"] for column in columns],
        types=[column["Type"] for column in columns],
        rows=rows,
        scanned=int(statistics.get("DataScannedInBytes", 0)),
        seconds=statistics.get("TotalExecutionTimeInMillis", 0) / 1000,
    )


def quoted(text: str) -> str:
    """Return a text as a literal of Athena's SQL."""
    return "'" + text.replace("'", "''") + "'"


def print_query(target: Target, sql: str, form: str, database: str | None) -> None:
    """Run a statement and print its result as `table`, `csv` or `json`."""
    with console.err().status("running"):
        result = query(target, sql, database)
    print_result(result, form)


def _await_end(athena: Any, query_id: str) -> dict[str, Any]:
    pause = _FIRST_PAUSE
    try:
        while True:
            found = athena.get_query_execution(QueryExecutionId=query_id)
            execution: dict[str, Any] = found["QueryExecution"]
            if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                return execution
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
    except KeyboardInterrupt:
        athena.stop_query_execution(QueryExecutionId=query_id)
        raise


def _fetch(athena: Any, execution: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Row]]:
    paginator = athena.get_paginator("get_query_results")
    columns: list[dict[str, Any]] = []
    rows: list[Row] = []
    for page in paginator.paginate(QueryExecutionId=execution["QueryExecutionId"]):
        columns = page["ResultSet"].get("ResultSetMetadata", {}).get("ColumnInfo", columns)
        rows += _values(page)
    # The result of a SELECT begins with the names of its columns, that of a SHOW does not.
    if execution.get("StatementType") == "DML" and rows[:1] == [[c["Name"] for c in columns]]:
        del rows[0]
    return columns, rows


def _values(page: dict[str, Any]) -> Iterator[Row]:
    for row in page["ResultSet"].get("Rows", []):
        yield [cell.get("VarCharValue") for cell in row["Data"]]
