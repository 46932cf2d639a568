"""Service integrations of a Task state: who answers for a resource such as glue:startJobRun."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc, stepfunctions

from local_aws.faults import task_calls
from local_aws.stepfunctions.errors import TaskError

Integration = Callable[[str, dict[str, Any]], Any]
"""Takes the whole resource ARN (with `.sync`, if it has it) and the arguments; returns the result.

It runs in a thread of its own and may block. It raises `TaskError` to fail the task, and asks
`execution.task_is_cancelled()` while it waits. It makes its call by `task_calls.meet`.
"""

_ARN = "arn:aws:states:::"
_LAMBDA_INVOKE = f"{_ARN}lambda:invoke"
_ours: set[str] = set()


def register(action: str, answer: Integration) -> None:
    """Let `answer` serve `arn:aws:states:::<action>`, for instance `glue:startJobRun`."""
    stepfunctions._SERVICE_DISPATCH[f"{_ARN}{action}"] = answer
    _ours.add(f"{_ARN}{action}")


def call(resource: str, arguments: Any) -> Any:
    """Return the result of a resource.

    Raises
    ------
    TaskError : with the service's error name, as Step Functions prefixes it.
    """
    if resource.removesuffix(".sync") in _ours:
        return stepfunctions._invoke_resource(resource, arguments)
    return task_calls.meet(resource, arguments, lambda: _call_service(resource, arguments))


def _call_service(resource: str, arguments: Any) -> Any:
    if resource == _LAMBDA_INVOKE:
        return _invoke_function(arguments)
    return stepfunctions._invoke_resource(resource, arguments)


def _invoke_function(arguments: dict[str, Any]) -> dict[str, Any]:
    reference = stepfunctions._resolve_lambda_function_ref(arguments["FunctionName"], True)
    function, config, name = lambda_svc._get_func_record_for_ref(reference)
    if not function or not config:
        raise TaskError("Lambda.ResourceNotFoundException", f"Function not found: {name}")
    record = lambda_svc._execution_record_for_config(function, config)
    result = lambda_svc._execute_function_with_config_scope(record, arguments.get("Payload", {}))
    if result.get("throttle"):
        raise TaskError("Lambda.TooManyRequestsException", json.dumps(result["body"]))
    if result.get("error"):
        body = result["body"]
        raise TaskError(body.get("errorType", "Lambda.Unknown"), json.dumps(body))
    version = config.get("Version", "$LATEST")
    return {"StatusCode": 200, "ExecutedVersion": version, "Payload": result["body"]}
