"""Hold an execution to the role of its state machine, and name a refusal as Step Functions does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local_aws.faults import task_calls
from local_aws.iam.roles import AccessDeniedError, CannotAssumeError, acting, assume
from local_aws.stepfunctions.errors import PERMISSIONS, TaskError

_SERVICE = "states.amazonaws.com"


def act_as(role_arn: str, machine_arn: str, execution: str) -> None:
    """Let the tasks of this context run with the machine's role.

    Source of the keys: "Cross-service confused deputy prevention" in the Step Functions guide.

    Raises
    ------
    TaskError : Step Functions may not assume the role.
    """
    context = {"aws:SourceAccount": machine_arn.split(":")[4], "aws:SourceArn": machine_arn}
    try:
        acting.set(assume(role_arn, _SERVICE, execution, context))
    except CannotAssumeError as refused:
        raise TaskError(PERMISSIONS, str(refused)) from None


def demand(resource: str, arguments: Any) -> None:
    """Check that the machine's role may make the call of a Task's resource.

    Raises
    ------
    TaskError : it may not.
    """
    try:
        _check(resource, arguments if isinstance(arguments, Mapping) else {})
    except AccessDeniedError as refused:
        raise task_calls.access_denied(resource, str(refused)) from None


def _check(resource: str, arguments: Mapping[str, Any]) -> None:
    session = acting.get()
    if not session.role_arn:
        return
    function = _function(resource, arguments)
    if function is not None:
        session.check("lambda:InvokeFunction", function)
        return
    called = task_calls.called_by(resource)
    if called is not None:
        session.demand(*called, arguments)


def _function(resource: str, arguments: Mapping[str, Any]) -> str | None:
    """Return the ARN of the function that a Task invokes."""
    if resource.startswith("arn:aws:lambda:"):
        return resource
    if not resource.startswith("arn:aws:states:::lambda:invoke"):
        return None
    name = str(arguments.get("FunctionName", ""))
    return (
        name
        if name.startswith("arn:")
        else (f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name}")
    )
