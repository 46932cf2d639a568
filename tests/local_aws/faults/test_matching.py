"""Which fault strikes which call: globs, counts and seeded chance."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from local_aws.faults.matching import Call, Matcher
from local_aws.faults.plan import Effect, read_plan

CALL = Call("glue:cleanse", "s3", "PutObject", "lake/warehouse/cleansed/data/1.parquet")


def _matcher(*faults: dict[str, Any], seed: int = 1) -> Matcher:
    filled = [
        {"id": str(number), "service": "s3", "effect": "throttle", **fault}
        for number, fault in enumerate(faults)
    ]
    return Matcher(read_plan({"seed": seed, "faults": filled}))


def _strikes(matcher: Matcher, *calls: Call) -> list[str | None]:
    struck = [matcher.strike(call, frozenset(Effect)) for call in calls]
    return [fault.id if fault else None for fault in struck]


@pytest.mark.parametrize(
    ("fault", "call", "matches"),
    [
        ({}, CALL, True),
        ({"service": "dynamodb"}, CALL, False),
        ({"caller": "glue:*"}, CALL, True),
        ({"caller": "lambda:*"}, CALL, False),
        ({"action": "Put*"}, CALL, True),
        ({"action": "putobject"}, CALL, False),
        ({"resource": "*/cleansed/data/*"}, CALL, True),
        ({"resource": "*/cleansed/data"}, CALL, False),
        ({"effect": "kill_before"}, CALL, True),
        ({"effect": "kill_before"}, replace(CALL, caller="client"), False),
        ({"effect": "partial"}, CALL, False),
        ({"effect": "partial"}, replace(CALL, action="DeleteObjects"), True),
    ],
)
def test_a_fault_is_for_the_calls_that_its_globs_name(
    fault: dict[str, Any], call: Call, matches: bool
) -> None:
    assert _strikes(_matcher(fault), call) == ["0" if matches else None]


def test_matching_calls_are_skipped_first_and_struck_as_often_as_asked() -> None:
    assert _strikes(_matcher({"skip": 2, "times": 2}), *[CALL] * 6) == [
        None,
        None,
        "0",
        "0",
        None,
        None,
    ]


def test_times_null_is_without_end() -> None:
    assert _strikes(_matcher({"times": None}), *[CALL] * 50) == ["0"] * 50


def test_every_fault_counts_every_call_that_it_matches() -> None:
    first_and_second = _matcher({"skip": 0}, {"skip": 1})

    assert _strikes(first_and_second, CALL, CALL, CALL) == ["0", "1", None]


def test_a_fault_that_is_due_waits_where_another_strikes() -> None:
    assert _strikes(_matcher({"times": 2}, {}), CALL, CALL, CALL) == ["0", "0", "1"]


def test_an_effect_that_a_seam_has_not_is_left_to_another() -> None:
    matcher = _matcher({"effect": "slow"}, {})

    struck = matcher.strike(CALL, {Effect.THROTTLE})

    assert struck is not None
    assert struck.id == "1"


def test_chance_repeats_with_its_seed_and_differs_with_another() -> None:
    def drawn(seed: int) -> list[str | None]:
        return _strikes(_matcher({"probability": 0.5, "times": None}, seed=seed), *[CALL] * 64)

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert 16 < sum(fired is not None for fired in drawn(1)) < 48


def test_chance_does_not_depend_on_the_calls_of_others() -> None:
    fault = {"action": "PutObject", "probability": 0.5, "times": None}
    other = {"action": "GetObject", "probability": 0.5, "times": None}
    get = replace(CALL, action="GetObject")

    alone = _strikes(_matcher(fault), *[CALL] * 20)
    both = _matcher(fault, other)
    beside = [_strikes(both, get, CALL)[1] for _ in range(20)]

    assert beside == alone


def test_threads_do_not_strike_more_often_than_asked() -> None:
    matcher = _matcher({"times": 100})
    struck: list[str | None] = []
    start = threading.Barrier(4)

    def call() -> None:
        start.wait()
        struck.extend(_strikes(matcher, *[CALL] * 100))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert struck.count("0") == 100
