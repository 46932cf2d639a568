"""Step Functions as AWS runs it: our interpreter of JSONata state machines on MiniStack's API."""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions

from local_aws.patching import wrap
from local_aws.settings import CloudSettings
from local_aws.stepfunctions.definition import find_fault, is_jsonata
from local_aws.stepfunctions.interpreter import run_execution, stop_execution
from local_aws.stepfunctions.jsonata_values import MAX_PAYLOAD_BYTES

Request = dict[str, Any]
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


def install(_: CloudSettings) -> None:
    """Put the interpreter behind StartExecution, and AWS's checks before the API."""
    for name, around, pin in (
        ("_run_execution", _running, "996dff84e0e0"),
        ("_start_execution", _starting, "9923282fc76c"),
        ("_stop_execution", _stopping, "44d2d84ccd5c"),
        ("_create_state_machine", _checking_definition, "4bc1231dda69"),
        ("_update_state_machine", _checking_definition, "476e0deee6a3"),
        ("_validate_state_machine_definition", _validating, "91730eff8585"),
        ("load_persisted_state", _telling_of_the_restart, "6f58d9dc1e6e"),
    ):
        wrap(stepfunctions, name, around, pin)


def _running(original: Any) -> Any:
    def run(arn: str) -> None:
        record = stepfunctions._executions.get(arn)
        machine = record and stepfunctions._state_machines.get(record["stateMachineArn"])
        definition = json.loads(machine["definition"]) if machine else {}
        if machine and is_jsonata(definition):
            run_execution(arn, definition, machine["roleArn"])
        else:
            original(arn)

    return run


def _starting(original: Any) -> Any:
    def start(request: Request) -> Any:
        name, text = request.get("name"), request.get("input", "{}")
        if name is not None and not _NAME.fullmatch(name):
            return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
        try:
            json.loads(text)
        except ValueError as error:
            message = f"Invalid State Machine Execution Input: '{error}'"
            return error_response_json("InvalidExecutionInput", message, 400)
        if len(text.encode()) > MAX_PAYLOAD_BYTES:
            message = f"Value at 'input' must have length less than or equal to {MAX_PAYLOAD_BYTES}"
            return error_response_json("ValidationException", message, 400)
        answer = original(request)
        return _same_execution(request, text) or answer if answer[0] == 400 else answer

    return start


def _same_execution(request: Request, text: str) -> Any:
    """Answer for a repeated StartExecution: it is the same call if name and input are equal."""
    name = request.get("name")
    for record in stepfunctions._executions.values():
        is_same = record["name"] == name and record["input"] == text
        of_machine = record["stateMachineArn"] == request.get("stateMachineArn")
        if is_same and of_machine and record["status"] == "RUNNING":
            arn, date = record["executionArn"], record["startDate"]
            return json_response({"executionArn": arn, "startDate": date})
    return None


def _stopping(original: Any) -> Any:
    def stop(request: Request) -> Any:
        return stop_execution(lambda: original(request), request.get("executionArn") or "")

    return stop


def _checking_definition(original: Any) -> Any:
    def check(request: Request) -> Any:
        fault = find_fault(request["definition"]) if "definition" in request else None
        if fault is not None:
            return error_response_json("InvalidDefinition", fault, 400)
        return original(request)

    return check


def _validating(original: Any) -> Any:
    def validate(request: Request) -> Any:
        fault = find_fault(request["definition"])
        if fault is None:
            return original(request)
        finding = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": fault}
        return json_response({"result": "FAIL", "diagnostics": [finding]})

    return validate


def _telling_of_the_restart(original: Any) -> Any:
    """Give executions that a restart has cut off the last event that their history lacks."""

    def load(data: Any) -> None:
        original(data)
        for record in stepfunctions._executions.all_values():
            last = record["events"][-1]
            if record["status"] == "FAILED" and last["type"] != "ExecutionFailed":
                details = {"error": record["error"], "cause": record["cause"]}
                event = {"id": last["id"] + 1, "previousEventId": last["id"]}
                event |= {"type": "ExecutionFailed", "timestamp": record["stopDate"]}
                record["events"].append({**event, "executionFailedEventDetails": details})

    return load
