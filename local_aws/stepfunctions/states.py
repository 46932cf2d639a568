"""What each type of state does, for JSONata state machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local_aws.stepfunctions import branches, tasks
from local_aws.stepfunctions.errors import (
    NO_CHOICE,
    QUERY_FAILED,
    TaskError,
    find_catcher,
)
from local_aws.stepfunctions.flow import Flow
from local_aws.stepfunctions.jsonata_values import Scope, as_payload
from local_aws.stepfunctions.retry import RetryPolicy

State = dict[str, Any]


@dataclass
class Step:
    """What a state came to.

    Attributes
    ----------
    output : goes into the next state.
    next_state : its name; None at the end.
    assigned : new values of variables.
    """

    output: Any
    next_state: str | None
    assigned: dict[str, Any] = field(default_factory=dict)


def run_states(flow: Flow, machine: State, data: Any) -> Any:
    """Run states from StartAt to an end and return the output.

    Parameters
    ----------
    machine : has StartAt and States: a state machine, a branch or an item processor.

    Raises
    ------
    TaskError : the execution or branch fails.
    ExecutionEnded : it was stopped or timed out.
    """
    name: str | None = machine["StartAt"]
    while name is not None:
        state = machine["States"][name]
        kind = state["Type"]
        flow.enter(name, kind, as_payload(data))
        step = _RUN[kind](flow, state, data)
        data = step.output
        flow.leave(name, kind, as_payload(data), step.assigned)
        name = step.next_state
    return data


def _finish(state: State, scope: Scope, default: Any, next_state: str | None) -> Step:
    """Apply Output and Assign; every Assign sees the values from before the state."""
    output = scope.fill(state["Output"]) if "Output" in state else default
    assigned = {name: scope.fill(value) for name, value in state.get("Assign", {}).items()}
    for value in assigned.values():
        as_payload(value)
    return Step(output, next_state, assigned)


def _run_pass(flow: Flow, state: State, data: Any) -> Step:
    return _finish(state, flow.scope(data), data, state.get("Next"))


def _run_succeed(flow: Flow, state: State, data: Any) -> Step:
    return _finish(state, flow.scope(data), data, None)


def _run_fail(flow: Flow, state: State, data: Any) -> Step:
    scope = flow.scope(data)
    error = scope.fill_as("Error", state["Error"], str) if "Error" in state else None
    cause = scope.fill_as("Cause", state["Cause"], str) if "Cause" in state else None
    raise TaskError(error, cause)


def _run_choice(flow: Flow, state: State, data: Any) -> Step:
    scope = flow.scope(data)
    for rule in state["Choices"]:
        if scope.fill_as("Condition", rule["Condition"], bool):
            return _finish(rule, scope, data, rule["Next"])
    if "Default" not in state:
        raise TaskError(NO_CHOICE, "No choice rule matched and there is no Default")
    return _finish(state, scope, data, state["Default"])


def _run_wait(flow: Flow, state: State, data: Any) -> Step:
    scope = flow.scope(data)
    if "Seconds" in state:
        flow.sleep(scope.fill_as("Seconds", state["Seconds"], int))
    else:
        flow.sleep(_seconds_until(scope.fill_as("Timestamp", state["Timestamp"], str)))
    return _finish(state, scope, data, state.get("Next"))


def _seconds_until(timestamp: str) -> float:
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise TaskError(QUERY_FAILED, f"Timestamp is not ISO 8601: {timestamp}") from error
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _run_task(flow: Flow, state: State, data: Any) -> Step:
    return _with_retry_and_catch(flow, state, data, lambda: tasks.run(flow, state, data))


def _run_parallel(flow: Flow, state: State, data: Any) -> Step:
    return _with_retry_and_catch(
        flow, state, data, lambda: branches.run_parallel(flow, state, data, run_states)
    )


def _run_map(flow: Flow, state: State, data: Any) -> Step:
    return _with_retry_and_catch(
        flow, state, data, lambda: branches.run_map(flow, state, data, run_states)
    )


def _with_retry_and_catch(flow: Flow, state: State, data: Any, attempt: Callable[[], Any]) -> Step:
    policy = RetryPolicy(state.get("Retry", []))
    while True:
        flow.context["State"]["RetryCount"] = policy.retries
        scope = flow.scope(data)
        try:
            result = attempt()
            as_payload(result)
            return _finish(state, scope.with_result(result), result, state.get("Next"))
        except TaskError as failure:
            delay = policy.delay_after(failure.error)
            if delay is not None:
                flow.sleep(delay)
                continue
            catcher = find_catcher(state.get("Catch", []), failure.error)
            if catcher is None:
                raise
            caught = scope.with_error(failure.error, failure.cause)
            return _finish(catcher, caught, caught.states["errorOutput"], catcher["Next"])


_RUN: dict[str, Callable[[Flow, State, Any], Step]] = {
    "Pass": _run_pass,
    "Succeed": _run_succeed,
    "Fail": _run_fail,
    "Choice": _run_choice,
    "Wait": _run_wait,
    "Task": _run_task,
    "Parallel": _run_parallel,
    "Map": _run_map,
}
