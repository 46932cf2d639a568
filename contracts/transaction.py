"""From a record as sent to the one transaction that it means, or to why it means none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

from contracts import classification, dates, fields, identity, numbers, text
from contracts.classification import TransactionType
from contracts.literals import literal
from contracts.rejections import BrokenRuleError, Reason, Rejection

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One version of an event in canonical form: the columns of `cleansed` without the trace.

    `invoice_ts` and `received_at` are in UTC; `unit_price` and `line_amount` have four decimals.
    """

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
    transaction_type: TransactionType
    is_product: bool
    received_at: datetime
    content_hash: str


def canonicalise(
    record: Mapping[str, object], received_at: datetime, shop_zone: tzinfo
) -> Transaction | Rejection:
    """Return what a record means.

    Parameters
    ----------
    record
        The fields as parsed from JSON or CSV, by their contract names; others are ignored.
        Numbers may be numbers or text.
    received_at
        When the record was received, with its time zone.
    shop_zone
        The time zone of a date without an offset.

    Returns
    -------
    Transaction | Rejection
        The transaction, or the first rule broken in the order of the input fields.

    Raises
    ------
    ValueError
        If `received_at` has no time zone.
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at must have a time zone")
    reader = _Reader(record)
    try:
        return _transaction(reader, received_at.astimezone(UTC), shop_zone)
    except BrokenRuleError as broken:
        return Rejection(broken.reason, reader.field, broken.detail)


class _Reader:
    """Reads the fields of one record, and knows which it read last."""

    def __init__(self, record: Mapping[str, object]) -> None:
        self._record = record
        self.field = ""

    def text(self, name: str) -> str | None:
        """Return the tidied text of a field, None where it is missing or empty."""
        self.field = name
        value = literal(self._record.get(name))
        tidied = text.tidy(value) if value else None
        return text.limited(tidied, fields.LONGEST[name]) if tidied else None

    def parsed(self, name: str, rule: Callable[[str], _Value]) -> _Value | None:
        """Return what `rule` makes of a field, None where it is missing or empty."""
        self.field = name
        value = text.trim(literal(self._record.get(name)) or "")
        return rule(value) if value else None


def _required(value: _Value | None) -> _Value:
    if value is None:
        raise BrokenRuleError(Reason.MISSING_FIELD)
    return value


def _transaction(reader: _Reader, received_at: datetime, shop_zone: tzinfo) -> Transaction:
    # The order is that of the input fields: the first rule broken is the one reported.
    invoice_no = text.upper(_required(reader.text("InvoiceNo")))
    stock_code = text.upper(_required(reader.text("StockCode")))
    description = reader.text("Description")
    quantity = _required(reader.parsed("Quantity", numbers.quantity))
    invoice_ts = _required(
        reader.parsed(
            "InvoiceDate", lambda sent: dates.invoice_moment(sent, received_at, shop_zone)
        )
    )
    unit_price = _required(reader.parsed("UnitPrice", numbers.unit_price))
    customer_id = reader.parsed("CustomerID", numbers.customer_id)
    country = _required(reader.text("Country"))
    invoice_line = reader.parsed("InvoiceLine", numbers.invoice_line)
    sender_event_id = reader.text("EventId")
    content = identity.content_hash(
        (
            invoice_no,
            None if invoice_line is None else str(invoice_line),
            stock_code,
            description,
            str(quantity),
            dates.table_text(invoice_ts),
            str(unit_price),
            None if customer_id is None else str(customer_id),
            country,
        )
    )
    return Transaction(
        event_id=identity.event_id(invoice_no, sender_event_id, invoice_line, content),
        invoice_no=invoice_no,
        invoice_line=invoice_line,
        stock_code=stock_code,
        description=description,
        quantity=quantity,
        invoice_ts=invoice_ts,
        unit_price=unit_price,
        customer_id=customer_id,
        country=country,
        line_amount=numbers.line_amount(quantity, unit_price),
        transaction_type=classification.transaction_type(invoice_no, quantity, unit_price),
        is_product=classification.is_product(stock_code),
        received_at=received_at,
        content_hash=content,
    )
