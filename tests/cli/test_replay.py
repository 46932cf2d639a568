"""A replay is planned by hours or by what no run has taken, and asked for as an execution."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli import raw_audit
from cli.errors import CliError
from cli.replay import plan_range, plan_unprocessed
from contracts.raw_zone import POSITION_ITEM, short_name
from contracts.replay import HourRange

KEY = "raw/transactions/ingest_date={}/ingest_hour={}/{}"
MONDAY = KEY.format("2026-11-16", "05", "a.gz")
TUESDAY = KEY.format("2026-11-17", "23", "b.gz")


class FakeTarget:
    """A deployment of which only raw/ and the state table are there."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket="lake")
        self.state = boto3.resource("dynamodb").create_table(
            TableName="state",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        )

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def output(self, name: str) -> str:
        return {"LakeBucket": "lake", "StateTable": "state"}[name]

    def put(self, key: str, body: bytes = gzip.compress(b"{}\n")) -> None:
        self.s3.put_object(Bucket="lake", Key=key, Body=body)

    def read_up_to(self, mark: datetime, *keys: str) -> None:
        """Set the position of cleanse."""
        item = {"item": POSITION_ITEM, "high_water_mark": mark.isoformat()}
        self.state.put_item(Item={**item, "names_in_band": [short_name(key) for key in keys]})


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield FakeTarget()


@pytest.mark.parametrize(
    ("since", "until", "hours", "keys"),
    [
        ("2026-11-16", "2026-11-17", ("2026-11-16T00", "2026-11-17T23"), [MONDAY, TUESDAY]),
        ("2026-11-16T05", "2026-11-16T05", ("2026-11-16T05", "2026-11-16T05"), [MONDAY]),
        ("2026-11-16 06", "2026-11-18", ("2026-11-16T06", "2026-11-18T23"), [TUESDAY]),
    ],
)
def test_dates_are_whole_days_and_hours_are_both_included(
    target: Any, since: str, until: str, hours: tuple[str, str], keys: list[str]
):
    target.put(MONDAY)
    target.put(TUESDAY)
    plan = plan_range(target, since, until)
    assert plan.ranges == [HourRange(*hours)]
    assert [raw.key for raw in plan.objects] == keys


def test_the_question_says_how_many_objects_of_which_hours(target: Any):
    target.put(MONDAY, b"12345")
    assert plan_range(target, "2026-11-16", "2026-11-17").question == (
        "Derive 1 raw object (5 B), landed from 2026-11-16T00 to 2026-11-17T23 UTC, anew, "
        "and replace what was derived from them before?"
    )


def test_hours_without_objects_make_an_empty_plan(target: Any):
    target.put(MONDAY)
    assert plan_range(target, "2026-11-17", "2026-11-17").objects == []


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        ("yesterday", "2026-11-17", "--from takes a date or an hour in UTC"),
        ("2026-11-16", "2026-11-31", "--to takes a date or an hour in UTC"),
        ("2026-11-16T24", "2026-11-17", "--from takes a date or an hour in UTC"),
        ("2026-11-18", "2026-11-17", "--from 2026-11-18 is later than --to 2026-11-17"),
    ],
)
def test_a_range_that_is_none_is_refused(target: Any, since: str, until: str, message: str):
    with pytest.raises(CliError, match=message):
        plan_range(target, since, until)


@pytest.fixture
def in_lake(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Rows in the lake by raw object, in place of a query to Athena."""
    rows: dict[str, int] = {}
    monkeypatch.setattr(raw_audit, "rows_by_object", lambda _: rows)
    return rows


def test_what_lies_before_the_mark_and_is_not_in_the_lake_is_replayed(
    target: Any, in_lake: dict[str, int]
):
    for key in (MONDAY, TUESDAY):
        target.put(key)
    in_lake[TUESDAY] = 1
    target.read_up_to(datetime.now(UTC) + timedelta(hours=1))
    plan = plan_unprocessed(target)
    assert plan.ranges == [HourRange("2026-11-16T05", "2026-11-16T05")]
    assert [raw.key for raw in plan.objects] == [MONDAY]


@pytest.mark.usefixtures("in_lake")
def test_what_the_next_run_reads_is_not_replayed(target: Any):
    target.put(MONDAY)
    assert plan_unprocessed(target).objects == []
    target.read_up_to(datetime.now(UTC) - timedelta(hours=1))
    assert plan_unprocessed(target).objects == []
    target.read_up_to(datetime.now(UTC) + timedelta(minutes=5), TUESDAY)
    assert plan_unprocessed(target).objects == []


@pytest.mark.usefixtures("in_lake")
@pytest.mark.parametrize(
    ("body", "is_replayed"),
    [
        (gzip.compress(b" \n\n"), False),
        (gzip.compress(b"\n{}\n"), True),
        (gzip.compress(b"{}\n" * 100)[:-9], True),
    ],
    ids=["blank lines", "a line", "damaged"],
)
def test_an_object_of_blank_lines_is_done_and_a_damaged_one_is_not(
    target: Any, body: bytes, is_replayed: bool
):
    target.put(MONDAY, body)
    target.read_up_to(datetime.now(UTC) + timedelta(hours=1))
    assert bool(plan_unprocessed(target).objects) == is_replayed
