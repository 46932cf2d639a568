"""What a consumer must read follows from the log between its position and now."""

from __future__ import annotations

from glue_jobs.lake.snapshots import Extent, PendingRead, Snapshot, pending_read

LOG = [
    Snapshot(1, None, "append"),
    Snapshot(2, 1, "append"),
    Snapshot(3, 2, "replace"),
    Snapshot(4, 3, "append"),
    Snapshot(5, 4, "replace"),
    Snapshot(6, 5, "delete"),
]


def test_nothing_is_pending_in_an_empty_table_or_at_the_current_snapshot() -> None:
    assert pending_read([], None, None).extent is Extent.NOTHING
    assert pending_read(LOG, 4, 4).extent is Extent.NOTHING


def test_a_consumer_without_a_position_reads_the_whole_table() -> None:
    assert pending_read(LOG, 4, None) == PendingRead(Extent.WHOLE, None, 4)


def test_appends_are_read_as_appends_also_across_a_compaction() -> None:
    assert pending_read(LOG, 4, 1) == PendingRead(Extent.APPENDS, 1, 4)


def test_a_compaction_alone_is_nothing_to_read_but_moves_the_position() -> None:
    assert pending_read(LOG, 5, 4) == PendingRead(Extent.NOTHING, 4, 5)


def test_a_deletion_in_the_range_asks_for_what_was_rewritten() -> None:
    assert pending_read(LOG, 6, 4) == PendingRead(Extent.REWRITTEN, 4, 6)
    assert pending_read(LOG, 6, 1) == PendingRead(Extent.REWRITTEN, 1, 6)


def test_an_expired_position_asks_for_the_whole_table() -> None:
    assert pending_read(LOG[3:], 4, 2) == PendingRead(Extent.WHOLE, 2, 4)
    assert pending_read(LOG[:2], 2, 99) == PendingRead(Extent.WHOLE, 99, 2)
