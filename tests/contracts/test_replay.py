"""Ingest hours as a replay is asked for them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.raw_zone import RawObject
from contracts.replay import (
    HourRange,
    covered,
    format_ranges,
    ingest_hour,
    parse_ranges,
    ranges_over,
)

MODIFIED = datetime(2026, 11, 22, 13, 59, tzinfo=UTC)
FIRST, SECOND = (
    HourRange("2026-11-20T00", "2026-11-20T23"),
    HourRange("2026-11-22T05", "2026-11-22T05"),
)


def landed(key: str) -> RawObject:
    return RawObject(f"raw/transactions/{key}", MODIFIED, 1)


def in_hour(hour: str) -> RawObject:
    date, _, of_day = hour.partition("T")
    return landed(f"ingest_date={date}/ingest_hour={of_day}/a.gz")


@pytest.mark.parametrize(
    ("key", "hour"),
    [
        ("ingest_date=2026-11-20/ingest_hour=07/a.gz", "2026-11-20T07"),
        ("ingest_date=2026-11-20/a.gz", "2026-11-20T00"),
        ("ingest_date=2026-11-20/ingest_hour=24/a.gz", "2026-11-20T00"),
        ("ingest_date=2026-02-30/ingest_hour=07/a.gz", "2026-11-22T13"),
        ("a.json", "2026-11-22T13"),
        ("backup/a.json", "2026-11-22T13"),
    ],
)
def test_the_hour_is_the_keys_or_that_of_the_last_change(key: str, hour: str):
    assert ingest_hour(landed(key)) == hour


def test_a_range_holds_both_its_ends_and_nothing_beside():
    hours = ["2026-11-19T23", "2026-11-20T00", "2026-11-20T23", "2026-11-21T00", "2026-11-22T05"]
    objects = [in_hour(hour) for hour in hours]
    assert covered(objects, [FIRST]) == objects[1:3]
    assert covered(objects, [FIRST, SECOND]) == [*objects[1:3], objects[4]]
    assert covered(objects, []) == []


@pytest.mark.parametrize("ranges", [[], [FIRST], [FIRST, SECOND]])
def test_the_job_argument_names_the_ranges(ranges: list[HourRange]):
    assert parse_ranges(format_ranges(ranges)) == ranges


def test_the_job_argument_is_never_empty():
    assert format_ranges([]) == "none"
    assert format_ranges([FIRST]) == "2026-11-20T00/2026-11-20T23"


def test_scattered_objects_are_covered_by_ranges_that_leave_the_widest_gaps():
    hours = ["2026-11-20T05", "2026-11-20T06", "2026-11-20T09", "2026-11-25T00"]
    objects = [in_hour(hour) for hour in hours] * 2
    assert ranges_over(objects, 9) == [
        HourRange("2026-11-20T05", "2026-11-20T06"),
        HourRange("2026-11-20T09", "2026-11-20T09"),
        HourRange("2026-11-25T00", "2026-11-25T00"),
    ]
    assert ranges_over(objects, 2) == [
        HourRange("2026-11-20T05", "2026-11-20T09"),
        HourRange("2026-11-25T00", "2026-11-25T00"),
    ]
    assert ranges_over(objects, 1) == [HourRange("2026-11-20T05", "2026-11-25T00")]
    assert ranges_over([], 5) == []
