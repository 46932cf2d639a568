"""Reconcile finds whatever was lost, doubled or changed between the stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.lookups_scan import LookupsCount
from cli.raw_audit import RawAudit
from cli.raw_scan import RawCount
from cli.reconcile import describe_stores, find_differences, find_objects_behind
from cli.send.journal import Acknowledged, SendHeader, SendState
from cli.stores import CleansedCount, FactSalesCount, Stores, TransactionsCount
from contracts.raw_zone import RawObject

SEND = SendState(
    SendHeader("s", "local", "hash", "file.csv", "2026-11-22T12:00:00+00:00"),
    [Acknowledged(1, 8, 8, 90_000, {"s-1": 5, "s-1.1": 3})],
)
# Ten lines, one of them rejected; of nine accepted one is a duplicate and one an older version.
STORES = Stores(
    sends=[SEND],
    raw=RawCount(
        line_amount=100_000,
        rows_of={"a": 6, "b": 4},
        places={"s-1": {0, 1, 2, 3, 4, 7}, "s-1.1": {0, 1, 2}},
        unreadable=["c"],
    ),
    cleansed=CleansedCount(rows=9, line_amount=100_000, versions=8, events=7, latest_amount=70_001),
    quarantine={"not_a_number": 1, "unreadable_object": 1},
    transactions=TransactionsCount({"sale": (5, 80_001), "cancellation": (2, -10_000)}, events=7),
    fact_sales=FactSalesCount(rows=7, line_amount=70_001, events=7),
    lookups=LookupsCount(
        rows=7, line_amount=70_001, header_rows=7, header_amount=70_001, invoices=3, customers=2
    ),
)


def test_stores_that_agree_have_no_differences() -> None:
    assert find_differences(STORES) == []


def test_what_is_described_adds_up() -> None:
    described = describe_stores(STORES)

    assert described["sent"]["rows"] == 8
    assert described["raw"] | {"rows": 10, "unreadable_objects": 1} == described["raw"]
    assert described["cleansed"] | {"duplicates": 1, "older_versions": 1} == described["cleansed"]
    assert described["quarantine"]["rows"] == 2
    assert described["transactions"] == {
        "rows": 7,
        "line_amount": "7.0001",
        "by_type": {
            "sale": {"rows": 5, "line_amount": "8.0001"},
            "cancellation": {"rows": 2, "line_amount": "-1.0000"},
        },
    }


def test_the_stores_that_are_described_are_those_of_the_design() -> None:
    described = describe_stores(STORES)

    assert list(described)[-2:] == ["fact_sales", "lookups"]
    assert described["fact_sales"] == {"rows": 7, "line_amount": "7.0001"}
    assert described["lookups"] | {"invoices": 3, "customers": 2} == described["lookups"]


@pytest.mark.parametrize(
    ("broken", "difference"),
    [
        (
            replace(STORES, cleansed=replace(STORES.cleansed, rows=8)),
            ("raw and cleansed + quarantine", "rows", 10, 9),
        ),
        (
            replace(STORES, quarantine={"unreadable_object": 1}),
            ("raw and cleansed + quarantine", "rows", 10, 9),
        ),
        (
            replace(STORES, quarantine={"not_a_number": 1}),
            ("raw and cleansed + quarantine", "unreadable objects", 1, 0),
        ),
        (
            replace(STORES, cleansed=replace(STORES.cleansed, line_amount=99_999)),
            ("raw and cleansed", "line_amount", "10.0000", "9.9999"),
        ),
        (
            replace(STORES, cleansed=replace(STORES.cleansed, events=8)),
            ("cleansed and transactions", "events", 8, 7),
        ),
        (
            replace(STORES, cleansed=replace(STORES.cleansed, latest_amount=70_000)),
            ("cleansed and transactions", "line_amount of latest versions", "7.0000", "7.0001"),
        ),
        (
            replace(STORES, transactions=replace(STORES.transactions, events=6)),
            ("transactions and itself", "one row an event", 7, 6),
        ),
        (
            replace(STORES, fact_sales=FactSalesCount(rows=6, line_amount=70_001, events=6)),
            ("transactions and fact_sales", "rows", 7, 6),
        ),
        (
            replace(STORES, fact_sales=FactSalesCount(rows=7, line_amount=70_000, events=7)),
            ("transactions and fact_sales", "line_amount", "7.0001", "7.0000"),
        ),
        (
            replace(STORES, fact_sales=FactSalesCount(rows=7, line_amount=70_001, events=6)),
            ("fact_sales and itself", "one row an event", 7, 6),
        ),
        (
            replace(STORES, lookups=replace(STORES.lookups, header_rows=8)),
            ("lookups and its headers", "rows", 7, 8),
        ),
        (
            replace(STORES, lookups=replace(STORES.lookups, header_amount=1)),
            ("lookups and its headers", "line_amount", "7.0001", "0.0001"),
        ),
        (
            replace(STORES, lookups=replace(STORES.lookups, rows=8, header_rows=8)),
            ("transactions and lookups", "rows", 7, 8),
        ),
        (
            replace(STORES, lookups=replace(STORES.lookups, line_amount=0, header_amount=0)),
            ("transactions and lookups", "line_amount", "7.0001", "0.0000"),
        ),
        (
            replace(STORES, raw=replace(STORES.raw, places={"s-1": {0, 1, 2, 3, 4}})),
            ("send s and raw", "rows", 8, 5),
        ),
    ],
)
def test_each_kind_of_loss_is_named(broken: Stores, difference: tuple[Any, ...]) -> None:
    found = find_differences(broken)

    assert [tuple(each.values()) for each in found] == [difference]


def test_records_of_one_request_do_not_stand_for_those_of_another() -> None:
    doubled = {"s-1": set(range(8)), "s-1.1": set[int]()}

    (found,) = find_differences(replace(STORES, raw=replace(STORES.raw, places=doubled)))

    assert (found["expected"], found["found"]) == (8, 5)


def raw_object(key: str) -> RawObject:
    return RawObject(key, datetime(2026, 11, 22, tzinfo=UTC), 10)


def test_objects_that_are_in_the_lake_as_they_are_give_no_difference() -> None:
    assert list(find_objects_behind(RawAudit({"a": 6, "b": 4, "c": 0}, []), STORES)) == []


def test_an_object_that_no_run_takes_is_named_with_what_takes_it() -> None:
    lost = replace(STORES, cleansed=replace(STORES.cleansed, rows=5))
    audit = RawAudit({"a": 6, "c": 0}, [raw_object("b")])

    (found,) = find_objects_behind(audit, lost)

    assert found["raw_object"] == "b"
    assert (found["expected"], found["found"]) == (4, 0)
    assert "etl replay --unprocessed" in found["what"]


def test_an_object_that_no_run_takes_is_named_though_the_rows_agree_by_chance() -> None:
    audit = RawAudit({"a": 6, "b": 4}, [raw_object("c")])  # unreadable, so it has no rows

    assert [each["raw_object"] for each in find_objects_behind(audit, STORES)] == ["c"]


def test_an_object_of_blank_lines_is_no_difference() -> None:
    blank = replace(STORES, raw=replace(STORES.raw, rows_of={"a": 6, "b": 4, "blank": 0}))
    audit = RawAudit({"a": 6, "b": 4, "c": 0}, [raw_object("blank")])

    assert list(find_objects_behind(audit, blank)) == []


def test_an_object_that_the_next_run_takes_is_said_to_be_so() -> None:
    behind = replace(STORES, cleansed=replace(STORES.cleansed, rows=5))

    (found,) = find_objects_behind(RawAudit({"a": 6, "c": 0}, []), behind)

    assert (found["raw_object"], found["what"]) == ("b", "rows (not read yet: `etl run` does)")


def test_of_many_objects_that_no_run_takes_the_first_are_named_and_all_are_counted() -> None:
    keys = [f"lost-{number:02d}" for number in range(12)]
    audit = RawAudit({"a": 6, "b": 4, "c": 0}, [raw_object(key) for key in keys])

    found = list(find_objects_behind(audit, STORES))

    assert [each["raw_object"] for each in found[:-1]] == keys[:10]
    assert found[-1]["found"] == 12
