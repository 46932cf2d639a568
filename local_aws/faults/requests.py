"""Tells of an HTTP request which call of which service it is, and what that call is about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from ministack import app as ministack

from local_aws.faults import s3_requests

_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")
_FUNCTION = re.compile(r"/\d{4}-\d{2}-\d{2}/functions/(?P<name>[^/]+)(?P<invoke>/invocations)?")
_ACCOUNT_OF_ARN = re.compile(r"arn:aws:[^:]*:[^:]*:[^:]*:(?:[A-Za-z-]+:)?")

# What the calls of a JSON service are about, the most telling member first.
_SUBJECTS = (
    "TableName",
    "DeliveryStreamName",
    "FunctionName",
    "JobName",
    "executionArn",
    "stateMachineArn",
    "SecretId",
    "QueryExecutionId",
    "WorkGroup",
    "Id",
    "WorkgroupName",
    "workgroupName",
    "namespaceName",
    "Database",
    "logGroupName",
    "Name",
    "name",
)


@dataclass(frozen=True)
class HttpRequest:
    """The parts of an HTTP request that tell what it is.

    Attributes
    ----------
    method, path, query : of its first line; the path is decoded.
    headers : by names in lower case.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(self.query, keep_blank_values=True)

    @cached_property
    def service(self) -> str | None:
        """Signing name of the service that is called; None if this is no call of AWS."""
        if self._route is not None:
            return "execute-api"
        signed = _SCOPE.search(self.headers.get("authorization", ""))
        if signed:
            return signed[1]
        scope = self.parameters.get("X-Amz-Credential", [""])[0].split("/")
        return scope[3] if len(scope) > 3 else None

    def name(self, body: bytes) -> tuple[str, str]:
        """Return action and resource of the call.

        Parameters
        ----------
        body : its body; S3's calls do without (`needs_body`).
        """
        if self._route is not None:
            return self.method, self._route
        if self.service == "s3":
            return s3_requests.name(self.method, self._s3_path, self.parameters)
        if self.service == "lambda":
            return self._lambda_call()
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2], subject_of(_decoded(body))
        return self._query_call(body)

    @property
    def needs_body(self) -> bool:
        """Whether `name` looks into the body."""
        return self.service not in {"s3", "lambda", "execute-api"}

    @cached_property
    def _route(self) -> str | None:
        """Path below the stage of an HTTP API."""
        found = ministack._parse_execute_api_url(self.headers.get("host", ""), self.path)
        if found is None:
            return None
        _, stage, path = found
        return str(path if stage == "$default" or path != "/" else f"/{stage}")

    @property
    def _s3_path(self) -> str:
        bucket = ministack._extract_s3_vhost_bucket(self.headers.get("host", ""))
        return f"/{bucket}{self.path}" if bucket else self.path

    def _lambda_call(self) -> tuple[str, str]:
        found = _FUNCTION.match(unquote(self.path))
        if found is None:
            return self.method, self.path
        function = found["name"].rpartition(":function:")[2]
        return ("Invoke" if found["invoke"] else self.method), function

    def _query_call(self, body: bytes) -> tuple[str, str]:
        form = parse_qs(body.decode(errors="replace")) | self.parameters
        subject = next((form[name][0] for name in ("StackName", "RoleName") if name in form), "")
        return form.get("Action", [self.method])[0], subject


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def subject_of(content: dict[str, Any]) -> str:
    """Return what a JSON call is about: names, several of them joined by commas."""
    if tables := _tables(content):
        return ",".join(sorted(tables))
    if database := content.get("DatabaseName"):  # Glue's catalog
        table = content.get("Name") or content.get("TableName")
        table = table or (content.get("TableInput") or {}).get("Name")
        return f"{database}/{table}" if table else str(database)
    found = next((content[name] for name in _SUBJECTS if content.get(name)), "")
    return _ACCOUNT_OF_ARN.sub("", str(found))


def _tables(content: dict[str, Any]) -> set[str]:
    """Return the tables of DynamoDB's calls that may be about several."""
    if isinstance(items := content.get("RequestItems"), dict):
        return set(items)
    if isinstance(items := content.get("TransactItems"), list):
        return {part["TableName"] for item in items for part in item.values()}
    return set()
