"""Numbers are judged by what is written, exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.numbers import customer_id, invoice_line, quantity, unit_price
from contracts.rejections import BrokenRuleError, Reason


def reason(rule: object, text: str) -> Reason | None:
    try:
        rule(text)  # type: ignore[operator]
    except BrokenRuleError as broken:
        return broken.reason
    return None


@given(st.integers(-9_999_999, 9_999_999).filter(bool), st.sampled_from(["", ".", ".0", ".000"]))
def test_a_whole_number_may_be_written_with_a_fraction_of_zeros(value: int, zeros: str) -> None:
    assert quantity(f"{value}{zeros}") == value


@given(st.decimals(-9_999_999, 9_999_999, places=4))
def test_a_price_of_four_decimals_is_kept_exactly_however_it_is_written(value: Decimal) -> None:
    for written in (f"{value:f}", f"{value:E}", f"{value * 10000:f}E-4", f"{value:f}00"):
        assert unit_price(written) == value
        assert str(unit_price(written)) == f"{unit_price(written):.4f}"


@given(st.integers(1, 10**9), st.integers(5, 12))
def test_a_digit_behind_the_fourth_decimal_is_refused(value: int, decimals: int) -> None:
    written = f"{Decimal(value * 10 + 1).scaleb(-decimals):f}"
    assert reason(unit_price, written) is Reason.TOO_PRECISE


@given(st.text(max_size=12))
def test_what_is_taken_for_a_number_is_one(text: str) -> None:
    if reason(unit_price, text) is not Reason.NOT_A_NUMBER:
        assert Decimal(text).is_finite()
        assert text.isascii()


@given(st.text(alphabet="0123456789+-.eE", max_size=70))
def test_no_literal_however_odd_is_more_than_refused(text: str) -> None:
    for rule in (quantity, unit_price, customer_id, invoice_line):
        reason(rule, text)


@pytest.mark.parametrize(
    ("rule", "least", "greatest"),
    [
        (quantity, -9_999_999, 9_999_999),
        (customer_id, -(2**63), 2**63 - 1),
        (invoice_line, 1, 9_999_999),
    ],
)
def test_limits_are_inclusive(rule: object, least: int, greatest: int) -> None:
    assert [reason(rule, str(value)) for value in (least, greatest)] == [None, None]
    beyond = [reason(rule, str(value)) for value in (least - 1, greatest + 1)]
    assert beyond == [Reason.OUT_OF_RANGE, Reason.OUT_OF_RANGE]


def test_a_refusal_shows_the_value_and_what_to_send() -> None:
    with pytest.raises(BrokenRuleError) as broken:
        quantity("10000000")
    assert broken.value.detail == "'10000000' is out of range: send from -9,999,999 to 9,999,999"
