"""Reconcile finds whatever was lost, doubled or changed between the stores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cli.lookups_scan import LookupsCount
from cli.raw_scan import RawCount
from cli.reconcile import describe_stores, find_differences
from cli.send.journal import Acknowledged, SendHeader, SendState
from cli.stores import CleansedCount, FactSalesCount, Stores, TransactionsCount

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
