"""What every store must hold, row by row, given what was sent and when raw/ received it.

A row is a tuple whose first values are its identity: see `ROW_IDENTITY`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.chaos.oracle import Refusal, Version, digest

Row = tuple[object, ...]
Rows = list[Row]

ROW_IDENTITY = {
    "raw": 1,  # tag
    "cleansed": 4,  # raw object, event, content, receipt
    "quarantine": 3,  # raw object, hash of the line, number among equal lines
    "transactions": 1,  # event
    "fact_sales": 1,  # event
    "dim_customer": 1,
    "dim_product": 1,
    "dim_date": 1,
    "lookups_headers": 1,  # invoice
    "lookups_lines": 2,  # invoice, place
    "lookups_products": 1,  # stock code
}
"""How many of a row's values tell it from others, by store."""


@dataclass(frozen=True)
class Receipt:
    """One line of raw/, judged.

    Attributes
    ----------
    raw_object : key of the object that holds it.
    raw_day : day of its last change, for objects whose key names no day.
    line : the line as landed.
    received_at : naive, UTC.
    outcome : what the record means that was sent.
    """

    raw_object: str
    raw_day: date
    line: str
    received_at: datetime
    outcome: Version | Refusal

    @property
    def ingest_date(self) -> date:
        """Day under which the object was landed."""
        return ingest_date(self.raw_object, self.raw_day)


@dataclass(frozen=True)
class Unreadable:
    """A raw object that cannot be read to its end."""

    raw_object: str
    raw_day: date


def truth(receipts: Iterable[Receipt], unreadable: Iterable[Unreadable]) -> dict[str, Rows]:
    """Return the rows of every store but raw/."""
    landed = list(receipts)
    events = latest_versions(landed)
    invoices = _grouped(events.values(), lambda event: event.version.invoice_no)
    codes = _grouped(events.values(), lambda event: event.version.stock_code)
    customers = _grouped(events.values(), lambda event: event.version.customer_id)
    versions = [event.version for event in events.values()]
    return {
        "cleansed": list(_cleansed(landed)),
        "quarantine": [*_quarantine(landed), *map(_unreadable_row, unreadable)],
        "transactions": [astuple(version) for version in versions],
        "fact_sales": [_fact(version) for version in versions],
        "dim_customer": [_dim_customer(lines) for key, lines in customers.items() if key],
        "dim_product": [_dim_product(lines) for lines in codes.values()],
        "dim_date": [_dim_date(day) for day in {version.invoice_ts.date() for version in versions}],
        "lookups_headers": [_header(lines) for lines in invoices.values()],
        "lookups_lines": [row for lines in invoices.values() for row in _lines(lines)],
        "lookups_products": [_product(lines) for lines in codes.values()],
    }


@dataclass(frozen=True)
class Event:
    """An event as it stands now."""

    version: Version
    received_at: datetime


def latest_versions(landed: Iterable[Receipt]) -> dict[str, Event]:
    """Return the version of each event that was received last; of two, that of the greater hash."""
    latest: dict[str, Event] = {}
    for receipt in landed:
        version = receipt.outcome
        if isinstance(version, Refusal):
            continue
        known = latest.get(version.event_id)
        if known is None or (known.received_at, known.version.content_hash) < (
            receipt.received_at,
            version.content_hash,
        ):
            latest[version.event_id] = Event(version, receipt.received_at)
    return latest


def ingest_date(raw_object: str, raw_day: date) -> date:
    """Return the day that an object's key names, else the day of its last change."""
    named = re.search(r"ingest_date=(\d{4}-\d{2}-\d{2})", raw_object)
    return date.fromisoformat(named.group(1)) if named else raw_day


def stamp(moment: datetime) -> str:
    """Return a moment as the lookups hold it."""
    text = moment.isoformat()
    return f"{text.rstrip('0') if '.' in text else text}Z"


def _grouped(
    events: Iterable[Event], key: Callable[[Event], object]
) -> Mapping[object, list[Event]]:
    groups: dict[object, list[Event]] = defaultdict(list)
    for event in events:
        groups[key(event)].append(event)
    return groups


def _cleansed(landed: Iterable[Receipt]) -> Iterator[Row]:
    for receipt in landed:
        version = receipt.outcome
        if isinstance(version, Version):
            identity = (receipt.raw_object, version.event_id, version.content_hash)
            yield (*identity, receipt.received_at, *astuple(version), receipt.ingest_date)


def _quarantine(landed: Iterable[Receipt]) -> Iterator[Row]:
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for receipt in landed:
        refusal = receipt.outcome
        if isinstance(refusal, Version):
            continue
        line_hash = digest(receipt.line)
        seen[receipt.raw_object, line_hash] += 1
        number = seen[receipt.raw_object, line_hash]
        yield (
            receipt.raw_object,
            line_hash,
            number,
            refusal.reason,
            refusal.field,
            receipt.line,
            receipt.received_at,
            receipt.ingest_date,
            digest("\x1f".join((receipt.raw_object, line_hash, str(number)))),
        )


def _unreadable_row(lost: Unreadable) -> Row:
    reason = "unreadable_object"
    identity = digest(f"{lost.raw_object}\x1f{reason}")
    day = ingest_date(lost.raw_object, lost.raw_day)
    return (lost.raw_object, digest(""), 1, reason, None, "", None, day, identity)


def _fact(version: Version) -> Row:
    day = version.invoice_ts
    return (*astuple(version)[:-1], day.year * 10_000 + day.month * 100 + day.day)


def _dim_customer(lines: list[Event]) -> Row:
    last = max(lines, key=_by_moment).version
    purchases = [each.version.invoice_ts for each in lines if _is_sale(each)]
    first, latest = (min(purchases), max(purchases)) if purchases else (None, None)
    return (last.customer_id, last.country, first, latest)


def _dim_product(lines: list[Event]) -> Row:
    version = lines[0].version
    return (version.stock_code, _description(lines), version.is_product)


def _description(lines: list[Event]) -> str | None:
    """Return the latest description of a sale, else the latest of all; null where there is none."""
    named = [each for each in lines if each.version.description is not None]
    sold = [each for each in named if _is_sale(each)]
    among = sold or named
    return max(among, key=_by_moment).version.description if among else None


def _dim_date(day: date) -> Row:
    key = day.year * 10_000 + day.month * 100 + day.day
    quarter = (day.month + 2) // 3
    return (key, day, day.year, quarter, day.month, day.day, day.isoweekday() % 7)


def _header(lines: list[Event]) -> Row:
    versions = [each.version for each in lines]
    latest = max(lines, key=_by_moment).version
    kinds = {version.transaction_type for version in versions}
    moment = stamp(min(version.invoice_ts for version in versions))
    is_guest = latest.customer_id is None
    return (
        latest.invoice_no,
        latest.customer_id,
        moment,
        None if is_guest else f"{moment.removesuffix('Z')}#{latest.invoice_no}",
        latest.country,
        kinds.pop() if len(kinds) == 1 else "mixed",
        len(versions),
        sum(version.quantity for version in versions),
        sum((version.line_amount for version in versions), Decimal(0)),
    )


def _lines(lines: list[Event]) -> Iterator[Row]:
    versions = [each.version for each in lines]
    versions.sort(key=lambda line: (line.invoice_line is None, line.invoice_line, line.event_id))
    for place, line in enumerate(versions, start=1):
        yield (
            line.invoice_no,
            place,
            line.invoice_line,
            line.event_id,
            line.stock_code,
            line.description,
            line.quantity,
            f"{line.unit_price:.4f}",
            f"{line.line_amount:.4f}",
            stamp(line.invoice_ts),
            line.transaction_type,
        )


def _product(lines: list[Event]) -> Row:
    versions = [each.version for each in lines]
    sales = [version for version in versions if version.transaction_type == "sale"]
    prices = [version.unit_price for version in sales if version.unit_price > 0]
    counted = [v.quantity for v in versions if v.transaction_type in ("sale", "cancellation")]
    sold = [version.invoice_ts for version in sales]
    return (
        versions[0].stock_code,
        _description(lines),
        min(prices, default=None),
        max(prices, default=None),
        sum(counted),
        stamp(min(sold)) if sold else None,
        stamp(max(sold)) if sold else None,
        versions[0].is_product,
    )


def _is_sale(event: Event) -> bool:
    return event.version.transaction_type == "sale"


def _by_moment(event: Event) -> tuple[datetime, str]:
    return event.version.invoice_ts, event.version.event_id
