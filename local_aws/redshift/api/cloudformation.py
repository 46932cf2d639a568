"""CloudFormation's AWS::RedshiftServerless::Namespace and ::Workgroup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.redshift.api.json_service import ApiError
from local_aws.redshift.api.registry import Record, registry

Created = tuple[str, dict[str, Any]]


def install() -> None:
    """Let stacks hold namespaces and workgroups."""
    provisioners._RESOURCE_HANDLERS["AWS::RedshiftServerless::Namespace"] = {
        "create": _create_namespace,
        "update": _update_namespace,
        "delete": _delete_namespace,
    }
    provisioners._RESOURCE_HANDLERS["AWS::RedshiftServerless::Workgroup"] = {
        "create": _create_workgroup,
        "update": _update_workgroup,
        "delete": _delete_workgroup,
    }


def _create_namespace(logical_id: str, properties: Mapping[str, Any], stack: str) -> Created:
    del logical_id, stack  # the name is a required property
    record = registry.create_namespace(_members(properties))
    return record["namespaceName"], _attributes("Namespace", record)


def _update_namespace(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str
) -> Created:
    if new["NamespaceName"] != old["NamespaceName"]:
        created = _create_namespace("", new, stack)
        _delete_namespace(name, old)
        return created
    dropped = {"iamRoles": [], "defaultIamRoleArn": "", "logExports": []}
    record = registry.update_namespace({**dropped, **_members(new)})
    return name, _attributes("Namespace", record)


def _delete_namespace(name: str, properties: Mapping[str, Any]) -> None:
    del properties
    if name in registry.namespaces:
        registry.delete_namespace(name)


def _create_workgroup(logical_id: str, properties: Mapping[str, Any], stack: str) -> Created:
    del logical_id, stack
    record = registry.create_workgroup(_members(properties))
    return record["workgroupName"], _attributes("Workgroup", record)


def _update_workgroup(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str
) -> Created:
    replaced = ("WorkgroupName", "NamespaceName")
    if any(new.get(member) != old.get(member) for member in replaced):
        # The old one goes first: a namespace has one workgroup at most.
        _delete_workgroup(name, old)
        return _create_workgroup("", new, stack)
    record = registry.update_workgroup(_members(new))
    return name, _attributes("Workgroup", record)


def _delete_workgroup(name: str, properties: Mapping[str, Any]) -> None:
    del properties
    if name in registry.workgroups:
        registry.delete_workgroup(name)


def _members(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as members of the API: the same names, beginning in lower case."""
    members = {name[0].lower() + name[1:]: value for name, value in properties.items()}
    members["tags"] = [
        {"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])
    ]
    if "configParameters" in members:
        members["configParameters"] = [
            {"parameterKey": each["ParameterKey"], "parameterValue": each["ParameterValue"]}
            for each in members["configParameters"]
        ]
    for flag in ("manageAdminPassword", "enhancedVpcRouting", "publiclyAccessible"):
        if flag in members:  # MiniStack hands on what the template says, also as text
            members[flag] = str(members[flag]).lower() == "true"
    for number in ("baseCapacity", "maxCapacity", "port"):
        if number in members:
            members[number] = int(members[number])
    if "workgroupName" not in members and "namespaceName" not in members:
        raise ApiError("ValidationException", "a name is missing")
    return members


def _attributes(prefix: str, record: Record) -> dict[str, Any]:
    """Return what Fn::GetAtt reads, such as Workgroup.Endpoint.Address."""
    attributes: dict[str, Any] = {}
    for name, value in record.items():
        if name in ("tags", "adminUserPassword", "creator"):
            continue
        path = f"{prefix}.{name[0].upper()}{name[1:]}"
        if isinstance(value, dict):
            attributes |= _attributes(path, value)
        else:
            attributes[path] = str(value) if isinstance(value, int) else value
    return attributes
