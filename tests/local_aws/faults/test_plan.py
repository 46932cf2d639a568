"""A plan is read whole, or refused with one line that names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.faults.plan import Effect, Fault, Plan, PlanError, parse_plan, read_plan

FAULT = {"id": "a", "service": "s3", "effect": "throttle"}


def test_a_plan_has_a_seed_and_faults_with_defaults() -> None:
    plan = parse_plan(json.dumps({"seed": 7, "faults": [FAULT]}))

    expected = Fault(id="a", service="s3", effect=Effect.THROTTLE)
    assert plan == Plan(7, (expected,))
    assert (expected.caller, expected.skip, expected.times, expected.probability) == ("*", 0, 1, 1)


def test_every_field_can_be_given() -> None:
    given = {
        "id": "b",
        "caller": "glue:cleanse_transactions",
        "service": "dynamodb",
        "action": "BatchWriteItem",
        "resource": "*-lookups",
        "effect": "partial",
        "skip": 2,
        "times": None,
        "probability": 0.25,
        "seconds": 1.5,
        "fraction": 0.1,
    }

    (fault,) = read_plan({"faults": [given]}).faults

    assert fault == Fault(**{**given, "effect": Effect.PARTIAL})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plan", "begins"),
    [
        ([], "a plan is an object"),
        ({}, "faults: a list"),
        ({"faults": [], "sed": 1}, "sed: no such field"),
        ({"faults": [], "seed": "x"}, "seed: a whole number"),
        ({"faults": [], "seed": True}, "seed: a whole number"),
        ({"faults": ["x"]}, "faults[0]: an object"),
        ({"faults": [FAULT, FAULT]}, "faults[1].id: 'a' is the id of another fault"),
        ({"faults": [FAULT, {"id": "b"}]}, "faults[1].service: missing"),
    ],
)
def test_what_is_no_plan_is_refused_by_name(plan: Any, begins: str) -> None:
    with pytest.raises(PlanError) as refused:
        read_plan(plan)

    assert str(refused.value).startswith(begins)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("caller", "glue"),
        ("caller", "cleanse_transactions"),
        ("service", "S3"),
        ("service", "redshiftdata"),
        ("action", 5),
        ("effect", "explode"),
        ("effect", None),
        ("skip", -1),
        ("skip", 1.5),
        ("times", 0),
        ("probability", 0),
        ("probability", 1.1),
        ("seconds", -1),
        ("seconds", "2"),
        ("fraction", 0),
        ("tims", 3),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(PlanError, match=rf"^faults\[0\]\.{field}: "):
        read_plan({"faults": [{**FAULT, field: value}]})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"effect": "kill_before", "caller": "client"}, "only glue:… and lambda:… callers"),
        ({"effect": "kill_after", "caller": "states"}, "only glue:… and lambda:… callers"),
        ({"effect": "partial", "service": "glue"}, "partial is for dynamodb, firehose, s3"),
        ({"effect": "throttle", "service": "redshift"}, "a SQL statement takes"),
    ],
)
def test_an_effect_that_cannot_come_about_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(PlanError, match=r"^faults\[0\]\.effect: ") as refused:
        read_plan({"faults": [{**FAULT, **changes}]})

    assert says in str(refused.value)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(PlanError, match=r"^not JSON: "):
        parse_plan("{")
