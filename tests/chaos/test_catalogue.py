"""The catalogue of fault points: complete, readable for the injector, and rich enough."""

from __future__ import annotations

from collections import Counter

import pytest

from local_aws.faults.plan import read_plan
from tests.chaos.campaign import choose
from tests.chaos.catalogue import FIRST, probes, read_points, uncovered

POINTS = read_points()
CALL = {"caller": "glue:new_job", "service": "s3", "action": "PutObject", "resource": "lake/x"}


def test_the_injector_takes_every_point() -> None:
    plan = read_plan({"seed": 1, "faults": [*(point.fault() for point in POINTS), *probes()]})

    assert len(plan.faults) == len(POINTS) + len(probes())


def test_no_two_points_are_the_same_fault() -> None:
    faults = Counter(str({**point.fault(), "id": ""}) for point in POINTS)

    assert [fault for fault, count in faults.items() if count > 1] == []


@pytest.mark.parametrize("stage", ["cleanse", "partition", "publish", "compact"])
def test_every_job_dies_before_and_after_reading_writing_and_committing(stage: str) -> None:
    places = " | ".join(point.place for point in POINTS if point.stage == stage and point.is_death)

    commits = {"publish": "position commit"}.get(stage, "table commit")
    for place in ("before read", "mid-write", f"before the {commits}", f"after the {commits}"):
        assert place in places


def test_a_call_that_no_point_strikes_is_named() -> None:
    known = {"caller": "states", "service": "lambda", "action": "Invoke"}

    missing = uncovered([{**known, "resource": "etl-local-run-lock"}, CALL], POINTS)

    assert missing == ["glue:new_job s3 PutObject lake/x"]


def test_a_round_lets_every_job_and_function_die_and_none_too_often() -> None:
    chosen = choose(POINTS, is_first=False, is_late=True)

    deaths = Counter(point.caller for point in chosen if point.is_death)
    mortal = {point.caller for point in POINTS if point.is_death}
    assert deaths.keys() == mortal
    # A job's death takes a Spark start to mend, a statement's only a load.
    assert max(count for caller, count in deaths.items() if caller != "redshift") == 2
    assert deaths["redshift"] <= 4


def test_what_only_the_first_execution_calls_is_struck_in_the_first_rounds() -> None:
    first = {point.id for point in POINTS if point.when == FIRST}

    assert first <= {point.id for point in choose(POINTS, is_first=True, is_late=False)}
    assert first.isdisjoint(point.id for point in choose(POINTS, is_first=False, is_late=True))
