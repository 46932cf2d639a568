"""What one sent record means: an event's version or a refusal, by rules written here anew.

Standard library only, and nothing of the pipeline but the names in `contracts.fields`: the two
can only agree where both have the contract right.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from contracts.fields import INPUT_NAMES

LIMITS = {"InvoiceNo": 20, "StockCode": 32, "Description": 500, "Country": 64, "EventId": 128}
REQUIRED = {"InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "Country"}

_SPACES = " \t\n\x0b\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
_TEN_MILLION = 10_000_000


@dataclass(frozen=True)
class Version:
    """One content of one event: what a row of `cleansed` says of it, without its trace."""

    event_id: str
    invoice_no: str
    invoice_line: int | None
    stock_code: str
    description: str | None
    quantity: int
    invoice_ts: datetime
    unit_price: Decimal
    customer_id: int | None
    country: str
    line_amount: Decimal
    transaction_type: str
    is_product: bool
    content_hash: str


@dataclass(frozen=True)
class Refusal:
    """Why a record is in `quarantine`, and the field that is to blame."""

    reason: str
    field: str | None


class _BreaksRule(Exception):  # noqa: N818
    pass


def judge(record: Mapping[str, object], received_at: datetime) -> Version | Refusal:
    """Return what a record means that was received at a moment (naive, UTC)."""
    seen: dict[str, object] = {}
    for name in INPUT_NAMES:
        try:
            seen[name] = _value(name, record.get(name), received_at)
        except _BreaksRule as broken:
            return Refusal(str(broken), name)
    return _version(seen)


def judge_line(line: str, received_at: datetime) -> Version | Refusal:
    """Return what a landed line means; `received_at` is that of a line that names none."""
    record = as_object(line)
    if record is None:
        return Refusal("not_an_object", None)
    return judge(record, receipt(record, received_at))


def as_object(line: str) -> dict[str, object] | None:
    """Return the JSON object that a line is, its numbers as they were written; None for others."""
    try:
        found = json.loads(line, parse_float=str, parse_int=str)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def receipt(record: Mapping[str, object], otherwise: datetime) -> datetime:
    """Return when a landed record was received, in UTC without an offset."""
    text = record.get("received_at")
    if not isinstance(text, str):
        return otherwise
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def digest(text: str) -> str:
    """Return 128 bits of SHA-256 as 32 characters."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _value(name: str, sent: object, received_at: datetime) -> object:
    text = _as_text(sent)
    if name in LIMITS:
        text = _tidied(name, text)
    text = text.strip(_SPACES)
    if not text:
        if name in REQUIRED:
            raise _BreaksRule("missing_field")
        return None
    if name in ("InvoiceNo", "StockCode"):
        return "".join(chr(ord(each) - 32) if "a" <= each <= "z" else each for each in text)
    if name == "InvoiceDate":
        return _moment(text, received_at)
    if name == "UnitPrice":
        return _price(text)
    if name in ("Quantity", "CustomerID", "InvoiceLine"):
        return _whole(name, text)
    return text


def _as_text(sent: object) -> str:
    if sent is None:
        return ""
    if isinstance(sent, bool):
        return "true" if sent else "false"
    return sent if isinstance(sent, str) else json.dumps(sent)


def _tidied(name: str, text: str) -> str:
    for character in text:
        is_control = ord(character) < 32 or 127 <= ord(character) < 160
        if is_control and character not in _SPACES:
            raise _BreaksRule("control_character")
    words = "".join(" " if each in _SPACES else each for each in text).split(" ")
    tidy = " ".join(word for word in words if word)
    if len(tidy) > LIMITS[name]:
        raise _BreaksRule("too_long")
    return tidy


def _number(text: str) -> Decimal:
    if len(text) > 64 or not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text, re.ASCII):
        raise _BreaksRule("not_a_number")
    return Decimal(text)


def _whole(name: str, text: str) -> int:
    value = _number(text)
    if value != value.to_integral_value():
        raise _BreaksRule("not_an_integer")
    number = int(value)
    lowest, highest = {
        "Quantity": (1 - _TEN_MILLION, _TEN_MILLION - 1),
        "CustomerID": (-(2**63), 2**63 - 1),
        "InvoiceLine": (1, _TEN_MILLION - 1),
    }[name]
    if not lowest <= number <= highest:
        raise _BreaksRule("out_of_range")
    if name == "Quantity" and number == 0:
        raise _BreaksRule("zero_quantity")
    return number


def _price(text: str) -> Decimal:
    value = _number(text)
    if value * 10_000 != (value * 10_000).to_integral_value():
        raise _BreaksRule("too_precise")
    if abs(value) >= _TEN_MILLION:
        raise _BreaksRule("out_of_range")
    return Decimal(int(value * 10_000)).scaleb(-4)


def _moment(text: str, received_at: datetime) -> datetime:
    try:
        if "/" in text:
            form = "%m/%d/%Y %H:%M:%S" if text.count(":") == 2 else "%m/%d/%Y %H:%M"
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        raise _BreaksRule("not_a_date") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    if moment.year < 1990 or moment > received_at + timedelta(days=1):
        raise _BreaksRule("out_of_range")
    return moment


def _version(seen: Mapping[str, object]) -> Version:
    invoice, code, price = seen["InvoiceNo"], seen["StockCode"], seen["UnitPrice"]
    quantity, moment, line = seen["Quantity"], seen["InvoiceDate"], seen["InvoiceLine"]
    assert isinstance(invoice, str)
    assert isinstance(code, str)
    assert isinstance(price, Decimal)
    assert isinstance(quantity, int)
    assert isinstance(moment, datetime)
    written = str(moment)
    texts = (
        invoice, line, code, seen["Description"], quantity,
        written.rstrip("0") if "." in written else written, price, seen["CustomerID"],
        seen["Country"],
    )  # fmt: skip
    content = digest("\x1f".join("\x00" if each is None else str(each) for each in texts))
    identity = f"H{content}" if line is None else f"L{line}"
    if seen["EventId"] is not None:
        identity = f"E{seen['EventId']}"
    escaped = invoice.replace("%", "%25").replace("#", "%23")
    return Version(
        event_id=f"{escaped}#{identity}",
        invoice_no=invoice,
        invoice_line=line,  # type: ignore[arg-type]
        stock_code=code,
        description=seen["Description"],  # type: ignore[arg-type]
        quantity=quantity,
        invoice_ts=moment,
        unit_price=price,
        customer_id=seen["CustomerID"],  # type: ignore[arg-type]
        country=str(seen["Country"]),
        line_amount=quantity * price,
        transaction_type=_kind(invoice, quantity, price),
        is_product=re.fullmatch(r"\d{5}[A-Z]{0,2}", code, re.ASCII) is not None,
        content_hash=content,
    )


def _kind(invoice: str, quantity: int, price: Decimal) -> str:
    if invoice[0] == "C":
        return "cancellation"
    if invoice[0] == "A":
        return "adjustment"
    if quantity < 0:
        return "stock_correction"
    return "zero_price" if price == 0 else "sale"
