"""Run a Task state's resource: call the integration, keep its time limit, tell the history."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Future
from typing import Any

from ministack.core.responses import get_region, new_uuid
from ministack.services import stepfunctions

from local_aws.stepfunctions import execution, integrations, permissions
from local_aws.stepfunctions.errors import TIMEOUT, ExecutionEnded, TaskError
from local_aws.stepfunctions.flow import Flow
from local_aws.stepfunctions.jsonata_values import as_payload

State = dict[str, Any]
_CALLBACK = ".waitForTaskToken"


def run(flow: Flow, state: State, data: Any) -> Any:
    """Return the result of one attempt.

    Raises
    ------
    TaskError : the task failed or timed out.
    ExecutionEnded : the execution ended while the task was under way.
    """
    resource = state["Resource"]
    names = _names(resource)
    if resource.endswith(_CALLBACK):
        flow.context["Task"] = {"Token": new_uuid()}
    scope = flow.scope(data)
    arguments = scope.fill(state["Arguments"]) if "Arguments" in state else data
    seconds = state.get("TimeoutSeconds")
    limit = None if seconds is None else scope.fill_as("TimeoutSeconds", seconds, int)
    scheduled = {**names, "region": get_region(), "parameters": as_payload(arguments)}
    if limit is not None:
        scheduled["timeoutInSeconds"] = limit
    flow.event("TaskScheduled", {"taskScheduledEventDetails": scheduled})
    flow.event("TaskStarted", {"taskStartedEventDetails": names})
    try:
        result = _call(flow, state, arguments, limit)
        output = as_payload(result)
    except TaskError as failure:
        details = {**names, "error": failure.error, "cause": failure.cause}
        if failure.error == TIMEOUT:
            flow.event("TaskTimedOut", {"taskTimedOutEventDetails": details})
        else:
            flow.event("TaskFailed", {"taskFailedEventDetails": details})
        raise
    flow.event("TaskSucceeded", {"taskSucceededEventDetails": {**names, "output": output}})
    return result


def _call(flow: Flow, state: State, arguments: Any, limit: float | None) -> Any:
    """Call the integration in a thread of its own, which is left behind when it is given up."""
    resource = state["Resource"]
    work: Future[Any] = Future()
    context = contextvars.copy_context()
    given_up = context.run(execution.enter_task, _submitted(flow, _names(resource)))

    def call() -> None:
        try:
            permissions.demand(resource.removesuffix(_CALLBACK), arguments)
            if resource.endswith(_CALLBACK):
                token = flow.context["Task"]["Token"]
                result = stepfunctions._invoke_with_callback(resource, arguments, token, state)
            else:
                result = integrations.call(resource, arguments)
        except TaskError as failure:
            work.set_exception(failure)
        except Exception as error:  # noqa: BLE001  # a broken integration fails its task
            work.set_exception(TaskError("States.Runtime", f"{type(error).__name__}: {error}"))
        else:
            work.set_result(result)

    threading.Thread(target=context.run, args=(call,), name="states-task", daemon=True).start()
    try:
        return flow.await_result(work, limit)
    except TimeoutError:
        given_up.set()
        raise TaskError(TIMEOUT, f"The task timed out after {limit} seconds") from None
    except ExecutionEnded:
        given_up.set()
        raise


def _submitted(flow: Flow, names: dict[str, str]) -> execution.Submitted:
    def tell(answer: dict[str, Any]) -> None:
        details = {**names, "output": as_payload(answer)}
        flow.event("TaskSubmitted", {"taskSubmittedEventDetails": details})

    return tell


def _names(resource: str) -> dict[str, str]:
    """Return a resource ARN's resourceType and resource, as history events name them."""
    integration = resource.removeprefix("arn:aws:states:::")
    if integration == resource:  # a function's or an activity's own ARN
        return {"resourceType": resource.split(":")[2], "resource": resource}
    kind, _, action = integration.rpartition(":")
    return {"resourceType": kind, "resource": action}
