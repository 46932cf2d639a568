"""The oracle, by examples worked out by hand, and the comparison that must not be blind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.transaction import Transaction, canonicalise
from tests.chaos.comparison import compare_store
from tests.chaos.generator import World
from tests.chaos.oracle import Refusal, Version, judge, judge_line
from tests.chaos.truth import Receipt, truth

RECEIVED = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
GOOD = {
    "InvoiceNo": " c536365 ",
    "StockCode": "85123a",
    "Description": "WHITE  METAL\tLANTERN",
    "Quantity": "-6",
    "InvoiceDate": "12/1/2010 8:26",
    "UnitPrice": "2.55",
    "CustomerID": "17850.0",
    "Country": "United Kingdom",
    "InvoiceLine": "3",
    "EventId": "",
}


def received(outcome: Version | Refusal, *, minute: int = 0, line: str = "") -> Receipt:
    moment = RECEIVED.replace(minute=minute)
    return Receipt("raw/ingest_date=2026-01-02/x.gz", date(2026, 1, 2), line, moment, outcome)


def version(**changes: str) -> Version:
    outcome = judge({**GOOD, **changes}, RECEIVED)
    assert isinstance(outcome, Version)
    return outcome


def test_a_record_means_what_the_contract_says() -> None:
    found = version()

    assert (found.event_id, found.invoice_no, found.stock_code) == (
        "C536365#L3",
        "C536365",
        "85123A",
    )
    assert (found.description, found.customer_id) == ("WHITE METAL LANTERN", 17850)
    assert (found.line_amount, found.transaction_type) == (Decimal("-15.3000"), "cancellation")
    assert found.invoice_ts == datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"Quantity": "0"}, Refusal("zero_quantity", "Quantity")),
        ({"Quantity": "2.5", "Country": ""}, Refusal("not_an_integer", "Quantity")),
        ({"InvoiceDate": "2/30/2011 8:26"}, Refusal("not_a_date", "InvoiceDate")),
        ({"InvoiceDate": "1/4/2026 9:00"}, Refusal("out_of_range", "InvoiceDate")),
        ({"UnitPrice": "2.55001"}, Refusal("too_precise", "UnitPrice")),
        ({"Description": "NUL \x00"}, Refusal("control_character", "Description")),
        ({"Country": "U" * 65}, Refusal("too_long", "Country")),
        ({"InvoiceNo": " "}, Refusal("missing_field", "InvoiceNo")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_record_is_refused_for_the_first_rule_that_it_breaks(
    changes: dict[str, str], refusal: Refusal
) -> None:
    assert judge({**GOOD, **changes}, RECEIVED) == refusal


def test_a_line_that_is_no_object_is_refused() -> None:
    assert judge_line("[]", RECEIVED) == Refusal("not_an_object", None)


def test_the_oracle_and_the_contract_agree_on_generated_records() -> None:
    world = World(seed=5)
    records = [row.fields for _ in range(8) for row in world.next_wave().rows]

    for record in records:
        expected = canonicalise(record, RECEIVED.replace(tzinfo=UTC), UTC)
        found = judge(record, RECEIVED)

        if isinstance(expected, Transaction):
            assert isinstance(found, Version), record
            assert found.event_id == expected.event_id
            assert found.content_hash == expected.content_hash
            assert found.line_amount == expected.line_amount
        else:
            assert found == Refusal(str(expected.reason), expected.field), record


def test_the_version_received_last_is_the_truth_whatever_the_order() -> None:
    older, newer = received(version(), minute=1), received(version(Quantity="-7"), minute=2)

    for receipts in ([older, newer], [newer, older]):
        rows = truth(receipts, [])
        assert [row[5] for row in rows["transactions"]] == [-7]
        assert len(rows["cleansed"]) == 2


def test_equal_refused_lines_of_an_object_are_counted_apart() -> None:
    refusal = Refusal("zero_quantity", "Quantity")

    rows = truth([received(refusal, line="{}"), received(refusal, line="{}")], [])["quarantine"]

    assert [row[2] for row in rows] == [1, 2]
    assert len({row[-1] for row in rows}) == 2


def test_the_lookups_and_the_warehouse_follow_from_the_events() -> None:
    sale = version(InvoiceNo="536366", Quantity="2", InvoiceLine="2")
    other = version(InvoiceNo="536366", Quantity="3", InvoiceLine="1", UnitPrice="1")

    rows = truth([received(sale), received(other)], [])

    (header,) = rows["lookups_headers"]
    assert header[5:] == ("sale", 2, 5, Decimal("8.1000"))
    assert [(row[1], row[2]) for row in rows["lookups_lines"]] == [(1, 1), (2, 2)]
    (product,) = rows["lookups_products"]
    assert product[2:5] == (Decimal("1.0000"), Decimal("2.5500"), 5)
    assert rows["dim_date"] == [(20101201, date(2010, 12, 1), 2010, 4, 12, 1, 3)]
    moment = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001
    assert rows["dim_customer"] == [(17850, "United Kingdom", moment, moment)]


def test_what_is_lost_doubled_foreign_or_changed_is_told_apart() -> None:
    expected = [("a", 1), ("b", 1), ("c", 1), ("d", 1)]
    found = [("a", 1), ("a", 1), ("b", 2), ("c", 1), ("x", 9)]

    difference = compare_store("transactions", expected, found)

    assert difference.doubled == [("a", 1)]
    assert difference.changed == [(("b", 1), ("b", 2))]
    assert difference.lost == [("d", 1)]
    assert difference.foreign == [("x", 9)]
    assert not difference.is_none
    assert compare_store("transactions", expected, reversed(expected)).is_none


def test_rows_that_must_be_there_twice_are_missed_once() -> None:
    difference = compare_store("cleansed", [("o", "e", "h", 1)] * 2, [("o", "e", "h", 1)])

    assert difference.lost == [("o", "e", "h", 1)]
    assert not difference.doubled
