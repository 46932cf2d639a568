"""Runs nested stacks as AWS does: updated in part, rolled back, kept where a policy says so."""

# ruff: noqa: SLF001 (MiniStack has no other seams)

from __future__ import annotations

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.engine import _evaluate_conditions
from ministack.services.cloudformation.stacks import _resource_policy

from local_aws.patching import pinned, wrap

_UPDATE_ARGUMENTS = (
    "resource_type",
    "physical_id",
    "old_props",
    "new_props",
    "stack_name",
    "logical_id",
    "old_attrs",
)
_NESTED = "AWS::CloudFormation::Stack"
_CREATE_PIN = "195e0ad09299"
_DELETE_PIN = "7770365b9f05"
_UPDATE_PIN = "21b9b1207f59"


def install() -> None:
    """Mend what MiniStack's nested stacks lose."""
    wrap(provisioners, "_update_resource", _keeping_attributes, _UPDATE_PIN)
    create = pinned(provisioners, "_cfn_nested_stack_create", _CREATE_PIN)
    delete = pinned(provisioners, "_cfn_nested_stack_delete", _DELETE_PIN)
    handlers = provisioners._RESOURCE_HANDLERS[_NESTED]
    handlers["create"] = _rolling_back(create, delete)
    handlers["delete"] = _keeping_data(delete)


def _keeping_attributes(original: Any) -> Any:
    """Give a resource that does not change the attributes that it has.

    A nested update asks without them, and then every `Fn::GetAtt` of the resource fails.
    """

    def update(*arguments: Any) -> Any:
        if len(arguments) < len(_UPDATE_ARGUMENTS):
            named = dict(zip(_UPDATE_ARGUMENTS, arguments, strict=False))
            stack = cloudformation._stacks.get(named["stack_name"], {})
            resource = stack.get("_resources", {}).get(named["logical_id"], {})
            arguments += (resource.get("Attributes"),)
        return original(*arguments)

    return update


def _rolling_back(original: Any, delete: Any) -> Any:
    """Remove what a nested stack had created when it failed."""

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        try:
            return original(logical_id, props, stack_name)
        except Exception:
            for name in _failed_children(stack_name, logical_id):
                delete(name, {})
            raise

    return create


def _failed_children(stack_name: str, logical_id: str) -> list[str]:
    return [
        name
        for name, stack in cloudformation._stacks.items()
        if stack.get("_parent_stack_name") == stack_name
        and name.startswith(f"{stack_name}-{logical_id}-")
        and stack["StackStatus"] == "CREATE_FAILED"
    ]


def _keeping_data(original: Any) -> Any:
    """Let the resources of a nested stack outlive it where its DeletionPolicy says so."""

    def delete(physical_id: str, props: dict[str, Any]) -> Any:
        stack = cloudformation._stacks.get(provisioners._nested_stack_lookup_name(physical_id))
        if stack:
            for logical_id in _retained(stack):
                del stack["_resources"][logical_id]
        return original(physical_id, props)

    return delete


def _retained(stack: dict[str, Any]) -> list[str]:
    template = stack.get("_template") or {}
    parameters = stack.get("_resolved_params", {})
    return [
        logical_id
        for logical_id in stack.get("_resources", {})
        if _resource_policy(
            template.get("Resources", {}).get(logical_id),
            "DeletionPolicy",
            stack["_resources"],
            parameters,
            _evaluate_conditions(template, parameters),
            template.get("Mappings", {}),
            stack["StackName"],
            stack["StackId"],
        )
        in provisioners._RETAINING_POLICIES
    ]
