"""The rules of dates: which texts are moments, and how moments are written.

Every moment is in UTC. The grammars are shared with the Spark rules.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from contracts.rejections import BrokenRuleError, Reason, shown

_YEAR = r"(?!0000)([0-9]{4})"
MONTH_FIRST_DATE = (
    rf"([0-9]{{1,2}})/([0-9]{{1,2}})/{_YEAR} ([0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?)"
)
"""`12/1/2010 8:26`: month, day, year, hour, minute, second, as the UCI data set writes it."""
ISO_DATE = (
    rf"{_YEAR}-([0-9]{{2}})-([0-9]{{2}})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
    r"(?:(Z)|([+-])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?)?)?"
)
"""ISO 8601: a date, or a date and a time to the minute, second or microsecond, with its offset."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""What a receipt cannot be later than, so that no engine's calendar ends within a day of it."""
AHEAD_OF_RECEIPT = timedelta(days=1)
"""How much later than its receipt an invoice may be: clocks and time zones differ, not by more."""
ALLOWED = "a date from 1990 on, at most a day after it is received"

_MONTH_FIRST = re.compile(MONTH_FIRST_DATE)
_ISO = re.compile(ISO_DATE)


def invoice_moment(text: str, received_at: datetime, shop_zone: tzinfo) -> datetime:
    """Return the moment of an invoice in UTC.

    Parameters
    ----------
    text
        The date as sent, trimmed.
    received_at
        When the record was received, with its time zone.
    shop_zone
        The time zone of a date that names no offset. An hour that the clocks skip counts on
        from before the change; of an hour that they repeat it is the first.

    Raises
    ------
    BrokenRuleError
        not_a_date, or out_of_range: before 1990, or more than a day after `received_at`.
    """
    moment = parse_date(text, shop_zone)
    if moment is None:
        raise BrokenRuleError(Reason.NOT_A_DATE, shown(text))
    if moment < EARLIEST or moment - AHEAD_OF_RECEIPT > received_at:
        raise BrokenRuleError(Reason.OUT_OF_RANGE, shown(text), ALLOWED)
    return moment


def parse_date(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment in UTC that `text` names, None where it is no date of the grammar."""
    try:
        if found := _MONTH_FIRST.fullmatch(text):
            month, day, year, time = found.groups()
            hour, minute, second = map(int, f"{time}:00".split(":")[:3])
            return _in_utc(
                datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=zone)
            )
        if found := _ISO.fullmatch(text):
            *parts, fraction, z, sign, offset_hours, offset_minutes = found.groups()
            year, month, day, hour, minute, second = (int(part or 0) for part in parts)
            microsecond = int((fraction or "").ljust(6, "0"))
            stated = UTC if z or sign else zone
            local = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=stated)
            offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
            return _in_utc(local, -offset if sign == "-" else offset)
    except ValueError:  # a 13th month, a 30th of February, a 25th hour
        return None
    return None


def received_moment(text: object, otherwise: datetime) -> datetime:
    """Return a landed line's `received_at`, or `otherwise` where it has none that can be."""
    moment = parse_date(text, UTC) if isinstance(text, str) else None
    return moment if moment and EARLIEST <= moment <= LATEST else otherwise


def stamp(moment: datetime) -> str:
    """Return a moment as `received_at` is landed: ISO 8601, UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def table_text(moment: datetime) -> str:
    """Return a moment as Spark writes a timestamp_ntz: no offset, no trailing zeros."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return text.rstrip("0") if "." in text else text


def _in_utc(local: datetime, offset: timedelta = timedelta(0)) -> datetime:
    try:
        return local.astimezone(UTC) - offset
    except OverflowError:  # at an end of the calendar: a date, though one out of any range
        end = datetime.min if local.year == 1 else datetime.max  # noqa: DTZ901
        return end.replace(tzinfo=UTC)
