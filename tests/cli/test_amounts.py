"""The fast line amount is the contract's, for every record that can be thought of."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.amounts import LineAmounts, amount_from_text, amount_text
from contracts.fields import INPUT_NAMES
from contracts.transaction import Transaction, canonicalise

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")
_VALUES = {
    "InvoiceNo": ["536365", " c1 ", "", "5" * 21, "A\0", None],
    "StockCode": ["85123A", "x" * 33, " ", None],
    "Description": ["LANTERN £", "", "D" * 501, "\x07", None],
    "Quantity": ["6", "-1", "0", "1e3", "2.5", "six", "10000000", " 7 ", None],
    "InvoiceDate": [
        "12/1/2010 8:26",
        "2/30/2011 1:00",
        "11/23/2026 11:59",
        "11/23/2026 12:01",
        "2026-11-23T12:00:00.000001Z",
        "1989-12-31",
        "1990-01-01",
        "12/31/9999 23:59",
        "0001-01-01",
        None,
    ],
    "UnitPrice": ["2.55", "0", "-11062.06", "2.55001", "1e400", "£1", "9999999.9999", None],
    "CustomerID": ["17850", "17850.0", "17850.5", "", "x", str(2**63), None],
    "Country": ["EIRE", "", "U" * 65, None],
    "InvoiceLine": ["1", "0", "10000000", "x", None],
    "EventId": ["order-1", "e" * 129, "", None],
}


@given(st.fixed_dictionaries({name: st.sampled_from(_VALUES[name]) for name in INPUT_NAMES}))
def test_it_accepts_what_the_contract_accepts_and_for_the_same_amount(
    record: dict[str, str | None],
) -> None:
    _compare(record)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in INPUT_NAMES for value in _VALUES[name]]
)
def test_one_strange_field_is_judged_as_the_contract_judges_it(
    name: str, value: str | None
) -> None:
    _compare({each: _VALUES[each][0] for each in INPUT_NAMES} | {name: value})


def _compare(record: dict[str, str | None]) -> None:
    judged = canonicalise(record, NOW, ZONE)
    expected = judged.line_amount if isinstance(judged, Transaction) else None

    amount = LineAmounts(ZONE).of([record[name] for name in INPUT_NAMES], NOW)

    found = None if amount is None else amount_text(amount)
    assert found == (None if expected is None else f"{expected:.4f}")


@given(st.integers(-(10**18), 10**18))
def test_an_amount_survives_its_text(amount: int) -> None:
    assert amount_from_text(amount_text(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"), [("-0.5", -5_000), ("12", 120_000), ("+1.25", 12_500), (".0001", 1)]
)
def test_amounts_are_read_however_they_are_written(text: str, amount: int) -> None:
    assert amount_from_text(text) == amount
