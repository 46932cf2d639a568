"""Stacks whose operation a restart has cut off come to rest in a state that one can go on from."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from local_aws.patching import wrap

_REASON = "The local cloud was stopped during the operation"
_AT_REST = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    # The next update begins from the previous template and converges.
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}


def install() -> None:
    """Settle the stacks when the saved state is loaded."""
    wrap(cloudformation, "load_persisted_state", _settling, pin="6f58d9dc1e6e")


def _settling(original: Any) -> Any:
    def load(data: Any) -> None:
        original(data)
        for stack in cloudformation._stacks.all_values():
            _settle(stack)

    return load


def _settle(stack: dict[str, Any]) -> None:
    status = _AT_REST.get(stack["StackStatus"])
    if status is None:
        return
    stack["StackStatus"] = status
    stack["StackStatusReason"] = _REASON
    name, stack_id = stack["StackName"], stack["StackId"]
    stacks._add_event(
        stack_id, name, name, "AWS::CloudFormation::Stack", status, _REASON, physical_id=stack_id
    )
