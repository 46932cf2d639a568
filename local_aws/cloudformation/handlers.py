"""Change what CloudFormation does for one resource type of MiniStack's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.patching import PatchError, pin_of

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
"""Physical id and attributes of a resource."""

_HANDLERS: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS


def wrap_handler(type_name: str, action: str, around: Callable[[Any], Any], pin: str) -> None:
    """Put `around(original)` in place of a type's create, update or delete.

    Raises
    ------
    PatchError : the original is not the one that the patch was written against.
    """
    original = _HANDLERS[type_name][action]
    if pin_of(original) != pin:
        raise PatchError(f"{action} of {type_name} has changed (pin {pin_of(original)})")
    _HANDLERS[type_name][action] = around(original)


def add_type(type_name: str, **actions: Any) -> None:
    """Serve a resource type that MiniStack does not have: create, update and delete.

    create(logical_id, properties, stack) and update(physical_id, old, new, stack) return `Created`;
    delete(physical_id, properties).

    Raises
    ------
    PatchError : MiniStack has the type by now.
    """
    if type_name in _HANDLERS:
        raise PatchError(f"MiniStack serves {type_name} by itself now")
    _HANDLERS[type_name] = actions


def demand(type_name: str, answer: tuple[int, Any, bytes]) -> bytes:
    """Return the body of a service's answer.

    Raises
    ------
    ValueError : the service refused; CloudFormation reports it for the resource.
    """
    status, _, body = answer
    if status >= 300:
        raise ValueError(f"{type_name}: {body.decode(errors='replace')}")
    return body
