"""Which execution a task works for, and whether its result is still wanted."""

from __future__ import annotations

import threading
from contextvars import ContextVar

from ministack.services import stepfunctions

current_execution: ContextVar[str | None] = ContextVar("current_execution", default=None)
"""ARN of the execution whose task runs in this context; None outside of executions."""

_task_given_up: ContextVar[threading.Event | None] = ContextVar("task_given_up", default=None)


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


def enter_task() -> threading.Event:
    """Begin a task in this context; setting the event that is returned cancels it."""
    given_up = threading.Event()
    _task_given_up.set(given_up)
    return given_up
