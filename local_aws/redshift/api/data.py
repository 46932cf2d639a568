"""The redshift-data API: statements are submitted, described and their results fetched."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import psycopg
from ministack.services import secretsmanager

from local_aws.redshift.api.caller import ROOT, database_user_of_caller, user_id_of_caller
from local_aws.redshift.api.descriptions import describe
from local_aws.redshift.api.json_service import (
    Answer,
    ApiError,
    Operation,
    answer,
    required,
    validation,
)
from local_aws.redshift.api.listing import (
    Listing,
    describe_table,
    list_databases,
    list_schemas,
    list_statements,
    list_tables,
)
from local_aws.redshift.api.parameters import bind
from local_aws.redshift.api.registry import registry
from local_aws.redshift.api.results import as_csv
from local_aws.redshift.api.runner import Connect, Runner
from local_aws.redshift.api.statements import (
    FINISHED,
    Statement,
    StatementStore,
    SubStatement,
    new_statement_id,
)
from local_aws.redshift.postgres import HOST
from local_aws.settings import CloudSettings

SQL_LIMIT = 100 * 1024
"""Bytes of one SQL statement."""

BATCH_LIMIT = 40
"""Statements of one batch."""

_ROWS_A_PAGE = 1000
_LOOK_SECONDS = 0.5
_CREDENTIAL_SECONDS = 900.0

_caller: ContextVar[str] = ContextVar("redshift_data_caller", default=ROOT)
_caller_id: ContextVar[str] = ContextVar("redshift_data_caller_id", default="")
_services: list[tuple[StatementStore, Runner]] = []


def use(settings: CloudSettings) -> None:
    """Tell where results are kept; to be called before the first request."""
    store = StatementStore(settings.state_dir / "redshift" / "statements")
    _services[:] = [(store, Runner(store))]


async def handle_request(headers: Mapping[str, str], body: bytes) -> Answer:
    """Answer a request."""
    _caller.set(database_user_of_caller(headers))
    _caller_id.set(user_id_of_caller(headers))
    return await answer(_OPERATIONS, headers, body)


def get_state() -> dict[str, Any]:
    """Return what survives a stop."""
    return _store().state()


def load_persisted_state(state: dict[str, Any]) -> None:
    """Take what `get_state` returned before the stop."""
    _store().restore(state)


def reset() -> None:
    """Forget all statements."""
    _store().clear()


def _store() -> StatementStore:
    return _services[0][0]


def _runner() -> Runner:
    return _services[0][1]


def owner_of(identifier: str) -> str | None:
    """Return the `aws:userid` of who submitted a statement; None when there is none."""
    found = _store().find(identifier)
    return found[0].owner if found else None


def _execute(request: dict[str, Any]) -> dict[str, Any]:
    return _submit(request, [_checked_sql(required(request, "Sql"))], batch=False)


def _batch_execute(request: dict[str, Any]) -> dict[str, Any]:
    texts = required(request, "Sqls")
    if len(texts) > BATCH_LIMIT:
        raise validation(f"Sqls must have at most {BATCH_LIMIT} statements, not {len(texts)}.")
    return _submit(request, [_checked_sql(sql) for sql in texts], batch=True)


def _submit(request: dict[str, Any], texts: list[str], *, batch: bool) -> dict[str, Any]:
    if request.get("SessionId") or request.get("SessionKeepAliveSeconds"):
        raise validation("The LOCAL engine has no sessions of the Data API.")
    values = bind(texts, _parameters(request))
    user, connect = _login(request)
    identifier = new_statement_id()
    parts = [
        SubStatement(f"{identifier}:{number}" if batch else identifier, sql)
        for number, sql in enumerate(texts, start=1)
    ]
    statement = Statement(
        id=identifier,
        database=required(request, "Database"),
        workgroup=request["WorkgroupName"],
        user=user,
        secret=request.get("SecretArn"),
        name=request.get("StatementName"),
        batch=batch,
        auto_commit=request.get("ExecutionMode") == "AUTO_COMMIT",
        parts=parts,
        parameters=request.get("Parameters") or [],
        result_format=request.get("ResultFormat", "JSON"),
        owner=_caller_id.get(),
    )
    kept = _store().add(statement, request.get("ClientToken"))
    if kept is statement:
        _runner().submit(statement, values, connect)
    elif [part.sql for part in kept.parts] != texts:
        raise validation("The ClientToken was used before, with another statement.")
    waited = _wait(kept, request.get("WaitTimeSeconds"))
    return {
        **waited,
        "Id": kept.id,
        "CreatedAt": kept.created,
        "Database": kept.database,
        "WorkgroupName": kept.workgroup,
        **({"SecretArn": kept.secret} if kept.secret else {"DbUser": kept.user}),
    }


def _wait(statement: Statement, seconds: int | None) -> dict[str, Any]:
    """Wait for the end if the request says how long; return what has become of the statement."""
    if seconds is None:
        return {}
    _until_ended(statement, seconds)
    has_result = any(part.has_result for part in statement.parts)
    return {"Status": statement.status, "HasResultSet": has_result, "RedshiftPid": statement.pid}


def _until_ended(statement: Statement, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not statement.ended and time.monotonic() < deadline:
        time.sleep(0.01)


def _login(request: Mapping[str, Any]) -> tuple[str, Connect]:
    """Return the database user of a request, and how to log in as that user."""
    if request.get("ClusterIdentifier"):
        raise validation("The LOCAL engine has workgroups only, no provisioned clusters.")
    workgroup = required(request, "WorkgroupName").rpartition("/")[2]
    database = required(request, "Database")
    try:
        warehouse = registry.warehouse_of(workgroup)
    except ApiError as missing:
        raise validation("Redshift endpoint doesn't exist in this region.") from missing
    if request.get("SecretArn"):
        user, password = _secret(request["SecretArn"])
    else:
        user = _caller.get()
        password = warehouse.credentials.issue(user, _CREDENTIAL_SECONDS).password
    port = warehouse.open()

    def connect() -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=HOST, port=port, user=user, password=password, dbname=database, autocommit=True
        )

    return user, connect


def _secret(arn: str) -> tuple[str, str]:
    text = secretsmanager.resolve_secret_string(arn)
    if text is None:
        raise validation(f"The secret {arn} does not exist.")
    try:
        content = json.loads(text)
        return content["username"], content["password"]
    except (ValueError, KeyError, TypeError) as malformed:
        raise validation(f"The secret {arn} has no username and password.") from malformed


def _parameters(request: Mapping[str, Any]) -> dict[str, str]:
    given = request.get("Parameters")
    if given is not None and not given:
        raise validation("Parameters must have at least one element.")
    return {parameter["name"]: parameter["value"] for parameter in given or []}


def _checked_sql(sql: str) -> str:
    if len(sql.encode()) > SQL_LIMIT:
        raise validation("The SQL statement must not be larger than 100 KB.")
    if not sql.strip():
        raise validation("The SQL statement is empty.")
    return sql


def _find(request: Mapping[str, Any]) -> tuple[Statement, SubStatement | None]:
    found = _store().find(required(request, "Id"))
    if found is None:
        raise ApiError(
            "ResourceNotFoundException", "Query does not exist.", ResourceId=request["Id"]
        )
    return found


def _describe(request: dict[str, Any]) -> dict[str, Any]:
    """Describe a statement; one that is about to end is waited for, as long as it is asked for.

    Who is not asked to wait does so for a moment: a call to AWS takes its time on the way, and
    statements here are short. Whoever looks again in whole seconds has the end at the first look.
    """
    statement, part = _find(request)
    _until_ended(statement, request.get("WaitTimeSeconds") or _LOOK_SECONDS)
    return describe(statement, part)


def _find_result(request: Mapping[str, Any]) -> tuple[Statement, SubStatement]:
    statement, part = _find(request)
    part = part or statement.parts[-1]
    if not part.has_result or statement.status != FINISHED:
        raise ApiError(
            "ResourceNotFoundException",
            "Query does not have result. Please check query status with DescribeStatement.",
            ResourceId=request["Id"],
        )
    return statement, part


def _page_of(request: Mapping[str, Any], part: SubStatement) -> tuple[int, dict[str, str]]:
    first = int(request.get("NextToken") or 0)
    more = first + _ROWS_A_PAGE < part.rows
    return first, {"NextToken": str(first + _ROWS_A_PAGE)} if more else {}


def _result(request: dict[str, Any]) -> dict[str, Any]:
    statement, part = _find_result(request)
    if statement.result_format != "JSON":
        raise validation("The result is in CSV: use GetStatementResultV2.")
    first, token = _page_of(request, part)
    return {
        "ColumnMetadata": part.columns,
        "Records": _store().read_rows(part, first, _ROWS_A_PAGE),
        "TotalNumRows": part.rows,
        **token,
    }


def _result_v2(request: dict[str, Any]) -> dict[str, Any]:
    statement, part = _find_result(request)
    if statement.result_format != "CSV":
        raise validation("The result is in JSON: use GetStatementResult.")
    first, token = _page_of(request, part)
    names = [column["name"] for column in part.columns]
    rows = _store().read_rows(part, first, _ROWS_A_PAGE)
    return {
        "ColumnMetadata": part.columns,
        "Records": [{"CSVRecords": as_csv(names if first == 0 else None, rows)}],
        "ResultFormat": "CSV",
        "TotalNumRows": part.rows,
        **token,
    }


def _cancel(request: dict[str, Any]) -> dict[str, Any]:
    statement, _ = _find(request)
    if not _runner().cancel(statement):
        raise validation(f"Could not cancel a query that is already in {statement.status} state.")
    _until_ended(statement, 10)
    return {"Status": statement.ended}


def _listing(listing: Listing) -> Operation:
    def run(request: dict[str, Any]) -> dict[str, Any]:
        named = {**request, "Database": request.get("ConnectedDatabase") or request.get("Database")}
        return listing(_login(named)[1], request)

    return run


_OPERATIONS: dict[str, Operation] = {
    "ExecuteStatement": _execute,
    "BatchExecuteStatement": _batch_execute,
    "DescribeStatement": _describe,
    "GetStatementResult": _result,
    "GetStatementResultV2": _result_v2,
    "ListStatements": lambda request: list_statements(_store(), request),
    "ListDatabases": _listing(list_databases),
    "ListSchemas": _listing(list_schemas),
    "ListTables": _listing(list_tables),
    "DescribeTable": _listing(describe_table),
    "CancelStatement": _cancel,
}
