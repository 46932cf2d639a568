"""The redshift-serverless API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from local_aws.redshift.api.caller import ROOT, database_user_of_caller
from local_aws.redshift.api.json_service import (
    Answer,
    Operation,
    answer,
    required,
    validation,
)
from local_aws.redshift.api.registry import Record, registry

_DEFAULT_SECONDS = 900
_SECONDS = range(900, 3601)
_HIDDEN = ("adminUserPassword", "creator", "tags")

_caller: ContextVar[str] = ContextVar("redshift_serverless_caller", default=ROOT)


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> Answer:
    """Answer a request, as MiniStack hands it to a service."""
    del method, path, query  # the protocol puts everything into headers and body
    _caller.set(database_user_of_caller(headers))
    return await answer(_OPERATIONS, headers, body)


def get_state() -> dict[str, Any]:
    """Return what survives a stop."""
    return {"namespaces": registry.namespaces, "workgroups": registry.workgroups}


def load_persisted_state(state: dict[str, Any]) -> None:
    """Take what `get_state` returned before the stop."""
    registry.namespaces.update(state["namespaces"])
    registry.workgroups.update(state["workgroups"])


def reset() -> None:
    """Forget everything."""
    registry.close_all()
    registry.namespaces.clear()
    registry.workgroups.clear()


def _namespace(record: Record) -> dict[str, Any]:
    return {"namespace": _shown(record)}


def _create_namespace(request: dict[str, Any]) -> dict[str, Any]:
    return _namespace(registry.create_namespace(request, _caller.get()))


def _workgroup(record: Record) -> dict[str, Any]:
    return {"workgroup": _shown(record)}


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _HIDDEN}


def _get_credentials(request: dict[str, Any]) -> dict[str, Any]:
    warehouse = registry.warehouse_of(required(request, "workgroupName"))
    seconds = request.get("durationSeconds", _DEFAULT_SECONDS)
    if seconds not in _SECONDS:
        raise validation("durationSeconds must be between 900 and 3600.")
    issued = warehouse.credentials.issue(_caller.get(), seconds)
    return {
        "dbUser": issued.user,
        "dbPassword": issued.password,
        "expiration": issued.expires,
        "nextRefreshTime": time.time() + seconds / 2,
    }


def _tags(request: dict[str, Any]) -> dict[str, Any]:
    return {"tags": _by_arn(required(request, "resourceArn"))["tags"]}


def _tag(request: dict[str, Any]) -> dict[str, Any]:
    record = _by_arn(required(request, "resourceArn"))
    new = {tag["key"]: tag for tag in record["tags"] + required(request, "tags")}
    record["tags"] = list(new.values())
    return {}


def _untag(request: dict[str, Any]) -> dict[str, Any]:
    record = _by_arn(required(request, "resourceArn"))
    gone = required(request, "tagKeys")
    record["tags"] = [tag for tag in record["tags"] if tag["key"] not in gone]
    return {}


def _by_arn(arn: str) -> Record:
    for record in (*registry.namespaces.values(), *registry.workgroups.values()):
        if arn in (record.get("namespaceArn"), record.get("workgroupArn")):
            found: Record = record
            return found
    raise validation(f"The resource {arn} does not exist.")


def _list(name: str, records: Any) -> dict[str, Any]:
    return {name: [_shown(record) for record in records.values()]}


_OPERATIONS: dict[str, Operation] = {
    "CreateNamespace": _create_namespace,
    "UpdateNamespace": lambda request: _namespace(registry.update_namespace(request)),
    "DeleteNamespace": lambda request: _namespace(
        registry.delete_namespace(required(request, "namespaceName"))
    ),
    "GetNamespace": lambda request: _namespace(
        registry.namespace(required(request, "namespaceName"))
    ),
    "ListNamespaces": lambda _: _list("namespaces", registry.namespaces),
    "CreateWorkgroup": lambda request: _workgroup(registry.create_workgroup(request)),
    "UpdateWorkgroup": lambda request: _workgroup(registry.update_workgroup(request)),
    "DeleteWorkgroup": lambda request: _workgroup(
        registry.delete_workgroup(required(request, "workgroupName"))
    ),
    "GetWorkgroup": lambda request: _workgroup(
        registry.workgroup(required(request, "workgroupName"))
    ),
    "ListWorkgroups": lambda _: _list("workgroups", registry.workgroups),
    "GetCredentials": _get_credentials,
    "ListTagsForResource": _tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
