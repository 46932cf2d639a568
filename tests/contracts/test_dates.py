"""Dates are moments in UTC, read from two forms and no others."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dates import invoice_moment, parse_date, received_moment, stamp, table_text
from contracts.rejections import BrokenRuleError, Reason

LONDON = ZoneInfo("Europe/London")
RECEIVED = datetime(2026, 1, 15, 10, tzinfo=UTC)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(datetime(1990, 1, 2), datetime(2025, 1, 1))  # noqa: DTZ001


@given(moments, offsets)
def test_an_iso_date_with_an_offset_is_the_moment_that_python_reads(
    local: datetime, offset: timezone
) -> None:
    moment = local.replace(tzinfo=offset)
    assert parse_date(moment.isoformat(), LONDON) == moment
    assert parse_date(moment.isoformat(sep=" "), LONDON) == moment


@given(moments)
def test_a_date_without_an_offset_is_in_the_shops_zone(local: datetime) -> None:
    minute = local.replace(second=0, microsecond=0)
    expected = minute.replace(tzinfo=LONDON)
    month_first = f"{minute.month}/{minute.day}/{minute.year} {minute.hour}:{minute:%M}"
    assert parse_date(month_first, LONDON) == expected
    assert parse_date(f"{minute:%Y-%m-%dT%H:%M}", LONDON) == expected


def test_a_skipped_hour_counts_on_and_of_a_repeated_one_it_is_the_first() -> None:
    assert parse_date("2011-03-27T01:30", LONDON) == datetime(2011, 3, 27, 1, 30, tzinfo=UTC)
    assert parse_date("2011-10-30T01:30", LONDON) == datetime(2011, 10, 30, 0, 30, tzinfo=UTC)


@given(
    st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-9]{2}:[0-6][0-9]", fullmatch=True)
)
def test_an_iso_date_that_no_calendar_has_is_none(text: str) -> None:
    try:
        expected = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        expected = None
    assert parse_date(text, UTC) == expected


@given(st.from_regex(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}", fullmatch=True))
def test_a_date_that_no_calendar_has_is_none(text: str) -> None:
    try:
        expected = datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        expected = None
    assert parse_date(text, UTC) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1989-12-31T23:59:59.999999Z", Reason.OUT_OF_RANGE),
        ("1990-01-01T00:00:00Z", None),
        ("2026-01-16T10:00:00Z", None),
        ("2026-01-16T10:00:00.000001Z", Reason.OUT_OF_RANGE),
        ("9999-12-31T23:59:59-23:59", Reason.OUT_OF_RANGE),
        ("0001-01-01T00:00:00+23:59", Reason.OUT_OF_RANGE),
        ("next week", Reason.NOT_A_DATE),
    ],
)
def test_an_invoice_is_from_1990_to_a_day_after_its_receipt(
    text: str, reason: Reason | None
) -> None:
    with nullcontext() if reason is None else pytest.raises(BrokenRuleError, match=reason):
        invoice_moment(text, RECEIVED, UTC)


@given(moments)
def test_a_stamp_is_read_back_to_the_millisecond(local: datetime) -> None:
    moment = local.replace(tzinfo=UTC)
    read = received_moment(stamp(moment), RECEIVED)
    assert read == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.mark.parametrize("text", [None, 7, "", "soon", "1989-01-01", "9999-12-31T00:00:00Z"])
def test_a_receipt_that_cannot_be_is_replaced(text: object) -> None:
    assert received_moment(text, RECEIVED) == RECEIVED


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [
        (0, "2010-12-01 08:26:00"),
        (250_000, "2010-12-01 08:26:00.25"),
        (1, "2010-12-01 08:26:00.000001"),
    ],
)
def test_a_table_shows_no_zeros_behind_a_fraction(microsecond: int, text: str) -> None:
    moment = datetime(2010, 12, 1, 8, 26, 0, microsecond, tzinfo=UTC)
    assert table_text(moment) == text
    assert table_text(moment.astimezone(timezone(timedelta(hours=-5)))) == text
