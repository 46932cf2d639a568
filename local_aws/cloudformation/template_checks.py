"""Refuse templates that name what is not there, as CloudFormation does before it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers

from local_aws.cloudformation.schemas import find_fault
from local_aws.patching import wrap

Template = dict[str, Any]

_PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)
_SUB_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def install() -> None:
    """Put the checks behind every call that takes a template."""
    for module in (engine, handlers, changesets):  # the last two have imported it by name
        wrap(module, "validate_template_support", _checking, pin="7c997894cac1")


def _checking(original: Any) -> Any:
    def validate(template: Template, conditions: dict[str, bool], **options: Any) -> None:
        original(template, conditions, **options)
        check(template, conditions)

    return validate


def check(template: Template, conditions: dict[str, bool]) -> None:
    """Check references and properties of the resources that the conditions let in.

    Raises
    ------
    ValueError : in CloudFormation's words.
    """
    active = {
        name: resource
        for name, resource in template.get("Resources", {}).items()
        if conditions.get(resource.get("Condition"), True)
    }
    known = _PSEUDO_PARAMETERS | set(template.get("Parameters", {})) | set(active)
    for block, content in (("Resources", active), ("Outputs", _outputs(template, conditions))):
        missing = sorted(set(_names(content, conditions)) - known)
        if missing:
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                f"in the {block} block of the template"
            )
    _check_conditions(template)
    for name, resource in active.items():
        fault = find_fault(resource["Type"], resource.get("Properties", {}))
        if fault is not None:
            raise ValueError(
                f"Template format error: Resource {name} ({resource['Type']}): {fault}"
            )


def _outputs(template: Template, conditions: dict[str, bool]) -> dict[str, Any]:
    outputs = template.get("Outputs", {}).items()
    return {k: v for k, v in outputs if conditions.get(v.get("Condition"), True)}


def _names(value: Any, conditions: dict[str, bool]) -> Iterator[str]:
    """Yield the parameters and resources that a value refers to, in the branches that count."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item, conditions)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key == "Ref":
            yield inner
        elif key == "Fn::GetAtt":
            yield inner.split(".")[0] if isinstance(inner, str) else inner[0]
        elif key == "Fn::Sub":
            yield from _sub_names(inner, conditions)
        elif key == "Fn::If":
            chosen = inner[1] if conditions.get(inner[0]) else inner[2]
            yield from _names(chosen, conditions)
        elif key == "DependsOn":
            yield from [inner] if isinstance(inner, str) else inner
        else:
            yield from _names(inner, conditions)


def _sub_names(argument: Any, conditions: dict[str, bool]) -> Iterator[str]:
    text, given = (argument, {}) if isinstance(argument, str) else argument
    yield from _names(list(given.values()), conditions)
    for variable in _SUB_VARIABLE.findall(text):
        if variable not in given:
            yield variable if variable.startswith("AWS::") else variable.split(".")[0]


def _check_conditions(template: Template) -> None:
    known = set(template.get("Conditions", {}))
    for block in ("Resources", "Outputs"):
        for name, content in template.get(block, {}).items():
            condition = content.get("Condition")
            if condition is not None and condition not in known:
                raise ValueError(
                    f"Template format error: Unresolved condition dependency {condition} "
                    f"in the {block} block of the template ({name})"
                )
