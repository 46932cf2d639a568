"""A replay ends in what a fresh derivation of the same objects gives, wherever it dies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.replay import REPLAY_ITEM
from glue_jobs import replay as replay_module
from tests.glue_jobs.fake_glue import LocalLake

FOLDER = "raw/transactions/ingest_date={}/ingest_hour={}/{}.gz"
MONDAY_5 = FOLDER.format("2026-11-16", "05", "a")
MONDAY_6 = FOLDER.format("2026-11-16", "06", "b")
TUESDAY_0 = FOLDER.format("2026-11-17", "00", "c")
DROPPED = "raw/transactions/dropped.json"  # last changed on 2026-11-22 at 12

# Fourteen hours before UTC: some invoices move to the day and the month before.
SHOP_ZONE = "Pacific/Kiritimati"


def line(invoice: str, received: str = "2026-11-16T05:00:00Z", **fields: Any) -> str:
    """Return a raw line; without a line number its identity hangs on its content."""
    return json.dumps(
        {
            "InvoiceNo": invoice,
            "StockCode": "22423",
            "Quantity": "2",
            "InvoiceDate": "2011-06-01 10:15:00",
            "UnitPrice": "12.75",
            "Country": "France",
            "received_at": received,
            **fields,
        }
    )


def objects() -> dict[str, list[str]]:
    """Return raw objects with versions and duplicates across objects, rejects, and odd places."""
    late = "2026-11-17T00:10:00Z"
    return {
        MONDAY_5: [
            line("500001", InvoiceLine="1"),
            line("500001", InvoiceLine="2", StockCode="POST"),
            line("500002"),
            line("500003", Quantity="zero"),
            "not json",
        ],
        MONDAY_6: [
            line("500001", InvoiceLine="1"),
            line("500004", InvoiceDate="2011-06-01T10:15:00Z"),
            # Past the moment of receipt by less than a day, or by more, as the shop's zone says.
            line("500005", InvoiceDate="2026-11-17 02:00:00"),
            line("500006", InvoiceDate="2026-11-17 14:00:00"),
        ],
        TUESDAY_0: [
            line("500001", late, InvoiceLine="2", StockCode="POST", Quantity="7"),
            line("500002", late),
            line("500007", late, Quantity="0"),
        ],
        DROPPED: [line("500008", late)],
    }


@pytest.fixture(scope="module")
def fresh(spark: SparkSession) -> dict[str, list[str]]:
    """Return the truth of the objects under the changed rule, derived from nothing."""
    return LocalLake(spark, objects(), zone=SHOP_ZONE).cleanse().partition().truth()


@pytest.fixture
def lake(spark: SparkSession) -> LocalLake:
    """Return a lake that was derived in UTC."""
    return LocalLake(spark, objects()).cleanse().partition()


def test_a_replay_after_a_rule_change_equals_a_fresh_derivation(
    lake: LocalLake, fresh: dict[str, list[str]]
):
    before = lake.truth()
    lake.zone = SHOP_ZONE
    lake.replay("2026-11-16T00", "2026-11-22T23").partition()
    assert lake.truth() == fresh
    assert fresh["transactions"] != before["transactions"]
    assert fresh["quarantine"] != before["quarantine"]
    assert lake.report.figures["vanished"] > 0
    assert lake.state.items == {}


def test_a_replay_by_the_same_rules_changes_nothing(lake: LocalLake):
    before, told = lake.truth(), lake.changed_invoices()
    merges = lake.snapshot_count("transactions")
    lake.replay("2026-11-16T00", "2026-11-22T23")
    assert lake.report.figures == {"rows_in": 13, "rows_out": 9, "files_in": 4}
    lake.partition()
    assert lake.truth() == before
    assert lake.changed_invoices() == told
    assert lake.snapshot_count("transactions") == merges


def test_a_replay_of_one_hour_leaves_the_other_objects_of_the_day(lake: LocalLake):
    before = lake.truth()
    lake.zone = SHOP_ZONE
    lake.replay("2026-11-16T06", "2026-11-16T06").partition()
    kept = [row for row in before["cleansed"] if "500002" in row]
    assert kept
    assert set(kept) <= set(lake.truth()["cleansed"])
    (moved,) = [row for row in lake.truth()["transactions"] if "500005" in row]
    assert moved not in before["transactions"]
    unzoned = [row for row in before["transactions"] if "500004" in row]
    assert set(unzoned) <= set(lake.truth()["transactions"])


def test_a_file_dropped_elsewhere_is_of_the_hour_in_which_it_came(lake: LocalLake):
    lake.zone = SHOP_ZONE
    lake.replay("2026-11-22T12", "2026-11-22T12")
    assert lake.report.figures["files_in"] == 1
    lake.partition()
    assert lake.report.figures["rows_out"] + lake.report.figures["vanished"] == 2


def test_a_replay_of_hours_without_objects_changes_nothing(lake: LocalLake):
    commits = lake.snapshot_count("cleansed")
    lake.replay("2020-01-01T00", "2020-12-31T23")
    assert lake.report.figures == {"rows_in": 0, "rows_out": 0, "files_in": 0}
    assert lake.snapshot_count("cleansed") == commits
    assert lake.state.items == {}


def test_what_a_replay_has_taken_is_not_doubled_by_a_run_that_reads_it_too(
    lake: LocalLake, fresh: dict[str, list[str]]
):
    lake.zone = SHOP_ZONE
    lake.replay("2026-11-16T00", "2026-11-22T23").cleanse().partition()
    assert lake.truth() == fresh


class Killed(BaseException):
    """Ends a job where it stands: nothing of ours catches it."""


def kill_before_commit(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the replay die before its `number`-th replacement of rows."""
    calls = iter(range(1, 3))

    def dying(*arguments: Any) -> None:
        if next(calls) == number:
            raise Killed
        replace_rows(*arguments)

    replace_rows = replay_module.replace_rows
    monkeypatch.setattr(replay_module, "replace_rows", dying)


def test_a_replay_that_dies_before_its_first_commit_has_not_happened(
    lake: LocalLake, monkeypatch: pytest.MonkeyPatch
):
    before = lake.truth()
    lake.zone = SHOP_ZONE
    kill_before_commit(monkeypatch, 1)
    with pytest.raises(Killed):
        lake.replay("2026-11-16T00", "2026-11-22T23")
    monkeypatch.undo()
    assert REPLAY_ITEM in lake.state.items
    lake.cleanse().partition()
    assert lake.truth() == before
    assert lake.state.items == {}


@pytest.mark.parametrize("how", ["cleanse", "replay"])
def test_a_replay_that_dies_between_its_commits_is_completed_by_the_next_run(
    lake: LocalLake, fresh: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, how: str
):
    lake.zone = SHOP_ZONE
    kill_before_commit(monkeypatch, 2)
    with pytest.raises(Killed):
        lake.replay("2026-11-16T00", "2026-11-22T23")
    monkeypatch.undo()
    assert lake.truth()["quarantine"] != fresh["quarantine"]
    if how == "cleanse":
        lake.cleanse()
    else:
        lake.replay("2020-01-01T00", "2020-01-01T00")
    assert lake.partition().truth() == fresh
    assert lake.state.items == {}


def test_a_replay_whose_commit_may_have_expired_is_completed(
    lake: LocalLake, fresh: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
):
    lake.zone = SHOP_ZONE
    kill_before_commit(monkeypatch, 2)
    with pytest.raises(Killed):
        lake.replay("2026-11-16T00", "2026-11-22T23")
    monkeypatch.undo()
    item = lake.state.items[REPLAY_ITEM]
    lake.state.items[REPLAY_ITEM] = item | {"name": "expired", "cleansed_before": 1}
    assert lake.cleanse().partition().truth() == fresh


def test_what_is_derived_by_a_rule_outside_the_content_reaches_transactions(
    lake: LocalLake, monkeypatch: pytest.MonkeyPatch
):
    from glue_jobs.transforms import raw_transactions  # noqa: PLC0415 - the rule under change

    monkeypatch.setattr(raw_transactions, "PRODUCT_CODE", "POST")
    changed = LocalLake(lake.spark, objects()).cleanse().partition().truth()
    lake.replay("2026-11-16T00", "2026-11-22T23").partition()
    assert lake.truth() == changed
    assert lake.report.figures["corrections"] == 6
