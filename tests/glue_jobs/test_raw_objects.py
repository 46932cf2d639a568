"""The position says exactly which raw objects are consumed; broken gzip files are recognised."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.raw_zone import MOST_FILES_IN_BAND, RawObject, short_name
from glue_jobs.raw_objects import (
    position_item,
    read_position,
    unread_objects,
    unreadable_reason,
)

LINE = b'{"InvoiceNo": "536365"}\n'
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
WHOLE = gzip.compress(LINE * 1000, mtime=0)


def raw(key: str, seconds: int) -> RawObject:
    return RawObject(key, NOON + timedelta(seconds=seconds), size=10)


def test_the_position_holds_the_newest_time_and_the_keys_of_the_band() -> None:
    item = position_item([raw("old", -901), raw("edge", -900), raw("new", 0)], "run-1", NOON)

    assert item is not None
    assert item["high_water_mark"] == "2026-01-05T12:00:00.000000+00:00"
    assert item["names_in_band"] == sorted([short_name("edge"), short_name("new")])


def test_no_position_is_claimed_when_the_bookmark_may_have_left_files_for_the_next_run() -> None:
    crowd = [raw(f"{number}", 0) for number in range(MOST_FILES_IN_BAND + 1)]

    assert position_item(crowd, "run-1", NOON) is None
    assert position_item([], "run-1", NOON) is None


class State:
    """The state table with one item, or none."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        self.item = item

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": self.item} if self.item else {}


def test_what_a_position_covers_is_not_taken_again() -> None:
    before = [raw("old", -2000), raw("edge", -900), raw("new", 0)]
    position = read_position(State(position_item(before, "run-1", NOON)))  # type: ignore[arg-type]

    listed = [*before, raw("late", -10), raw("newer", 5)]
    assert [each.key for each in unread_objects(listed, position)] == ["late", "newer"]


def test_without_a_position_everything_is_taken() -> None:
    position = read_position(State(None))  # type: ignore[arg-type]

    assert unread_objects([raw("old", -2000)], position) == [raw("old", -2000)]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_whole_gzip_file_of_one_or_more_members_is_readable(size: int) -> None:
    stream = WHOLE + WHOLE
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]

    assert unreadable_reason(chunks) is None


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE[:-1],
        WHOLE[:20],
        WHOLE + WHOLE[:30],
        LINE,
        WHOLE[:40] + b"x" * 99,
    ],
)
def test_a_broken_gzip_file_is_unreadable(broken: bytes) -> None:
    reason = unreadable_reason([broken])

    assert reason is not None
    assert reason.startswith("not a whole gzip file: ")
