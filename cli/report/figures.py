"""Writes numbers and dates the way people read them; exact decimals in, text out, no floats."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

MINUS = "\N{MINUS SIGN}"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_CENT = Decimal("0.01")


def count(number: int) -> str:
    """Return a whole number with separators of thousands: 12,795."""
    return f"{number:,}".replace("-", MINUS)


def money(amount: str | Decimal) -> str:
    """Return an amount to the cent, a half rounded to the even one: 4,397,950.76."""
    rounded = Decimal(amount).quantize(_CENT, ROUND_HALF_EVEN)
    return f"{rounded or _CENT - _CENT:,}".replace("-", MINUS)


def exact(amount: str | Decimal) -> str:
    """Return an amount with every digit that it has, and with two decimals at least."""
    decimal = Decimal(amount)
    whole, _, decimals = f"{decimal:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}".replace("-", MINUS)


def percent(share: str | Decimal, decimals: int = 1) -> str:
    """Return a share of one as per cent: 0.8349 is 83.5 %."""
    scaled = (Decimal(share) * 100).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return f"{scaled:,}{NARROW_SPACE}%".replace("-", MINUS)


def day(text: str | date) -> str:
    """Return a date in full: 1 December 2010."""
    moment = _date(text)
    return f"{moment.day} {moment:%B %Y}"


def month(text: str | date) -> str:
    """Return the month of a date: December 2010."""
    return f"{_date(text):%B %Y}"


def moment(when: datetime) -> str:
    """Return a moment in UTC to the second: 22 November 2026, 20:40:01 UTC."""
    return f"{day(when.date())}, {when:%H:%M:%S} UTC"


def duration(seconds: float) -> str:
    """Return a duration: 85 ms, 0.4 s, 12.3 s, 3 min 05 s, 2 h 07 min."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def plural(number: int, thing: str) -> str:
    """Return a count of things: 1 invoice, 12 invoices, 3 countries."""
    if number == 1:
        return f"1 {thing}"
    things = f"{thing[:-1]}ies" if thing.endswith("y") and thing != "day" else f"{thing}s"
    return f"{count(number)} {things}"


def words(name: str) -> str:
    """Return a name of the code as words: CleanseTransactions and load_warehouse alike."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("_", " ").strip().lower()
    return apart[:1].upper() + apart[1:]


def _date(text: str | date) -> date:
    return date.fromisoformat(text) if isinstance(text, str) else text
