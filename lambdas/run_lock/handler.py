"""Entry of the run-lock function: `{"action": "acquire" | "release", "execution": ARN}`."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3

from lambdas.errors import InvalidEvent, LockHeld
from lambdas.logs import json_logger, log
from lambdas.run_lock.lock import RunLock

_LOGGER = json_logger("run_lock")


@cache
def _lock() -> RunLock:
    return RunLock(
        dynamodb=boto3.client("dynamodb"),
        states=boto3.client("stepfunctions"),
        glue=boto3.client("glue"),
        table=os.environ["STATE_TABLE"],
        jobs=tuple(os.environ["GLUE_JOBS"].split(",")),
    )


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Acquire or release the lock.

    Returns
    -------
    `{"acquired": true}`, or `{"released": bool}` (false: the caller did not hold it).

    Raises
    ------
    LockHeld : another execution holds the lock; try again later.
    InvalidEvent : the event is not of the form above.
    """
    action, execution = event.get("action"), event.get("execution")
    if action not in {"acquire", "release"} or not isinstance(execution, str) or not execution:
        raise InvalidEvent("the event must be {action: acquire or release, execution: ARN}")
    if action == "release":
        released = _lock().release(execution)
        log(_LOGGER, "release", execution=execution, released=released)
        return {"released": released}
    try:
        _lock().acquire(execution)
    except LockHeld as held:
        log(_LOGGER, "lock held", execution=execution, reason=str(held))
        raise
    log(_LOGGER, "acquired", execution=execution)
    return {"acquired": True}
