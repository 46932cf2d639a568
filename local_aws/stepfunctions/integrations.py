"""Service integrations of a Task state: who answers for a resource such as glue:startJobRun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

Integration = Callable[[str, dict[str, Any]], Any]
"""Takes the whole resource ARN (with `.sync`, if it has it) and the arguments; returns the result.

It runs in a thread of its own and may block. It raises `TaskError` to fail the task, and asks
`execution.task_is_cancelled()` while it waits.
"""

TaskError = stepfunctions._ExecutionError
"""Fails a task: `TaskError(error, cause)` with the error name that Retry and Catch match."""


def register(action: str, answer: Integration) -> None:
    """Let `answer` serve `arn:aws:states:::<action>`, for instance `glue:startJobRun`."""
    stepfunctions._SERVICE_DISPATCH[f"arn:aws:states:::{action}"] = answer
