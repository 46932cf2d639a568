"""Who a transaction is: its content hash, its event_id, and the identity of a quarantined line."""

from collections.abc import Iterable
from hashlib import sha256

SEPARATOR = "\x1f"
"""Between the parts of what is hashed."""
NULL = "\x00"
"""A null among them. No part can hold either: both are control characters."""
HASH_CHARACTERS = 32
"""128 bits of SHA-256 in hexadecimal."""
HASHED_FIELDS = (
    "invoice_no",
    "invoice_line",
    "stock_code",
    "description",
    "quantity",
    "invoice_ts",
    "unit_price",
    "customer_id",
    "country",
)
"""The content of a transaction, in the order of its hash. What says when and how it came is not."""


def content_hash(parts: Iterable[str | None]) -> str:
    """Return the hash of a transaction's content.

    Parameters
    ----------
    parts
        The text of each of `HASHED_FIELDS`: the moment as `dates.table_text` writes it, the
        price with its four decimals.
    """
    return _digest(SEPARATOR.join(NULL if part is None else part for part in parts))


def event_id(
    invoice_no: str, sender_event_id: str | None, invoice_line: int | None, content: str
) -> str:
    """Return the readable key of an event within its invoice.

    The sender's idempotency key where there is one, else the line, else the content hash:
    `536365#EORDER-1`, `536365#L7`, `536365#H0123…`. `#` and `%` within the invoice number are
    escaped, so that no two invoices share a key.
    """
    invoice = invoice_no.replace("%", "%25").replace("#", "%23")
    if sender_event_id is not None:
        return f"{invoice}#E{sender_event_id}"
    if invoice_line is not None:
        return f"{invoice}#L{invoice_line}"
    return f"{invoice}#H{content}"


def line_hash(raw_line: str) -> str:
    """Return the hash of a line as landed."""
    return _digest(raw_line)


def quarantine_id(raw_object: str, hash_of_line: str, number_among_equal: int) -> str:
    """Return the identity of a quarantined line.

    Parameters
    ----------
    raw_object
        The key of the raw object that holds the line.
    hash_of_line
        Its `line_hash`.
    number_among_equal
        Its running number, from 1, among the equal lines of that object.
    """
    return _digest(SEPARATOR.join((raw_object, hash_of_line, str(number_among_equal))))


def _digest(text: str) -> str:
    # A lone surrogate has no UTF-8 form; Java writes a question mark for it.
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:HASH_CHARACTERS]
