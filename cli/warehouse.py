"""`etl warehouse`: runs one statement in Redshift through the Data API and prints its result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from cli import console
from cli.errors import CliError
from cli.query_result import QueryResult, Row, print_result
from cli.target import Target

_FIRST_PAUSE, _LONGEST_PAUSE = 0.03, 1.0
_UNDER_WAY = frozenset({"SUBMITTED", "PICKED", "STARTED"})
# Redshift's names of types, as query results name them.
_TYPES = {
    "bool": "boolean",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double",
    "numeric": "decimal",
}


def query(target: Target, sql: str, *, as_admin: bool = False, **parameters: str) -> QueryResult:
    """Run one statement and return its whole result.

    Parameters
    ----------
    parameters : values of what the statement names `:like_this`.
    as_admin : log in with the administrator's secret, not as the caller: who may log in reads
        schema retail, but changes nothing in it.

    Raises
    ------
    CliError : Redshift refuses it, or it fails; the message is Redshift's.
    """
    data = target.client("redshift-data")
    login = {"SecretArn": target.output("WarehouseSecret")} if as_admin else {}
    named = [{"name": name, "value": value} for name, value in parameters.items()]
    given = {"Parameters": named} if named else {}
    started = time.monotonic()
    statement = data.execute_statement(
        WorkgroupName=target.output("Workgroup"),
        Database=target.output("WarehouseDatabase"),
        Sql=sql,
        **login,
        **given,
    )["Id"]
    described = await_end(data, statement)
    if described["Status"] != "FINISHED":
        raise CliError(described.get("Error") or "the statement was cancelled")
    has_result = bool(described.get("HasResultSet"))
    return _result(data, statement if has_result else None, started)


def query_together(target: Target, statements: Sequence[str]) -> list[QueryResult]:
    """Run queries in one transaction, so that all see the warehouse of one moment.

    Returns
    -------
    Their results in the order of the statements, of which there may be 40.

    Raises
    ------
    CliError : Redshift refuses one of them, or it fails; the message is Redshift's.
    """
    data = target.client("redshift-data")
    started = time.monotonic()
    batch = data.batch_execute_statement(
        WorkgroupName=target.output("Workgroup"),
        Database=target.output("WarehouseDatabase"),
        Sqls=list(statements),
    )["Id"]
    described = await_end(data, batch)
    if described["Status"] != "FINISHED":
        raise CliError(described.get("Error") or "the statements were cancelled")
    return [_result(data, part["Id"], started) for part in described["SubStatements"]]


def address(target: Target) -> str:
    """Return where SQL clients connect to: host, port and database."""
    found = target.client("redshift-serverless").get_workgroup(
        workgroupName=target.output("Workgroup")
    )
    endpoint = found["workgroup"]["endpoint"]
    return f"{endpoint['address']}:{endpoint['port']}/{target.output('WarehouseDatabase')}"


def print_query(target: Target, sql: str, form: str, *, as_admin: bool) -> None:
    """Run a statement and print its result as `table`, `csv` or `json`."""
    with console.err().status("running"):
        result = query(target, sql, as_admin=as_admin)
    print_result(result, form)


def await_end(data: Any, statement: str) -> dict[str, Any]:
    """Return what describe_statement tells once it has ended; a Ctrl-C cancels it."""
    pause = _FIRST_PAUSE
    try:
        while True:
            described: dict[str, Any] = data.describe_statement(Id=statement)
            if described["Status"] not in _UNDER_WAY:
                return described
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
    except KeyboardInterrupt:
        data.cancel_statement(Id=statement)
        raise


def _result(data: Any, statement: str | None, started: float) -> QueryResult:
    columns, rows = _fetch(data, statement) if statement else ([], [])
    return QueryResult(
        columns=[column["name"] for column in columns],
        types=[_TYPES.get(column["typeName"], column["typeName"]) for column in columns],
        rows=rows,
        seconds=time.monotonic() - started,
    )


def _fetch(data: Any, statement: str) -> tuple[list[dict[str, Any]], list[Row]]:
    columns: list[dict[str, Any]] = []
    rows: list[Row] = []
    for page in data.get_paginator("get_statement_result").paginate(Id=statement):
        columns = page["ColumnMetadata"]
        rows += [[_text(field) for field in record] for record in page["Records"]]
    return columns, rows


def _text(field: dict[str, Any]) -> str | None:
    """Return a field, which has one member named by its kind, as text."""
    ((kind, value),) = field.items()
    if kind == "isNull":
        return None
    if kind == "booleanValue":
        return "true" if value else "false"
    return value.hex() if kind == "blobValue" else str(value)
