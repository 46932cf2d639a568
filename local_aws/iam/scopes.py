"""What a request is about, as IAM evaluates it: its resources, condition keys, further actions.

Source of every entry: the Service Authorization Reference of the service named. MiniStack knows the
other services; where it names one resource of several, or another than AWS, the entry here counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Scope:
    """What one request needs.

    Attributes
    ----------
    resources : ARNs for each of which the request's own action has to be allowed.
    context : condition keys.
    also : further (action, resource) that the caller needs for it.
    """

    resources: tuple[str, ...]
    context: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a request is answered."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this place."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


Find = Callable[[str, Request, Place], Scope | None]
"""Takes operation, request and place; returns None where MiniStack's answer is right."""

_JOB_CALLS = {
    *("GetJob", "UpdateJob", "DeleteJob", "StartJobRun", "BatchStopJobRun", "GetJobRun"),
    *("GetJobRuns", "GetJobBookmark", "ResetJobBookmark"),
    *("OpenJobBookmark", "ReadJobBookmark", "CommitJobBookmark"),  # the job runtime's own
}
_DATABASE_CALLS = {"CreateDatabase", "GetDatabase", "UpdateDatabase", "DeleteDatabase"}


def glue(operation: str, request: Request, place: Place) -> Scope | None:
    """Return a job, or for a call of the catalog the catalog, the database and the table."""
    if operation in _JOB_CALLS:
        return Scope((place.arn("glue", f"job/{request.get('JobName') or request.get('Name')}"),))
    catalog = place.arn("glue", "catalog")
    if operation in _DATABASE_CALLS or operation == "GetDatabases":
        given = request.get("DatabaseInput") or {}
        name = request.get("Name") or given.get("Name") or "*"
        return Scope((catalog, place.arn("glue", f"database/{name}")))
    if "DatabaseName" not in request:
        return None
    database = request["DatabaseName"]
    table = request.get("TableName") or request.get("Name")
    table = table or (request.get("TableInput") or {}).get("Name") or "*"
    return Scope(
        (
            catalog,
            place.arn("glue", f"database/{database}"),
            place.arn("glue", f"table/{database}/{table}"),
        )
    )


_OF_A_STATEMENT = {
    "CancelStatement",
    "DescribeStatement",
    "GetStatementResult",
    "GetStatementResultV2",
}


def redshift_data(operation: str, request: Request, place: Place) -> Scope | None:
    """Return the workgroup with what the login needs, or who owns a statement.

    Source for the login: "Authorizing access to the Amazon Redshift Data API".
    """
    from local_aws.redshift.api import data_service  # noqa: PLC0415  # it needs MiniStack

    if operation in _OF_A_STATEMENT:
        owner = data_service.owner_of(str(request.get("Id", "")))
        return Scope(("*",), {"redshift-data:statement-owner-iam-userid": owner})
    if operation == "ListStatements":
        return Scope(("*",))
    workgroup = _workgroup_arn(str(request.get("WorkgroupName", "")), place)
    if request.get("SecretArn"):
        secret = _secret_arn(str(request["SecretArn"]), place)
        return Scope((workgroup,), also=(("secretsmanager:GetSecretValue", secret),))
    return Scope((workgroup,), also=(("redshift-serverless:GetCredentials", workgroup),))


def redshift_serverless(operation: str, request: Request, place: Place) -> Scope | None:
    """Return the workgroup or the namespace."""
    from local_aws.redshift.api.registry import registry  # noqa: PLC0415  # it needs MiniStack

    if request.get("workgroupName") and not operation.startswith("Create"):
        return Scope((_workgroup_arn(str(request["workgroupName"]), place),))
    name = request.get("namespaceName")
    if name and name in registry.namespaces and not operation.startswith("Create"):
        return Scope((str(registry.namespaces[name]["namespaceArn"]),))
    return Scope(("*",))


def states(operation: str, request: Request, place: Place) -> Scope | None:
    """Return the ARN that most calls name."""
    del operation, place
    for member in ("executionArn", "stateMachineArn", "activityArn", "resourceArn"):
        if request.get(member):
            return Scope((str(request[member]),))
    return None


def cloudwatch(operation: str, request: Request, place: Place) -> Scope | None:
    """Return the namespace of PutMetricData, which knows no resource."""
    del place
    if operation != "PutMetricData":
        return None
    return Scope(("*",), {"cloudwatch:namespace": request.get("Namespace")})


def logs(operation: str, request: Request, place: Place) -> Scope | None:
    """Return the stream; where none is named, as the service's refusals write it."""
    group = f"log-group:{request.get('logGroupName')}"
    if operation in {"CreateLogGroup", "CreateLogStream"}:
        return Scope((place.arn("logs", f"{group}:log-stream:"),))
    if operation == "PutLogEvents":
        stream = request.get("logStreamName")
        return Scope((place.arn("logs", f"{group}:log-stream:{stream}"),))
    return None


FINDERS: dict[str, Find] = {
    "glue": glue,
    "redshift-data": redshift_data,
    "redshift-serverless": redshift_serverless,
    "states": states,
    "monitoring": cloudwatch,
    "logs": logs,
}


def _workgroup_arn(name: str, place: Place) -> str:
    from local_aws.redshift.api.registry import registry  # noqa: PLC0415  # it needs MiniStack

    if name.startswith("arn:"):
        return name
    if name in registry.workgroups:
        return str(registry.workgroups[name]["workgroupArn"])
    return place.arn("redshift-serverless", f"workgroup/{name}")


def _secret_arn(name: str, place: Place) -> str:
    from ministack.services import secretsmanager  # noqa: PLC0415

    _, secret = secretsmanager._resolve(name)
    if secret:
        return str(secret["ARN"])
    return name if name.startswith("arn:") else place.arn("secretsmanager", f"secret:{name}")
