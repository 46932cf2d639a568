"""Nested stacks as full stacks: with their own events, rollback, updates and deletion policies.

MiniStack deploys a nested stack by a shortcut that leaves behind what a failed one has made. Here
a child goes through the same steps as a stack that a client creates.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine
from typing import Any

from ministack import app
from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import engine, provisioners, stacks
from ministack.services.cloudformation.helpers import _resolve_template

from local_aws.cloudformation.handlers import Created, Properties, wrap_handler

Stack = dict[str, Any]

TYPE = "AWS::CloudFormation::Stack"
_ROLLBACK_SNAPSHOT = (
    "_resources",
    "_template",
    "_template_body",
    "_resolved_params",
    "_conditions",
    "Parameters",
    "Tags",
    "Outputs",
)


def install() -> None:
    """Put our nested stacks in place of MiniStack's."""
    wrap_handler(TYPE, "create", lambda _: _create, pin="195e0ad09299")
    wrap_handler(TYPE, "update", lambda _: _update, pin="430156654138")
    wrap_handler(TYPE, "delete", lambda _: _delete, pin="7770365b9f05")


def _create(logical_id: str, properties: Properties, parent_name: str) -> Created:
    body, template, parameters = _read(properties, parent_name, {})
    name = f"{parent_name}-{logical_id}-{new_uuid()[:12].replace('-', '').upper()}"
    place = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}"
    stack_id = f"{place}:stack/{name}/{new_uuid()}"
    parent = cloudformation._stacks[parent_name]
    stack: Stack = {
        "StackName": name,
        "StackId": stack_id,
        "StackStatus": "CREATE_IN_PROGRESS",
        "StackStatusReason": "",
        "CreationTime": now_iso(),
        "LastUpdatedTime": now_iso(),
        "Description": template.get("Description", ""),
        "Capabilities": parent.get("Capabilities", []),
        "Outputs": [],
        "DisableRollback": parent.get("DisableRollback", False),
        "RootId": parent.get("RootId", parent["StackId"]),
        "ParentId": parent["StackId"],
        "_disable_validation": True,  # else only DescribeEvents tells which resource fails, and why
        "_parent_stack_name": parent_name,
        "_region": get_region(),
        "_resources": {},
    }
    _set_content(stack, body, template, parameters, properties)
    cloudformation._stacks[name] = stack
    cloudformation._stack_events[stack_id] = []
    stacks._add_event(
        parent["StackId"],
        parent_name,
        logical_id,
        TYPE,
        "CREATE_IN_PROGRESS",
        "Resource creation Initiated",
        physical_id=stack_id,
    )
    _add_stack_event(stack, "CREATE_IN_PROGRESS")
    _on_loop(_deploy(stack, stack["DisableRollback"]))
    if stack["StackStatus"] != "CREATE_COMPLETE":
        reason = _first_failure(stack)
        if not stack["DisableRollback"]:
            _on_loop(stacks._delete_stack_async(name, stack_id))
        raise ValueError(f"Embedded stack {stack_id} was not successfully created: {reason}")
    return stack_id, _attributes(stack)


def _update(physical_id: str, _: Properties, new: Properties, parent_name: str) -> Created:
    stack = _find(physical_id)
    if stack is None:
        raise ValueError(f"Stack [{physical_id}] does not exist")
    body, template, parameters = _read(new, parent_name, stack["_resolved_params"])
    tags = _tags(new)
    unchanged = template == stack["_template"] and tags == stack["Tags"]
    if unchanged and _values(parameters) == _values(stack["_resolved_params"]):
        return physical_id, _attributes(stack)
    previous = {key: copy.deepcopy(stack[key]) for key in _ROLLBACK_SNAPSHOT}
    stack["StackStatus"] = "UPDATE_IN_PROGRESS"
    stack["LastUpdatedTime"] = now_iso()
    _set_content(stack, body, template, parameters, new)
    stack["_template"], stack["_resolved_params"] = (
        previous["_template"],
        previous["_resolved_params"],
    )
    _add_stack_event(stack, "UPDATE_IN_PROGRESS")
    parent = cloudformation._stacks[parent_name]
    disable_rollback = parent.get("DisableRollback", False)
    _on_loop(
        stacks._deploy_stack_async(
            stack["StackName"],
            stack["StackId"],
            template,
            parameters,
            disable_rollback,
            tags,
            is_update=True,
            previous_stack=previous,
        )
    )
    if stack["StackStatus"] != "UPDATE_COMPLETE":
        status, reason = stack["StackStatus"], _first_failure(stack)
        raise ValueError(
            f"Embedded stack {physical_id} was not successfully updated. "
            f"Currently in {status} with reason: {reason}"
        )
    return physical_id, _attributes(stack)


def _delete(physical_id: str, _: Properties) -> None:
    stack = _find(physical_id)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return
    _on_loop(stacks._delete_stack_async(stack["StackName"], stack["StackId"]))
    if stack["StackStatus"] != "DELETE_COMPLETE":
        reason = _first_failure(stack)
        raise ValueError(f"Embedded stack {physical_id} was not successfully deleted: {reason}")


def _read(
    properties: Properties, parent_name: str, previous: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return a child's template as text, processed, and its parameters."""
    url = properties["TemplateURL"]
    body, refusal = _resolve_template({"TemplateURL": [url]})
    if refusal is not None or not body:
        raise ValueError(f"TemplateURL {url} cannot be read")
    given = [
        {"Key": name, "Value": _as_text(name, value)}
        for name, value in properties.get("Parameters", {}).items()
    ]
    sent = engine._parse_template(body)
    provisioners._check_nested_stack_capabilities(parent_name, sent)
    template = engine._apply_transforms(sent, given, previous)
    parameters = engine._resolve_parameters(template, given)
    conditions = engine._evaluate_conditions(template, parameters)
    engine.validate_template_support(template, conditions, params=parameters)
    return body, template, parameters


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, list | dict):
        message = f"Value of property Parameters must be simple: {name}"
        raise ValueError(message)  # noqa: TRY004  # CloudFormation's engine reports ValueErrors
    return str(value).lower() if isinstance(value, bool) else str(value)


def _set_content(
    stack: Stack,
    body: str,
    template: dict[str, Any],
    parameters: dict[str, Any],
    properties: Properties,
) -> None:
    stack["_template_body"] = body
    stack["_template"] = template
    stack["_resolved_params"] = parameters
    stack["_conditions"] = engine._evaluate_conditions(template, parameters)
    stack["Tags"] = _tags(properties)
    stack["Parameters"] = [
        {"ParameterKey": name, "ParameterValue": given["Value"], "NoEcho": given["NoEcho"]}
        for name, given in parameters.items()
    ]


def _deploy(stack: Stack, disable_rollback: bool) -> Coroutine[Any, Any, None]:
    deployment: Coroutine[Any, Any, None] = stacks._deploy_stack_async(
        stack["StackName"],
        stack["StackId"],
        stack["_template"],
        stack["_resolved_params"],
        disable_rollback,
        stack["Tags"],
    )
    return deployment


def _on_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a stack operation on the server's loop; the parent waits in a thread of its own."""
    asyncio.run_coroutine_threadsafe(work, app._MAIN_LOOP).result()


def _find(physical_id: str) -> Stack | None:
    stack: Stack | None = cloudformation._stacks.get(
        provisioners._nested_stack_lookup_name(physical_id)
    )
    return stack


def _tags(properties: Properties) -> list[dict[str, str]]:
    given = provisioners._tag_map(properties.get("Tags")).items()
    return [{"Key": k, "Value": v} for k, v in given if not k.startswith("aws:")]


def _values(parameters: dict[str, Any]) -> dict[str, str]:
    return {name: given["Value"] for name, given in parameters.items()}


def _attributes(stack: Stack) -> dict[str, str]:
    return {f"Outputs.{out['OutputKey']}": out["OutputValue"] for out in stack["Outputs"]}


def _add_stack_event(stack: Stack, status: str) -> None:
    name, stack_id = stack["StackName"], stack["StackId"]
    stacks._add_event(stack_id, name, name, TYPE, status, physical_id=stack_id)


def _first_failure(stack: Stack) -> str:
    """Return the reason of the last operation's first failure."""
    started = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    reason = stack.get("StackStatusReason") or stack["StackStatus"]
    for event in reversed(cloudformation._stack_events[stack["StackId"]]):
        is_own = event["LogicalResourceId"] == stack["StackName"]
        if is_own and event["ResourceStatus"] in started:
            break
        if event["ResourceStatus"].endswith("_FAILED") and not is_own:
            reason = f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
    return str(reason)
