"""A record has one canonical form, or one reason why it has none."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dates import table_text
from contracts.fields import INPUT_NAMES, TRANSACTIONS
from contracts.literals import NumberLiteral
from contracts.rejections import Reason, Rejection
from contracts.transaction import Transaction, canonicalise

VECTORS = json.loads(
    Path(__file__).with_name("golden_vectors.json").read_text(),
    parse_int=NumberLiteral,
    parse_float=NumberLiteral,
)
RECEIVED = datetime(2026, 1, 15, 10, tzinfo=UTC)
SALE: dict[str, object] = {
    "InvoiceNo": "536370",
    "StockCode": "22728",
    "Description": "ALARM CLOCK BAKELIKE PINK",
    "Quantity": 24,
    "InvoiceDate": "12/1/2010 8:45",
    "UnitPrice": "3.75",
    "CustomerID": 12583,
    "Country": "France",
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


def taken(record: dict[str, object]) -> Transaction:
    result = canonicalise(record, RECEIVED, UTC)
    assert isinstance(result, Transaction), result
    return result


def as_text(value: object) -> str | None:
    if isinstance(value, datetime):
        return table_text(value)
    return None if value is None else str(value)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_golden_vector(vector: dict[str, Any]) -> None:
    zone = ZoneInfo(vector.get("shop_time_zone", "UTC"))
    received_at = datetime.fromisoformat(vector["received_at"])
    expected = vector.get("transaction") or vector["rejection"]
    got = dataclasses.asdict(canonicalise(vector["record"], received_at, zone))
    assert {name: as_text(value) for name, value in got.items()} == {
        name: as_text(value) for name, value in expected.items()
    }


def test_the_content_hash_is_of_the_pinned_serialisation() -> None:
    serialised = (
        "536370\x1f\0\x1f22728\x1fALARM CLOCK BAKELIKE PINK\x1f24\x1f2010-12-01 08:45:00"
        "\x1f3.7500\x1f12583\x1fFrance"
    )
    assert taken(SALE).content_hash == sha256(serialised.encode()).hexdigest()[:32]


def test_a_transaction_has_the_columns_of_its_table_before_the_trace() -> None:
    columns = [column.name for column in TRANSACTIONS]
    assert [field.name for field in dataclasses.fields(Transaction)] == columns[:-2]


def test_when_and_how_a_record_came_is_not_its_content() -> None:
    later = canonicalise(SALE, RECEIVED + timedelta(days=9), UTC)
    with_key = taken(SALE | {"EventId": "order-1"})
    assert isinstance(later, Transaction)
    assert {later.content_hash, with_key.content_hash} == {taken(SALE).content_hash}
    assert later.event_id == taken(SALE).event_id


def test_two_equal_lines_of_an_invoice_are_two_events_by_their_line_numbers() -> None:
    first, second = (taken(SALE | {"InvoiceLine": line}) for line in (1, 2))
    assert (first.event_id, second.event_id) == ("536370#L1", "536370#L2")


def test_keys_of_different_invoices_never_meet() -> None:
    tricky = taken(SALE | {"InvoiceNo": "1", "EventId": "A#EB"})
    other = taken(SALE | {"InvoiceNo": "1#EA", "EventId": "B"})
    assert (tricky.event_id, other.event_id) == ("1#EA#EB", "1%23EA#EB")


@pytest.mark.parametrize("changed", [name for name in INPUT_NAMES if name != "EventId"])
def test_any_change_of_content_changes_the_hash(changed: str) -> None:
    other = {
        "InvoiceNo": "536371",
        "StockCode": "22727",
        "Description": None,
        "Quantity": 23,
        "InvoiceDate": "12/1/2010 8:46",
        "UnitPrice": "3.7501",
        "CustomerID": None,
        "Country": "EIRE",
        "InvoiceLine": 1,
    }
    assert taken(SALE | {changed: other[changed]}).content_hash != taken(SALE).content_hash


def test_python_numbers_are_taken_by_their_shortest_text() -> None:
    numbers = {"Quantity": 24.0, "UnitPrice": Decimal("3.75"), "CustomerID": 12583.0}
    assert taken(SALE | numbers) == taken(SALE)


def test_a_receipt_without_a_time_zone_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        canonicalise(SALE, RECEIVED.replace(tzinfo=None), UTC)


@given(st.dictionaries(st.sampled_from(INPUT_NAMES) | st.text(), json_values))
def test_any_record_gives_a_transaction_or_a_reason(record: dict[str, object]) -> None:
    result = canonicalise(record, RECEIVED, UTC)
    assert isinstance(result, Transaction | Rejection)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(INPUT_NAMES, json_values)))
def test_a_broken_field_of_a_good_record_is_the_one_that_was_changed(
    changes: dict[str, object],
) -> None:
    result = canonicalise(SALE | changes, RECEIVED, UTC)
    if isinstance(result, Rejection):
        assert result.field in changes
        assert result.detail.strip()


@given(
    quantity=st.integers(-9_999_999, 9_999_999).filter(bool),
    price=st.decimals(-9_999_999, 9_999_999, places=4),
)
def test_a_line_amount_is_exact_and_has_four_decimals(quantity: int, price: Decimal) -> None:
    row = taken(SALE | {"Quantity": str(quantity), "UnitPrice": str(price)})
    assert row.line_amount == Decimal(quantity) * price
    assert str(row.line_amount) == f"{row.line_amount:.4f}"
    assert not row.line_amount.is_zero() or not row.line_amount.is_signed()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_canonical_text_is_its_own_canonical_form(description: str) -> None:
    first = canonicalise(SALE | {"Description": description}, RECEIVED, UTC)
    if isinstance(first, Transaction):
        again = taken(SALE | {"Description": first.description})
        assert again == first


def test_the_first_broken_field_in_contract_order_is_reported() -> None:
    broken = {"Country": None, "UnitPrice": "free", "Quantity": 0}
    result = canonicalise(SALE | broken, RECEIVED, UTC)
    assert isinstance(result, Rejection)
    assert (result.reason, result.field) == (Reason.ZERO_QUANTITY, "Quantity")
