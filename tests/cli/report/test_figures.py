"""Numbers and dates are written as people read them, and nothing is lost by floats."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli.report import figures

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("4397950.7610", "4,397,950.76"),
        ("0", "0.00"),
        ("-0.0010", "0.00"),
        ("-1234.5000", f"{MINUS}1,234.50"),
        ("0.0050", "0.00"),
        ("0.0150", "0.02"),
        ("99999999999999999999999.9999", "100,000,000,000,000,000,000,000.00"),
    ],
)
def test_money_is_rounded_to_the_cent(amount: str, shown: str) -> None:
    assert figures.money(amount) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("4397950.7610", "4,397,950.761"),
        ("7.0000", "7.00"),
        ("-0.0001", f"{MINUS}0.0001"),
        ("99999999999999999999999.9999", "99,999,999,999,999,999,999,999.9999"),
    ],
)
def test_an_exact_amount_keeps_all_its_digits(amount: str, shown: str) -> None:
    assert figures.exact(amount) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [("0.834979", "83.5"), ("1", "100.0"), ("-0.0005", f"{MINUS}0.0")]
)
def test_a_share_is_written_as_per_cent(share: str, shown: str) -> None:
    assert figures.percent(share) == f"{shown}{figures.NARROW_SPACE}%"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0341, "34 ms"),
        (0.0999, "0.1 s"),
        (12.345, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7_620, "2 h 07 min"),
    ],
)
def test_a_duration_has_the_unit_that_fits(seconds: float, shown: str) -> None:
    assert figures.duration(seconds) == shown


def test_dates_are_written_out() -> None:
    assert figures.day("2010-12-01") == "1 December 2010"
    assert figures.month("2010-12-01") == "December 2010"
    assert (
        figures.moment(datetime(2026, 11, 22, 8, 5, 9, tzinfo=UTC))
        == "22 November 2026, 08:05:09 UTC"
    )


def test_counts_agree_with_their_things() -> None:
    counted = [figures.plural(n, thing) for n, thing in ((1, "day"), (2, "day"), (37, "country"))]
    assert counted == ["1 day", "2 days", "37 countries"]
    assert figures.plural(12_795, "invoice") == "12,795 invoices"


@pytest.mark.parametrize("name", ["LoadWarehouse", "load_warehouse"])
def test_names_of_the_code_become_words(name: str) -> None:
    assert figures.words(name) == "Load warehouse"
