"""Take a query in: its workgroup, its statement and parameters, and where its result goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_aws.athena import ministack_store as store
from local_aws.athena.dialect import tree
from local_aws.athena.dialect.lexer import Kind
from local_aws.athena.dialect.parsing import parse_statement
from local_aws.athena.dialect.parsing.queries import QueryParser
from local_aws.athena.errors import MalformedQueryError, QueryError
from local_aws.athena.executions import Execution, new_record
from local_aws.athena.tables.session import split_url

Parsed = tuple[tree.Statement | None, QueryError | None]


class ApiError(Exception):
    """A call that is refused; `code` is AthenaErrorCode."""

    def __init__(
        self, message: str, kind: str = "InvalidRequestException", code: str | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code


@dataclass(frozen=True)
class Workgroup:
    """A workgroup as MiniStack keeps it."""

    name: str
    settings: dict[str, Any]

    @classmethod
    def find(cls, name: str) -> Workgroup:
        """Return an enabled workgroup.

        Raises
        ------
        ApiError : there is none of this name, or it is disabled.
        """
        found = store.workgroup(name)
        if found is None:
            raise ApiError(f"WorkGroup {name} is not found.", code="WORKGROUP_NOT_FOUND")
        if found.get("State", "ENABLED") != "ENABLED":
            raise ApiError(f"WorkGroup {name} is disabled.")
        return cls(name, found.get("Configuration") or {})

    @property
    def enforces(self) -> bool:
        """Whether its result location counts more than the request's."""
        return str(self.settings.get("EnforceWorkGroupConfiguration", False)).lower() == "true"

    @property
    def cutoff(self) -> int | None:
        """The most bytes that a query may scan."""
        limit = self.settings.get("BytesScannedCutoffPerQuery")
        return int(limit) if limit else None

    def configuration(self, request: dict[str, Any], s3: Any) -> dict[str, Any]:
        """Return the result configuration that holds for a request.

        Raises
        ------
        ApiError : it names no place, or one that is not there.
        """
        own = self.settings.get("ResultConfiguration") or {}
        given = request.get("ResultConfiguration") or {}
        chosen = dict(own) if self.enforces and own.get("OutputLocation") else {**own, **given}
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
            s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            raise ApiError(f"Unable to verify/create output bucket {bucket}") from error
        return chosen


def new_execution(request: dict[str, Any], s3: Any) -> Execution:
    """Return the execution that StartQueryExecution asks for, not yet started.

    Raises
    ------
    ApiError : no such workgroup, no output location, or a text that is not Athena SQL.
    """
    workgroup = Workgroup.find(request.get("WorkGroup", "primary"))
    configuration = workgroup.configuration(request, s3)
    query = request.get("QueryString", "")
    statement, refusal = _parsed(query)
    given = request.get("ExecutionParameters", [])
    parameters = tuple(_parameter(text) for text in given)
    if isinstance(statement, tree.Execute):
        parameters = statement.arguments or parameters
        statement, refusal = _prepared(workgroup.name, statement.name)
    if workgroup.enforces:
        _refuse_location(statement)
    context = _context(request.get("QueryExecutionContext", {}), statement)
    record = new_record(query, statement, configuration, context)
    record["WorkGroup"] = workgroup.name
    if given:
        record["ExecutionParameters"] = given
    return Execution(record, statement, refusal, parameters, workgroup.cutoff)


def _parsed(query: str) -> Parsed:
    """Return the statement, or why a statement that Athena may take is refused here."""
    try:
        return parse_statement(query), None
    except MalformedQueryError as error:
        raise ApiError(str(error), code="MALFORMED_QUERY") from error
    except QueryError as error:
        return None, error


def _prepared(workgroup: str, name: str) -> Parsed:
    found = store.prepared_statement(workgroup, name)
    if found is None:
        raise ApiError(f"PreparedStatement {name} was not found in workGroup {workgroup}")
    return _parsed(found)


def _parameter(text: str) -> tree.Expression:
    try:
        parser = QueryParser(text)
        expression = parser.expression()
        if parser.here.kind is not Kind.END:
            raise parser.unexpected("<EOF>")
    except (MalformedQueryError, QueryError) as error:
        raise ApiError(f"Invalid execution parameter: {error}") from error
    return expression


def _refuse_location(statement: tree.Statement | None) -> None:
    named = isinstance(statement, tree.CreateTableAs) and dict(statement.properties)
    if named and "external_location" in named:
        raise ApiError(
            "The Create Table As Select query failed because it was submitted with an "
            "'external_location' property to an Athena Workgroup that enforces a centralized "
            "output location for all queries. Please remove the 'external_location' property and "
            "resubmit the query."
        )


def _context(given: dict[str, str], statement: tree.Statement | None) -> dict[str, str]:
    context = {"Catalog": given.get("Catalog", "AwsDataCatalog").lower()}
    if "Database" in given:
        # Hive's statements take a quoted name here too, as awswrangler gives it.
        quotes = "`" if isinstance(statement, tree.CatalogStatement) else None
        context["Database"] = given["Database"].strip(quotes).lower()
    return context
