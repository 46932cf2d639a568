"""Step Functions' errors: how a task fails, and which Retry or Catch an error matches."""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions

TaskError = stepfunctions._ExecutionError
"""Fails a state: `TaskError(error, cause)` with the error name that Retry and Catch match."""

TIMEOUT = "States.Timeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
PERMISSIONS = "States.Permissions"
RUNTIME = "States.Runtime"
QUERY_FAILED = "States.QueryEvaluationError"
NO_CHOICE = "States.NoChoiceMatched"
BRANCH_FAILED = "States.BranchFailed"
ALL = "States.ALL"

_NOT_CAUGHT_BY_WILDCARDS = frozenset({DATA_LIMIT_EXCEEDED, RUNTIME})


class ExecutionEnded(Exception):  # noqa: N818  # not an error: the states need not go on
    """The execution, or the branch, has been stopped or has timed out."""


def matches(error_equals: list[str], error: str) -> bool:
    """Tell whether an ErrorEquals list matches an error name.

    Source: "Handling errors in Step Functions workflows". The wildcards States.ALL and
    States.TaskFailed leave out the terminal errors, and the latter States.Timeout too.
    """
    if error in error_equals:
        return True
    if error in _NOT_CAUGHT_BY_WILDCARDS:
        return False
    return ALL in error_equals or (TASK_FAILED in error_equals and error != TIMEOUT)


def find_catcher(catchers: list[dict[str, Any]], error: str) -> dict[str, Any] | None:
    """Return the first catcher that matches the error."""
    return next((c for c in catchers if matches(c["ErrorEquals"], error)), None)
