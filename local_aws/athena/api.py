"""Athena's API calls around query executions, in place of MiniStack's."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError
from ministack.core.responses import error_response_json, json_response
from ministack.services import athena as service

from local_aws.athena import ministack_store as store
from local_aws.athena.dialect import tree
from local_aws.athena.engine import QueryEngine
from local_aws.athena.errors import QueryError
from local_aws.athena.executions import ENGINE, Execution
from local_aws.athena.on_behalf import note_caller
from local_aws.athena.result_files import read_page
from local_aws.athena.submission import ApiError, Workgroup, new_execution
from local_aws.patching import wrap

_HANDLE_REQUEST_PIN = "2f5558612eba"
_MOST_ROWS = 1000
_MOST_IDS = 50
_THREADS = 8

Call = Callable[[dict[str, Any]], dict[str, Any]]


class AthenaApi:
    """Answers the calls of which MiniStack's answers differ; the rest stays with MiniStack."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine
        self._tokens: dict[str, str] = {}
        # Threads of its own: a call waits for S3, which is served with the loop's threads.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="athena-api")
        self._calls: dict[str, Call] = {
            "StartQueryExecution": self.start_query_execution,
            "GetQueryExecution": self.get_query_execution,
            "BatchGetQueryExecution": self.batch_get_query_execution,
            "ListQueryExecutions": self.list_query_executions,
            "ListNamedQueries": list_named_queries,
            "GetQueryResults": self.get_query_results,
            "GetQueryRuntimeStatistics": self.get_query_runtime_statistics,
            "StopQueryExecution": self.stop_query_execution,
            "GetTableMetadata": self.get_table_metadata,
            "GetWorkGroup": self.get_work_group,
        }

    def put_in_place(self) -> None:
        """Answer these calls from now on."""
        wrap(service, "handle_request", self._around, pin=_HANDLE_REQUEST_PIN)

    def _around(self, original: Any) -> Any:
        async def handle_request(
            method: str, path: str, headers: dict[str, str], body: bytes, query: Any
        ) -> Any:
            call = self._calls.get(headers.get("x-amz-target", "").rpartition(".")[2])
            if call is None:
                return await original(method, path, headers, body, query)
            note_caller(headers)
            answer = contextvars.copy_context().run  # with the request's account and region
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, answer, _answer, call, body)

        return handle_request

    def start_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Queue a query; the same request token means the same query."""
        execution = new_execution(request, self._engine.s3)
        token = request.get("ClientRequestToken") or execution.query_id
        first = self._tokens.setdefault(token, execution.query_id)
        if first != execution.query_id:
            return {"QueryExecutionId": first}
        store.add_execution(execution.record)
        if isinstance(execution.statement, tree.Prepare | tree.Deallocate):
            _keep_prepared(execution.statement, execution)
        else:
            self._engine.submit(execution)
        return {"QueryExecutionId": execution.query_id}

    def get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return one execution."""
        return {"QueryExecution": _shown(_record(request.get("QueryExecutionId", "")))}

    def batch_get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return several executions, and name those that are not there."""
        found, missing = [], []
        for query_id in request.get("QueryExecutionIds", []):
            record = store.execution(query_id)
            if record is not None:
                found.append(_shown(record))
            else:
                missing.append(
                    {
                        "QueryExecutionId": query_id,
                        "ErrorCode": "INVALID_INPUT",
                        "ErrorMessage": f"QueryExecution {query_id} was not found",
                    }
                )
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def list_query_executions(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the identifiers of a workgroup's executions, the newest first."""
        name = request.get("WorkGroup", "primary")
        Workgroup.find(name)
        records = [item for item in store.executions() if item["WorkGroup"] == name]
        records.sort(key=lambda item: item["Status"]["SubmissionDateTime"], reverse=True)
        return _page("QueryExecutionIds", [each["QueryExecutionId"] for each in records], request)

    def get_query_results(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a page of rows; the first page of a SELECT starts with the header."""
        record = _record(request.get("QueryExecutionId", ""))
        _refuse_unfinished(record)
        limit = int(request.get("MaxResults") or _MOST_ROWS)
        if not 1 <= limit <= _MOST_ROWS:
            raise ApiError(f"MaxResults is more than maximum allowed length {_MOST_ROWS}")
        token = request.get("NextToken")
        following = None
        if record["StatementType"] == "DML":
            url = record["ResultConfiguration"]["OutputLocation"]
            try:
                rows, following = read_page(self._engine.s3, url, token, limit)
            except ValueError as error:
                raise ApiError("Invalid NextToken") from error
            except ClientError as error:
                raise ApiError(f"Could not find results at {url}") from error
        else:
            rows = [[line] for line in record.get("_lines", [])]
        answer: dict[str, Any] = {
            "UpdateCount": record["_rows"],
            "ResultSet": {
                "Rows": [{"Data": [_datum(value) for value in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": record["_columns"]},
            },
        }
        if following:
            answer["NextToken"] = following
        return answer

    def get_query_runtime_statistics(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return how long the query's parts took and what it read."""
        record = _record(request.get("QueryExecutionId", ""))
        statistics = record["Statistics"]
        names = (
            "QueryQueueTimeInMillis",
            "ServicePreProcessingTimeInMillis",
            "QueryPlanningTimeInMillis",
            "EngineExecutionTimeInMillis",
            "ServiceProcessingTimeInMillis",
            "TotalExecutionTimeInMillis",
        )
        return {
            "QueryRuntimeStatistics": {
                "Timeline": {name: statistics[name] for name in names},
                "Rows": {"InputBytes": statistics["DataScannedInBytes"]},
            }
        }

    def stop_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Stop a query; one that has ended stays as it is."""
        record = _record(request.get("QueryExecutionId", ""))
        self._engine.stop(record["QueryExecutionId"])
        return {}

    def get_work_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a workgroup with the settings that it did not name; clients rely on them."""
        name = request.get("WorkGroup", "")
        found = store.workgroup(name)
        if found is None:
            raise ApiError(f"WorkGroup {name} is not found.", code="WORKGROUP_NOT_FOUND")
        defaults = {
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": False,
            "RequesterPaysEnabled": False,
            "ResultConfiguration": {},
            "EngineVersion": {"SelectedEngineVersion": "AUTO"},
        }
        settings = {**defaults, **found.get("Configuration", {})}
        settings["EngineVersion"] = {**settings["EngineVersion"], "EffectiveEngineVersion": ENGINE}
        return {"WorkGroup": {**found, "Configuration": settings}}

    def get_table_metadata(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a table's columns; a missing table is an error, unlike in MiniStack."""
        database, table = request.get("DatabaseName", ""), request.get("TableName", "")
        metadata = store.table_metadata(database, table)
        if metadata is None:
            message = f"EntityNotFoundException: Entity {database}.{table} not found"
            raise ApiError(message, "MetadataException")
        return {"TableMetadata": metadata}


def list_named_queries(request: dict[str, Any]) -> dict[str, Any]:
    """Return the identifiers of a workgroup's saved queries, of `primary` if it names none."""
    name = request.get("WorkGroup", "primary")
    Workgroup.find(name)
    return _page("NamedQueryIds", store.named_queries(name), request)


def _page(name: str, ids: list[str], request: dict[str, Any]) -> dict[str, Any]:
    """Return the page of identifiers that the request asks for."""
    start = _page_start(request.get("NextToken"))
    end = start + min(int(request.get("MaxResults") or _MOST_IDS), _MOST_IDS)
    answer: dict[str, Any] = {name: ids[start:end]}
    if end < len(ids):
        answer["NextToken"] = str(end)
    return answer


def _answer(call: Call, body: bytes) -> Any:
    store.seed()
    try:
        request = json.loads(body) if body else {}
    except json.JSONDecodeError:
        return error_response_json("SerializationException", "Invalid JSON", 400)
    try:
        return json_response(call(request))
    except ApiError as error:
        extra = {"AthenaErrorCode": error.code} if error.code else None
        return error_response_json(error.kind, str(error), 400, extra=extra)


def _keep_prepared(statement: tree.Prepare | tree.Deallocate, execution: Execution) -> None:
    """Carry out PREPARE or DEALLOCATE PREPARE at once."""
    execution.start()
    workgroup = execution.record["WorkGroup"]
    if isinstance(statement, tree.Prepare):
        store.keep_prepared_statement(workgroup, statement.name, statement.sql)
    elif not store.drop_prepared_statement(workgroup, statement.name):
        error = QueryError("NOT_FOUND", f"Prepared statement not found: {statement.name}")
        execution.end("FAILED", error.reason, error.as_athena_error())
    execution.end("SUCCEEDED")


def _record(query_id: str) -> dict[str, Any]:
    found = store.execution(query_id)
    if found is None:
        raise ApiError(f"QueryExecution {query_id} was not found", code="INVALID_INPUT")
    return found


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if not name.startswith("_")}


def _refuse_unfinished(record: dict[str, Any]) -> None:
    state = record["Status"]["State"]
    if state in ("QUEUED", "RUNNING"):
        raise ApiError(
            f"Query has not yet finished. Current state: {state}", code="INVALID_QUERY_STATUS"
        )
    if state != "SUCCEEDED":
        reason = record["Status"].get("StateChangeReason", "")
        raise ApiError(
            f"Query did not finish successfully. Final query state: {state}. {reason}".strip(),
            code="INVALID_QUERY_STATUS",
        )


def _page_start(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise ApiError("Invalid NextToken")
    return int(token)


def _datum(value: str | None) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": value}
