"""State machines that Step Functions would refuse are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.stepfunctions.definition import find_fault

DONE = {"Type": "Succeed"}


def _machine(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


@pytest.mark.parametrize(
    ("machine", "complaint"),
    [
        ({"QueryLanguage": "JSONata", "StartAt": "A", "States": {}}, "'States' is required"),
        ({**_machine(A=DONE), "StartAt": "B"}, "Missing 'StartAt' target"),
        (_machine(A={"Type": "Pass", "Next": "B"}), "Missing 'Next' target: B at /States/A/Next"),
        (_machine(A=DONE, B=DONE), 'State "B" is not reachable'),
        (_machine(A={"Type": "Sleep", "End": True}), "not a state type"),
        (_machine(A={"Type": "Pass"}), "One of 'Next' and 'End'"),
        (_machine(A={"Type": "Pass", "End": True, "ResultPath": "$"}), "'ResultPath' is not"),
        (_machine(A={"Type": "Wait", "End": True}), "'Seconds' and 'Timestamp'"),
        (_machine(A={"Type": "Choice", "Default": "A"}), "'Choices' is required"),
        (_machine(A={"Type": "Pass", "End": True, "Output": "{% 1 "}), "not closed"),
        (
            _machine(A={"Type": "Task", "End": True, "Resource": "arn:aws:states:::nothing:do"}),
            "resource is not recognized",
        ),
        (
            _machine(
                A={
                    "Type": "Task",
                    "End": True,
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}],
                }
            ),
            "alone and last",
        ),
        (
            _machine(
                A={
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass"}}}],
                }
            ),
            "at /States/A/Branches/0/States/B",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(machine: dict[str, Any], complaint: str) -> None:
    fault = find_fault(json.dumps(machine))
    assert fault is not None
    assert complaint in fault


def test_a_text_that_is_no_json_is_refused() -> None:
    assert "INVALID_JSON_DESCRIPTION" in (find_fault("{") or "")


def test_a_right_machine_is_taken() -> None:
    machine = _machine(
        A={"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "B"}], "Default": "C"},
        B={"Type": "Wait", "Seconds": 1, "Next": "C"},
        C={"Type": "Fail", "Error": "E"},
    )
    assert find_fault(json.dumps(machine)) is None
