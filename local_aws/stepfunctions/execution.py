"""Which execution a task works for, and whether its result is still wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import stepfunctions

Submitted = Callable[[dict[str, Any]], None]

current_execution: ContextVar[str | None] = ContextVar("current_execution", default=None)
"""ARN of the execution whose task runs in this context; None outside of executions."""

_task_given_up: ContextVar[threading.Event | None] = ContextVar("task_given_up", default=None)
_tell_submitted: ContextVar[Submitted | None] = ContextVar("tell_submitted", default=None)


def execution_is_running(arn: str) -> bool:
    """Return whether the execution exists and has not ended."""
    execution = stepfunctions._executions.get(arn)
    return execution is not None and execution["status"] == "RUNNING"


def task_is_cancelled() -> bool:
    """Return whether nobody waits for this task any more.

    That is so when its execution was stopped or timed out, or when its own TimeoutSeconds passed.
    A `.sync` integration asks while it waits and then stops what it has started.
    """
    given_up = _task_given_up.get()
    if given_up is not None and given_up.is_set():
        return True
    arn = current_execution.get()
    return arn is not None and not execution_is_running(arn)


def task_submitted(answer: dict[str, Any]) -> None:
    """Tell the history what a `.sync` integration has started, for instance its JobRunId."""
    tell = _tell_submitted.get()
    if tell is not None:
        tell(answer)


def enter_task(tell_submitted: Submitted) -> threading.Event:
    """Begin a task in this context; setting the event that is returned cancels it."""
    given_up = threading.Event()
    _task_given_up.set(given_up)
    _tell_submitted.set(tell_submitted)
    return given_up
