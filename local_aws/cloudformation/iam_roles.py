"""A role's boundary, which MiniStack's CloudFormation drops."""

from __future__ import annotations

from typing import Any

from ministack.services import iam

from local_aws.cloudformation.handlers import Created, Properties, demand, wrap_handler

TYPE = "AWS::IAM::Role"


def install() -> None:
    """Set the boundary of a role; refuse one that is no policy of the account."""
    wrap_handler(TYPE, "create", _creating, pin="2d7e3d8ec507")
    wrap_handler(TYPE, "update", _updating, pin="4f4039080dc1")


def _creating(original: Any) -> Any:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        _check(properties)
        created: Created = original(logical_id, properties, stack)
        _apply(created[0], {}, properties)
        return created

    return create


def _updating(original: Any) -> Any:
    def update(physical_id: str, old: Properties, new: Properties, *place: Any) -> Created:
        _check(new)
        updated: Created = original(physical_id, old, new, *place)
        _apply(updated[0], old if updated[0] == physical_id else {}, new)
        return updated

    return update


def _check(properties: Properties) -> None:
    bound = properties.get("PermissionsBoundary")
    if bound is not None and not iam._policy_exists(bound):
        raise ValueError(f"Scope ARN: {bound} does not exist or is not attachable.")


def _apply(role: str, old: Properties, new: Properties) -> None:
    request = {"RoleName": [role]}
    if bound := new.get("PermissionsBoundary"):
        request["PermissionsBoundary"] = [bound]
        demand(TYPE, iam._put_role_permissions_boundary(request))
    elif "PermissionsBoundary" in old:
        demand(TYPE, iam._delete_role_permissions_boundary(request))
