"""What an execution counts at its end follows from its ledger, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from lambdas.run_lock.run_metrics import run_figures

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ledger(**stages: dict[str, Any]) -> dict[str, Any]:
    """Return items as DynamoDB gives them."""
    to_item = TypeSerializer().serialize
    return {stage: to_item(item)["M"] for stage, item in stages.items()}


def values(**stages: dict[str, Any]) -> dict[str, float]:
    return {name: figure.value for name, figure in run_figures(ledger(**stages), NOW).items()}


def test_a_run_that_read_something_tells_of_it():
    assert values(
        execution={"started_at": "2026-11-22T11:55:00.250Z"},
        cleanse={
            "rows_in": 200,
            "rejects": {"not_a_date": 3, "too_long": 2},
            "oldest_object_at": "2026-11-22T11:30:00+00:00",
        },
        partition={"rows_in": 195},
    ) == {
        "RunSeconds": 299.75,
        "RecordsRead": 200,
        "RecordsRejected": 5,
        "QuarantinePercent": 2.5,
        "DataAgeMinutes": 30,
    }


def test_a_run_with_nothing_pending_tells_its_time_alone():
    assert values(execution={"started_at": "2026-11-22T11:59:58Z"}) == {"RunSeconds": 2}


def test_of_nothing_read_there_is_no_percentage():
    told = values(cleanse={"rows_in": 0, "rejects": {}})
    assert told == {"RecordsRead": 0, "RecordsRejected": 0}


def test_an_object_that_cannot_be_read_is_all_of_what_was_to_be_read():
    told = values(cleanse={"rows_in": 0, "rejects": {"unreadable_object": 1}})
    assert told["QuarantinePercent"] == 100


@pytest.mark.parametrize(
    "rejects", [{"too_long": 10}, {"too_long": 9, "unreadable_object": 5}, {"not_a_date": 0}]
)
def test_the_percentage_is_never_outside_its_bounds(rejects: dict[str, int]):
    told = values(cleanse={"rows_in": 10, "rejects": rejects})
    assert 0 <= told["QuarantinePercent"] <= 100


def test_a_stage_that_died_before_it_counted_tells_nothing():
    assert values(cleanse={"status": "RUNNING"}) == {}
