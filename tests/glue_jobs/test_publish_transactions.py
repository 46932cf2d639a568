"""What each store needs follows from its position, and from an order to rebuild it."""

from __future__ import annotations

from glue_jobs.lake.snapshots import Extent, PendingRead, Snapshot
from glue_jobs.publish_transactions import LOOKUPS, WAREHOUSE, Targets, needed
from loader.dynamodb import LookupsTable, client_factory

LOG = [Snapshot(1, None, "append"), Snapshot(2, 1, "append")]
EVERYTHING = PendingRead(Extent.WHOLE, None, 2)


def targets(*rebuild: str) -> Targets:
    table = LookupsTable("lookups", client_factory("us-east-1"), writers=1)
    return Targets(table, 2, frozenset(rebuild))


def test_a_store_that_is_to_be_rebuilt_needs_everything_wherever_it_stands() -> None:
    for position in (None, 1, 2, 99):
        assert needed(LOG, 2, position, LOOKUPS, targets(LOOKUPS)) == EVERYTHING


def test_a_store_without_a_position_is_rebuilt_without_being_asked() -> None:
    assert needed(LOG, 2, None, LOOKUPS, targets()) == EVERYTHING


def test_the_other_store_needs_only_what_it_has_not() -> None:
    asked = targets(LOOKUPS)
    assert needed(LOG, 2, 2, WAREHOUSE, asked).extent is Extent.NOTHING
    assert needed(LOG, 2, 1, WAREHOUSE, asked) == PendingRead(Extent.APPENDS, 1, 2)


def test_of_a_lake_without_changes_a_rebuild_still_empties_the_store() -> None:
    assert needed([], None, None, LOOKUPS, targets()).extent is Extent.NOTHING
    assert needed([], None, 7, WAREHOUSE, targets(WAREHOUSE)) == PendingRead(
        Extent.WHOLE, None, None
    )
