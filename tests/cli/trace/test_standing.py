"""Where an event stands, from every state in which stores can be, said plainly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.quarantine.table import QuarantineRow
from cli.trace.lake import Version
from cli.trace.raw import RawLine
from cli.trace.standing import Found, Outcome, Since, Stage, outcomes, standing
from cli.trace.stores import InStore, content_of

FIRST = Version(
    "1#L1", "2026-11-22 10:00:00.000", "aa", "raw/1.gz", "run-1",
    "22423", "CAKESTAND", "6", "2.5500", "15.3000", "sale",
)  # fmt: skip
LATER = replace(FIRST, received_at="2026-11-22 11:00:00.000", raw_object="raw/2.gz", run_id="run-2")
CORRECTED = replace(LATER, content_hash="bb", quantity="7", line_amount="17.8500")
LINE = RawLine("raw/1.gz", 1, "2026-11-22 10:00:00.000", "aa", "request-1", 0, None)
REJECTED = QuarantineRow("q1", "raw/0.gz", "{}", "zero_quantity", "Quantity", "is 0", None, "run-0")
STORED = InStore(7, [content_of(FIRST)])
NOTHING = InStore(7, [])
PUBLISHED = Since("run-1", "2026-11-22 10:05:00.000", 5, in_lookups=True, in_warehouse=True)
ARRIVED = Found(
    "1#L1", [FIRST], [FIRST], PUBLISHED, False, [LINE], [], [], STORED, STORED
)  # fmt: skip


@pytest.mark.parametrize(
    ("versions", "current", "expected"),
    [
        ([FIRST], [FIRST], [Outcome.WINNER]),
        ([FIRST, LATER], [FIRST], [Outcome.WINNER, Outcome.DUPLICATE]),
        ([FIRST, CORRECTED], [CORRECTED], [Outcome.OLDER, Outcome.WINNER]),
        ([FIRST, LATER, CORRECTED], [CORRECTED],
         [Outcome.OLDER, Outcome.DUPLICATE, Outcome.WINNER]),
        ([FIRST, CORRECTED], [FIRST], [Outcome.OLDER, Outcome.NEWER]),
        ([FIRST], [], [Outcome.NEWER]),
        ([], [], []),
    ],
    ids=["one", "sent_twice", "corrected", "duplicate_of_an_older", "correction_not_merged",
         "not_merged", "none"],
)  # fmt: skip
def test_a_versions_outcome_follows_the_contract(
    versions: list[Version], current: list[Version], expected: list[Outcome]
) -> None:
    assert outcomes(versions, current) == expected


def test_versions_received_at_once_are_decided_by_their_hash() -> None:
    twin = replace(CORRECTED, received_at=FIRST.received_at)
    assert outcomes([FIRST, twin], [twin]) == [Outcome.OLDER, Outcome.WINNER]


@pytest.mark.parametrize(
    ("found", "stage", "says"),
    [
        (ARRIVED, Stage.ARRIVED, "in every store"),
        (replace(ARRIVED, pending_lines=[LINE]), Stage.ARRIVED, "Another version waits in raw/"),
        (replace(ARRIVED, versions=[], current=[], raw_lines=[]), Stage.UNKNOWN, "No store knows"),
        (replace(ARRIVED, versions=[], current=[], pending_lines=[LINE]), Stage.LANDED,
         "landed in raw/ and is not cleansed: the next run takes it"),
        (replace(ARRIVED, versions=[], current=[], raw_lines=[], rejected=[REJECTED]),
         Stage.REJECTED, "zero_quantity: Quantity is 0"),
        (replace(ARRIVED, current=[], is_merge_pending=True), Stage.CLEANSED,
         "cleansed and not merged: the next run takes it"),
        (replace(ARRIVED, versions=[FIRST, CORRECTED], is_merge_pending=True), Stage.CLEANSED,
         "transactions holds an older version: the next run"),
        (replace(ARRIVED, current=[]), Stage.CLEANSED, "though no merge is pending: a fault"),
        (replace(ARRIVED, current=[FIRST, FIRST]), Stage.MERGED, "2 times: a fault"),
        (replace(ARRIVED, lookups=NOTHING, since=replace(PUBLISHED, in_lookups=False)),
         Stage.MERGED, "In the lookups it is missing: the next run takes it"),
        (replace(ARRIVED, lookups=NOTHING), Stage.MERGED, "`etl rebuild lookups` mends it"),
        (replace(ARRIVED, warehouse=replace(STORED, contents=STORED.contents * 2)), Stage.MERGED,
         "In the warehouse it is there 2 times, though that run is published"),
        (replace(ARRIVED, warehouse=InStore(7, [content_of(CORRECTED)])), Stage.MERGED,
         "another version"),
        (replace(ARRIVED, warehouse=InStore(None, []),
                 since=replace(PUBLISHED, in_warehouse=False)), Stage.MERGED,
         "In the warehouse it is missing: the next run takes it"),
        (replace(ARRIVED, warehouse=InStore(7, [], problem="it sleeps")), Stage.MERGED,
         "The warehouse cannot tell: it sleeps"),
    ],
    ids=["everywhere", "newer_in_raw", "nowhere", "in_raw", "rejected", "cleansed", "corrected",
         "lost_in_merge", "doubled", "not_published", "lost_lookup", "doubled_fact", "old_fact",
         "not_loaded", "unavailable"],
)  # fmt: skip
def test_the_stage_is_said_with_what_comes_next(found: Found, stage: Stage, says: str) -> None:
    at, sentence = standing(found)
    assert at is stage
    assert says in sentence
