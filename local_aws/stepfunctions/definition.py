"""Refuse a JSONata state machine that Step Functions would refuse, or that cannot run here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ministack.services import stepfunctions

State = dict[str, Any]

_EVERYWHERE = {"Type", "Comment", "QueryLanguage"}
_ONWARD = {"Next", "End", "Assign", "Output"}
_TRIED = {"Retry", "Catch", "Arguments"}
_FIELDS = {
    "Task": _ONWARD | _TRIED | {"Resource", "TimeoutSeconds", "HeartbeatSeconds"},
    "Pass": _ONWARD,
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
    "Choice": {"Choices", "Default", "Assign", "Output"},
    "Wait": _ONWARD | {"Seconds", "Timestamp"},
    "Parallel": _ONWARD | _TRIED | {"Branches"},
    "Map": _ONWARD
    | {"Retry", "Catch"}
    | {"Items", "ItemProcessor", "ItemSelector"}
    | {"MaxConcurrency", "Label"},
}
_REQUIRED = {
    "Task": ["Resource"],
    "Choice": ["Choices"],
    "Parallel": ["Branches"],
    "Map": ["ItemProcessor"],
}
_MACHINE = {"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"}
_ENDS = {"Succeed", "Fail", "Choice"}
_INTEGRATIONS = "arn:aws:states:::"


def is_jsonata(definition: Any) -> bool:
    """Tell whether our interpreter runs this state machine; others are MiniStack's."""
    return isinstance(definition, dict) and definition.get("QueryLanguage") == "JSONata"


def find_fault(text: str) -> str | None:
    """Return what is wrong with a definition in AWS's words, or None."""
    try:
        definition = json.loads(text)
    except ValueError as error:
        return f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
    if not isinstance(definition, dict):
        return "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: not an object'"
    if not is_jsonata(definition):
        return None
    fault = next(_machine_faults(definition, "", _MACHINE), None)
    return None if fault is None else f"Invalid State Machine Definition: '{fault}'"


def _machine_faults(machine: State, path: str, known: set[str]) -> Iterator[str]:
    yield from _unknown_fields(machine, known, path)
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"SCHEMA_VALIDATION_FAILED: The field 'States' is required at {path or '/'}"
        return
    if machine.get("StartAt") not in states:
        yield f"MISSING_TRANSITION_TARGET: Missing 'StartAt' target at {path}/StartAt"
    targets = {machine.get("StartAt")}
    for name, state in states.items():
        place = f"{path}/States/{name}"
        yield from _state_faults(state, place)
        for target in _targets(state):
            targets.add(target)
            if target not in states:
                yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {place}/Next"
    for name in states:
        if name not in targets:
            place = f"{path}/States/{name}"
            yield f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {place}'


def _state_faults(state: State, place: str) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in _FIELDS:
        yield f"SCHEMA_VALIDATION_FAILED: Value is not a state type: {kind} at {place}/Type"
        return
    yield from _unknown_fields(state, _EVERYWHERE | _FIELDS[kind], place)
    for field in _REQUIRED.get(kind, []):
        if field not in state:
            yield f"SCHEMA_VALIDATION_FAILED: The field '{field}' is required at {place}"
            return
    if kind not in _ENDS and ("Next" in state) == ("End" in state):
        yield f"SCHEMA_VALIDATION_FAILED: One of 'Next' and 'End' is required at {place}"
    if kind == "Task" and not _is_known(state["Resource"]):
        yield f"SCHEMA_VALIDATION_FAILED: The resource is not recognized at {place}/Resource"
    if kind == "Wait" and ("Seconds" in state) == ("Timestamp" in state):
        yield f"SCHEMA_VALIDATION_FAILED: One of 'Seconds' and 'Timestamp' is required at {place}"
    yield from _error_list_faults(state, place)
    yield from _expression_faults(state, place)
    yield from _inner_faults(state, place)


def _inner_faults(state: State, place: str) -> Iterator[str]:
    for index, branch in enumerate(state.get("Branches", [])):
        yield from _machine_faults(branch, f"{place}/Branches/{index}", _MACHINE)
    processor = state.get("ItemProcessor")
    if processor is not None:
        mode = processor.get("ProcessorConfig", {}).get("Mode", "INLINE")
        if mode != "INLINE":
            yield f"SCHEMA_VALIDATION_FAILED: Only an INLINE Map runs locally at {place}"
        known = _MACHINE | {"ProcessorConfig"}
        yield from _machine_faults(processor, f"{place}/ItemProcessor", known)


def _unknown_fields(content: State, known: set[str], place: str) -> Iterator[str]:
    for field in content:
        if field not in known:
            yield f"SCHEMA_VALIDATION_FAILED: Field '{field}' is not supported at {place}/{field}"


def _error_list_faults(state: State, place: str) -> Iterator[str]:
    for field in ("Retry", "Catch"):
        rules = state.get(field, [])
        for index, rule in enumerate(rules):
            names = rule.get("ErrorEquals")
            where = f"{place}/{field}/{index}"
            if not names:
                yield f"SCHEMA_VALIDATION_FAILED: 'ErrorEquals' is required at {where}"
            elif "States.ALL" in names and (len(names) > 1 or rule is not rules[-1]):
                yield f"SCHEMA_VALIDATION_FAILED: States.ALL must be alone and last at {where}"
            if field == "Catch" and "Next" not in rule:
                yield f"SCHEMA_VALIDATION_FAILED: 'Next' is required at {where}"


def _expression_faults(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"Branches", "ItemProcessor"}:
                yield from _expression_faults(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _expression_faults(inner, f"{place}/{index}")
    elif isinstance(value, str) and value.startswith("{%") != value.endswith("%}"):
        yield f"INVALID_JSONATA_EXPRESSION: An expression is not closed or opened at {place}"


def _targets(state: State) -> Iterator[str]:
    for rule in (state, *state.get("Choices", []), *state.get("Catch", [])):
        if "Next" in rule:
            yield rule["Next"]
    if "Default" in state:
        yield state["Default"]


def _is_known(resource: str) -> bool:
    """Tell whether a Task's resource can be called here."""
    if not resource.startswith(_INTEGRATIONS):
        return ":function:" in resource or ":activity:" in resource
    action = resource.removesuffix(".waitForTaskToken")
    if "aws-sdk:" in action:
        return action.split(":")[6] in stepfunctions._AWS_SDK_SERVICE_MAP
    served = [*stepfunctions._SERVICE_DISPATCH, f"{_INTEGRATIONS}lambda:invoke"]
    served.append(f"{_INTEGRATIONS}states:startExecution")
    return any(action.startswith(known) for known in served)
