"""Parallel and Map: lines of states beside each other; the first that fails ends the others."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Any

from local_aws.stepfunctions.errors import BRANCH_FAILED, ExecutionEnded, TaskError
from local_aws.stepfunctions.flow import Flow, end

State = dict[str, Any]
RunStates = Callable[[Flow, State, Any], Any]

_MAX_CONCURRENCY = 40  # AWS's for an inline Map


def run_parallel(flow: Flow, state: State, data: Any, run_states: RunStates) -> list[Any]:
    """Return the outputs of a Parallel state's branches.

    Raises
    ------
    TaskError : of the first branch that failed.
    """
    scope = flow.scope(data)
    given = scope.fill(state["Arguments"]) if "Arguments" in state else data
    flow.event("ParallelStateStarted")
    lines = [(flow.branch(), branch, given) for branch in state["Branches"]]
    outputs = _run_beside(lines, len(lines), run_states)
    flow.event("ParallelStateSucceeded")
    return outputs


def run_map(flow: Flow, state: State, data: Any, run_states: RunStates) -> list[Any]:
    """Return the outputs of an inline Map state's iterations.

    Raises
    ------
    TaskError : of the first iteration that failed.
    """
    scope = flow.scope(data)
    items = scope.fill_as("Items", state["Items"], list) if "Items" in state else data
    if not isinstance(items, list):
        raise TaskError("States.Runtime", "A Map state needs an array of Items")
    flow.event("MapStateStarted", {"mapStateStartedEventDetails": {"length": len(items)}})
    lines = []
    for index, item in enumerate(items):
        line = flow.branch(Map={"Item": {"Index": index, "Value": item}})
        selector = state.get("ItemSelector")
        given = item if selector is None else line.scope(data).fill(selector)
        lines.append((line, state["ItemProcessor"], given))
    limit = scope.fill_as("MaxConcurrency", state.get("MaxConcurrency", 0), int)
    outputs = _run_beside(lines, limit or _MAX_CONCURRENCY, run_states)
    flow.event("MapStateSucceeded")
    return outputs


def _run_beside(
    lines: list[tuple[Flow, State, Any]], limit: int, run_states: RunStates
) -> list[Any]:
    if not lines:
        return []
    with ThreadPoolExecutor(max(1, limit), "states-branch") as pool:
        runs: list[Future[Any]] = [
            pool.submit(contextvars.copy_context().run, run_states, flow, branch, given)
            for flow, branch, given in lines
        ]
        wait(runs, return_when=FIRST_EXCEPTION)
        for flow, _, _ in lines:
            end(flow.ended)  # a failure ends the others; a success finds them all at their end
    failures = [error for run in runs if (error := run.exception()) is not None]
    return [run.result() for run in runs] if not failures else _raise(failures)


def _raise(failures: list[BaseException]) -> list[Any]:
    reasons = [error for error in failures if not isinstance(error, ExecutionEnded)]
    if not reasons:
        raise ExecutionEnded
    if isinstance(reasons[0], TaskError):
        raise reasons[0]
    raise TaskError(BRANCH_FAILED, str(reasons[0])) from reasons[0]
