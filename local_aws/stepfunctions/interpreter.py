"""Run an execution of a JSONata state machine from its start to its end."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from local_aws.stepfunctions import permissions
from local_aws.stepfunctions.errors import RUNTIME, TIMEOUT, ExecutionEnded, TaskError
from local_aws.stepfunctions.execution import current_execution, execution_is_running
from local_aws.stepfunctions.flow import Flow, History, end
from local_aws.stepfunctions.jsonata_values import as_payload
from local_aws.stepfunctions.states import run_states

Response = tuple[int, dict[str, str], bytes]

_logger = logging.getLogger(__name__)
_ends = threading.RLock()  # an execution ends once, whoever ends it
_running: dict[str, tuple[History, Future[None]]] = {}


def run_execution(arn: str, definition: dict[str, Any], role_arn: str) -> None:
    """Run an execution that MiniStack has recorded as RUNNING; it blocks until its end."""
    record = stepfunctions._executions[arn]
    history, ended = History(record), Future[None]()
    _running[arn] = (history, ended)
    record["events"][0]["previousEventId"] = 0
    current_execution.set(arn)
    timer = _start_timer(record, definition.get("TimeoutSeconds"))
    try:
        flow = Flow(record, history, _context(record, role_arn), ended)
        permissions.act_as(role_arn, record["stateMachineArn"], record["name"])
        output = as_payload(run_states(flow, definition, json.loads(record["input"])))
        _finish(record, "SUCCEEDED", {"output": output})
    except ExecutionEnded:
        pass
    except TaskError as failure:
        _finish(record, "FAILED", {"error": failure.error, "cause": failure.cause})
    except Exception as error:
        _logger.exception("Execution %s broke the interpreter", arn)
        _finish(record, "FAILED", {"error": RUNTIME, "cause": f"{type(error).__name__}: {error}"})
    finally:
        timer.cancel()
        _running.pop(arn, None)


def stop_execution(stop: Callable[[], Response], arn: str) -> Response:
    """Let MiniStack's `stop` end an execution, and its states go no further."""
    with _ends:
        found = _running.get(arn)
        if found is None:
            return stop()
        history, ended = found
        answer: Response = history.close_by(stop)
        if not execution_is_running(arn):
            end(ended)
        return answer


def _start_timer(record: dict[str, Any], seconds: float | None) -> threading.Timer:
    def expire() -> None:
        cause = f"The execution timed out after {seconds} seconds"
        _finish(record, "TIMED_OUT", {"error": TIMEOUT, "cause": cause})

    timer = threading.Timer(seconds or 0, expire)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    return timer


def _finish(record: dict[str, Any], status: str, details: dict[str, Any]) -> None:
    """End an execution, unless it has been ended by others."""
    names = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut"}
    given = {key: value for key, value in details.items() if value is not None}
    with _ends:
        if record["status"] != "RUNNING":
            return
        history, ended = _running[record["executionArn"]]
        name = names[status]
        history.close(f"Execution{name}", {f"execution{name}EventDetails": given})
        record.update(given)
        record["stopDate"] = now_iso()
        record["status"] = status
        end(ended)
    stepfunctions._emit_execution_status_event(record)


def _context(record: dict[str, Any], role_arn: str) -> dict[str, Any]:
    machine_arn = record["stateMachineArn"]
    return {
        "Execution": {
            "Id": record["executionArn"],
            "Input": json.loads(record["input"]),
            "Name": record["name"],
            "RoleArn": role_arn,
            "StartTime": record["startDate"],
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": machine_arn, "Name": machine_arn.rsplit(":", 1)[1]},
    }
