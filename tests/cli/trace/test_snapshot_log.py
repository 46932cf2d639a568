"""Whether a store stands behind a change is read from the order of a table's snapshots."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli.trace.lake import SnapshotLog

# Iceberg's ids are random, so their order says nothing; the log may be listed in any order.
LOG = SnapshotLog(
    {
        "snapshots": [
            {"snapshot-id": 50, "sequence-number": 3, "timestamp-ms": 3_000},
            {"snapshot-id": 900, "sequence-number": 1, "timestamp-ms": 1_000,
             "summary": {"etl.run-id": "run-1"}},
            {"snapshot-id": 7, "sequence-number": 2, "timestamp-ms": 2_000},
        ]
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("position", "snapshot", "expected"),
    [
        (50, 7, True),
        (7, 7, True),
        (900, 7, False),
        (None, 7, False),
        (1, 7, None),  # expired: who stands there, and whether before or after
        (50, None, None),
    ],
)
def test_a_position_includes_what_came_before_it(
    position: int | None, snapshot: int | None, expected: bool | None
) -> None:
    assert LOG.includes(position, snapshot) is expected


def test_snapshots_are_found_by_their_run_and_their_moment() -> None:
    assert LOG.of_run("run-1") == 900
    assert LOG.of_run("run-2") is None
    assert LOG.committed_at(900) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert LOG.first_since(datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)) == 7
    assert LOG.first_since(datetime(1970, 1, 2, tzinfo=UTC)) is None


def test_a_table_that_is_not_there_has_no_snapshots() -> None:
    assert SnapshotLog(None).of_run("run-1") is None
