"""Entry of the run-lock function: `{"action": "acquire" | "release", "execution": ARN}`."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from lambdas.errors import InvalidEvent
from lambdas.logs import Context, logged, new_logger
from lambdas.metrics import emit
from lambdas.run_lock.lock import RunLock
from lambdas.run_lock.run_metrics import read_ledger, run_figures

_LOGGER = new_logger("run_lock")

_EXECUTION = re.compile(
    r"arn:[^\s:]+:states:[^\s:]*:[0-9]*:execution:(?P<machine>[^\s:]+):(?P<name>[^\s:]{1,80})"
)
_PIPELINE = "-retail-etl"  # how its state machine's name ends; a compaction is no run
# Who waits for the release shall not wait for figures: one attempt, and a short one.
_SHORT = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})


@cache
def _lock() -> RunLock:
    return RunLock(
        dynamodb=boto3.client("dynamodb"),
        states=boto3.client("stepfunctions"),
        glue=boto3.client("glue"),
        table=os.environ["STATE_TABLE"],
        jobs=tuple(os.environ["GLUE_JOBS"].split(",")),
    )


@cache
def _ledger_reader() -> Any:
    return boto3.client("dynamodb", config=_SHORT)


@logged(_LOGGER)
def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Acquire or release the lock; a release also emits the metrics of the execution that ends.

    Returns
    -------
    `{"acquired": true}`, or `{"released": bool}` (false: the caller did not hold it).

    Raises
    ------
    LockHeld : another execution holds the lock; try again later.
    InvalidEvent : the event is not of the form above.
    """
    action, execution = event.get("action"), str(event.get("execution"))
    known = _EXECUTION.fullmatch(execution)
    if action not in ("acquire", "release") or not known:
        raise InvalidEvent("the event must be {action: acquire or release, execution: ARN}")
    run_id = known["name"]
    _LOGGER.append_keys(run_id=run_id)
    if action == "acquire":
        _lock().acquire(execution)
        _LOGGER.info("acquired")
        return {"acquired": True}
    released = _lock().release(execution)
    _LOGGER.info("released" if released else "did not hold it")
    # Once only: an execution that asks again has been counted.
    if released and known["machine"].endswith(_PIPELINE):
        _emit_metrics(run_id, context.aws_request_id)
    return {"released": released}


def _emit_metrics(run_id: str, request_id: str) -> None:
    try:
        stages = read_ledger(_ledger_reader(), os.environ["LEDGER_TABLE"], run_id)
        figures = run_figures(stages, datetime.now(UTC))
        emit(os.environ["METRICS_NAMESPACE"], figures, run_id=run_id, request_id=request_id)
    except Exception as error:  # noqa: BLE001 - the lock is given back: figures must not undo that
        _LOGGER.warning("no metrics of this run", error=type(error).__name__)
