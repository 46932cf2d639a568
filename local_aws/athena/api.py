"""Athena's API calls around query executions, in place of MiniStack's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from ministack.core.responses import error_response_json, json_response
from ministack.services import athena as service
from ministack.services import glue as glue_service

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.lexer import Kind
from local_aws.athena.dialect.parsing import parse_statement
from local_aws.athena.dialect.parsing.queries import QueryParser
from local_aws.athena.engine import QueryEngine
from local_aws.athena.errors import MalformedQueryError, QueryError
from local_aws.athena.executions import ENGINE, Execution, new_record
from local_aws.athena.result_files import read_page
from local_aws.athena.tables.session import split_url
from local_aws.patching import wrap

_HANDLE_REQUEST_PIN = "2f5558612eba"
_MOST_ROWS = 1000
_MOST_IDS = 50

Answer = tuple[int, dict[str, str], bytes]


class ApiError(Exception):
    """A call that is refused; `code` is AthenaErrorCode."""

    def __init__(
        self, message: str, kind: str = "InvalidRequestException", code: str | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code


class AthenaApi:
    """Answers the calls that concern executions; the rest stays with MiniStack."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine
        self._tokens: dict[tuple[str, str], str] = {}
        self._calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "StartQueryExecution": self.start_query_execution,
            "GetQueryExecution": self.get_query_execution,
            "BatchGetQueryExecution": self.batch_get_query_execution,
            "ListQueryExecutions": self.list_query_executions,
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
            return await asyncio.to_thread(_answer, call, body)

        return handle_request

    def start_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Queue a query.

        Raises
        ------
        ApiError : no such workgroup, no output location, or a text that is not Athena SQL.
        """
        name = request.get("WorkGroup", "primary")
        token = (name, request.get("ClientRequestToken", ""))
        if token[1] and token in self._tokens:
            return {"QueryExecutionId": self._tokens[token]}
        workgroup = _workgroup(name)
        configuration = self._configuration(request, workgroup)
        query = request.get("QueryString", "")
        statement, refusal = _parsed(query)
        parameters = request.get("ExecutionParameters", [])
        expressions = _expressions(parameters)
        if isinstance(statement, tree.Execute):
            expressions = statement.arguments or expressions
            statement, refusal = _prepared(name, statement.name)
        self._refuse_location(statement, workgroup)
        given = request.get("QueryExecutionContext", {})
        context = {"Catalog": given.get("Catalog", "AwsDataCatalog").lower()}
        if "Database" in given:
            # Hive's statements take a quoted name here too, as awswrangler gives it.
            quotes = "`" if isinstance(statement, tree.CatalogStatement) else ""
            context["Database"] = given["Database"].strip(quotes or None).lower()
        record = new_record(query, name, context, configuration, statement, parameters)
        limit = workgroup.get("Configuration", {}).get("BytesScannedCutoffPerQuery")
        execution = Execution(
            record, statement, refusal, expressions, int(limit) if limit else None
        )
        service._executions[execution.query_id] = record
        if token[1]:
            self._tokens[token] = execution.query_id
        if isinstance(statement, tree.Prepare | tree.Deallocate):
            _keep_prepared(statement, name, execution)
        else:
            self._engine.submit(execution)
        return {"QueryExecutionId": execution.query_id}

    def _configuration(self, request: dict[str, Any], workgroup: dict[str, Any]) -> dict[str, Any]:
        """Return the result configuration: the workgroup's where it enforces its own."""
        settings = workgroup.get("Configuration", {})
        own = settings.get("ResultConfiguration") or {}
        given = request.get("ResultConfiguration") or {}
        enforced = str(settings.get("EnforceWorkGroupConfiguration", False)).lower() == "true"
        chosen = dict(own) if enforced and own.get("OutputLocation") else {**own, **given}
        location = chosen.get("OutputLocation")
        if not location:
            raise ApiError(
                "No output location provided. An output location is required either through the "
                "Workgroup result configuration setting or as an API input."
            )
        if not re.match(r"s3://[^/]+", location):
            raise ApiError(f"outputLocation is not a valid S3 path: {location}")
        bucket = split_url(location)[0]
        try:
            self._engine.s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            raise ApiError(f"Unable to verify/create output bucket {bucket}") from error
        return chosen

    @staticmethod
    def _refuse_location(statement: tree.Statement | None, workgroup: dict[str, Any]) -> None:
        settings = workgroup.get("Configuration", {})
        enforced = str(settings.get("EnforceWorkGroupConfiguration", False)).lower() == "true"
        if enforced and isinstance(statement, tree.CreateTableAs):
            if "external_location" in dict(statement.properties):
                raise ApiError(
                    "The Create Table As Select query failed because it was submitted with an "
                    "'external_location' property to an Athena Workgroup that enforces a "
                    "centralized output location for all queries. Please remove the "
                    "'external_location' property and resubmit the query."
                )

    def get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return one execution."""
        return {"QueryExecution": _shown(_record(request.get("QueryExecutionId", "")))}

    def batch_get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return several executions, and name those that are not there."""
        found, missing = [], []
        for query_id in request.get("QueryExecutionIds", []):
            record = service._executions.get(query_id)
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
        _workgroup(name)
        records = [item for item in service._executions.values() if item["WorkGroup"] == name]
        records.sort(key=lambda item: item["Status"]["SubmissionDateTime"], reverse=True)
        ids = [record["QueryExecutionId"] for record in records]
        start = _page_start(request.get("NextToken"))
        end = start + min(int(request.get("MaxResults") or _MOST_IDS), _MOST_IDS)
        answer: dict[str, Any] = {"QueryExecutionIds": ids[start:end]}
        if end < len(ids):
            answer["NextToken"] = str(end)
        return answer

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
        found = service._workgroups.get(name)
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
        key = f"{request.get('DatabaseName', '')}/{request.get('TableName', '')}".lower()
        table = glue_service._tables.get(key)
        if table is None:
            message = f"EntityNotFoundException: Entity {key.replace('/', '.')} not found"
            raise ApiError(message, "MetadataException")
        return {"TableMetadata": service._glue_table_to_metadata(table)}


def _answer(call: Callable[[dict[str, Any]], dict[str, Any]], body: bytes) -> Any:
    service._ensure_default_workgroup()
    service._ensure_default_data_catalog()
    try:
        request = json.loads(body) if body else {}
    except json.JSONDecodeError:
        return error_response_json("SerializationException", "Invalid JSON", 400)
    try:
        return json_response(call(request))
    except ApiError as error:
        extra = {"AthenaErrorCode": error.code} if error.code else None
        return error_response_json(error.kind, str(error), 400, extra=extra)


def _parsed(query: str) -> tuple[tree.Statement | None, QueryError | None]:
    """Return the statement, or why a statement that Athena may take is refused here."""
    try:
        return parse_statement(query), None
    except MalformedQueryError as error:
        raise ApiError(str(error), code="MALFORMED_QUERY") from error
    except QueryError as error:
        return None, error


def _expressions(parameters: list[str]) -> tuple[tree.Expression, ...]:
    try:
        parsers = [QueryParser(text) for text in parameters]
        return tuple(_single_expression(parser) for parser in parsers)
    except (MalformedQueryError, QueryError) as error:
        raise ApiError(f"Invalid execution parameter: {error}") from error


def _single_expression(parser: QueryParser) -> tree.Expression:
    expression = parser.expression()
    if parser.here.kind is not Kind.END:
        parser.fail("<EOF>")
    return expression


def _prepared(workgroup: str, name: str) -> tuple[tree.Statement | None, QueryError | None]:
    found = service._prepared_statements.get(f"{workgroup}/{name}")
    if found is None:
        raise ApiError(f"PreparedStatement {name} was not found in workGroup {workgroup}")
    return _parsed(found["QueryStatement"])


def _keep_prepared(
    statement: tree.Prepare | tree.Deallocate, workgroup: str, execution: Execution
) -> None:
    """Carry out PREPARE or DEALLOCATE PREPARE at once."""
    execution.start()
    key = f"{workgroup}/{statement.name}"
    if isinstance(statement, tree.Prepare):
        service._prepared_statements.pop(key, None)
        service._create_prepared_statement(
            {
                "StatementName": statement.name,
                "WorkGroup": workgroup,
                "QueryStatement": statement.sql,
            }
        )
    elif service._prepared_statements.pop(key, None) is None:
        error = QueryError("NOT_FOUND", f"Prepared statement not found: {statement.name}")
        execution.end("FAILED", error.reason, error.as_athena_error())
    execution.end("SUCCEEDED")


def _workgroup(name: str) -> dict[str, Any]:
    found: dict[str, Any] | None = service._workgroups.get(name)
    if found is None:
        raise ApiError(f"WorkGroup {name} is not found.", code="WORKGROUP_NOT_FOUND")
    if found.get("State", "ENABLED") != "ENABLED":
        raise ApiError(f"WorkGroup {name} is disabled.")
    return found


def _record(query_id: str) -> dict[str, Any]:
    found: dict[str, Any] | None = service._executions.get(query_id)
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
