"""Which raw objects count as not consumed yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.raw_zone import Position, short_name
from lambdas.pending_work.raw_objects import PendingObjects, count_pending

MARK = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
POSITION = Position(MARK, frozenset({short_name("raw/transactions/read")}))


class Listing:
    """S3's listing in pages, as its paginator gives it."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.asked: dict[str, str] = {}

    def get_paginator(self, name: str) -> Listing:
        assert name == "list_objects_v2"
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        self.asked = asked
        return [{"Contents": page} if page else {"KeyCount": 0} for page in self.pages]


def found(key: str, at: datetime, size: int = 5) -> dict[str, Any]:
    return {"Key": f"raw/transactions/{key}", "LastModified": at, "Size": size}


@pytest.mark.parametrize(
    ("key", "age", "pending"),
    [
        ("new", timedelta(microseconds=-1), True),
        ("read", timedelta(0), False),
        ("same-second", timedelta(0), True),
        ("late", timedelta(seconds=900), True),
        ("read", timedelta(seconds=900), False),
        ("old", timedelta(seconds=900, microseconds=1), False),
    ],
)
def test_above_the_mark_is_pending_within_the_band_the_key_decides_below_is_consumed(
    key: str, age: timedelta, pending: bool
):
    listing: Any = Listing([found(key, MARK - age)])
    assert count_pending(listing, "lake", POSITION).objects == int(pending)


def test_without_a_position_every_object_that_a_job_reads_is_pending_over_all_pages():
    unread = [found("empty", MARK, 0), found("_SUCCESS", MARK), found("day/.part.crc", MARK)]
    listing: Any = Listing([found("a", MARK), *unread], [], [found("b", MARK, 7)])
    assert count_pending(listing, "lake", None) == PendingObjects(objects=2, bytes=12)
    assert listing.asked == {"Bucket": "lake", "Prefix": "raw/transactions/"}
