"""The items of the lookups table: their keys, their attributes, their size.

Standard library only: the history function has this module in its package.

::

    pk               sk             what
    INVOICE#536365   HEADER         the invoice; in index customer-history unless it is a guest's
    INVOICE#536365   LINES#000001   its first lines as JSON text, in chunks below 100 KB
    PRODUCT#85123A   PRODUCT        what is known of a product

Header and chunks carry `rebuilt_by`, the run that wrote them, and the header `chunk_count`: who
reads them while they are written anew sees that they do not belong together, and reads again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

PARTITION_KEY, SORT_KEY = "pk", "sk"
INVOICE_PREFIX, PRODUCT_PREFIX = "INVOICE#", "PRODUCT#"
HEADER, LINES_PREFIX, PRODUCT = "HEADER", "LINES#", "PRODUCT"
CHUNK_DIGITS = 6
"""Digits of a chunk's number: chunks sort as they are counted."""

HISTORY_INDEX = "customer-history"
HISTORY_HASH, HISTORY_RANGE = "customer_id", "history_key"
HISTORY_SEPARATOR = "#"
"""Between moment and invoice number: it sorts before the point of a fraction of a second."""

CHUNK_BYTES = 92_000
"""Bytes of lines at which a chunk is full; the last line that goes in may exceed it by its own.

A line has at most about 3,500 bytes (the contract limits every text), so no chunk is empty and,
with its keys, none reaches 100 KB.
"""

MIXED = "mixed"
"""Type of an invoice whose lines are of several types."""

Item = dict[str, Any]
"""An item or key in DynamoDB's form: `{"pk": {"S": "INVOICE#536365"}, …}`."""

_WRITE_UNIT = 1024  # bytes; Amazon DynamoDB: read and write operations
_INDEX_UNITS = 1  # a projected header is far below one unit


def invoice_key(invoice_no: str) -> str:
    """Return the partition key of an invoice."""
    return f"{INVOICE_PREFIX}{invoice_no}"


def product_key(stock_code: str) -> str:
    """Return the partition key of a product."""
    return f"{PRODUCT_PREFIX}{stock_code}"


def chunk_key(number: int) -> str:
    """Return the sort key of an invoice's chunk, counted from 1."""
    return f"{LINES_PREFIX}{number:0{CHUNK_DIGITS}d}"


def key(partition: str, sort: str) -> Item:
    """Return a primary key in DynamoDB's form."""
    return {PARTITION_KEY: {"S": partition}, SORT_KEY: {"S": sort}}


def as_item(values: Mapping[str, object]) -> Item:
    """Return values in DynamoDB's form; what is None is left out.

    Raises
    ------
    TypeError : a value that the table does not hold, such as a float.
    """
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def write_units(item: Item) -> int:
    """Return about how many units it takes to write an item, its index entry included.

    From above but for an entry that moves within the index, which takes one unit more.
    """
    size = sum(_text_bytes(name) + _attribute_bytes(value) for name, value in item.items())
    in_index = _INDEX_UNITS if HISTORY_RANGE in item else 0
    return max(1, math.ceil(size / _WRITE_UNIT)) + in_index


def _attribute(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, Decimal):
        return {"N": format(value, "f")}
    raise TypeError(f"the lookups table holds no {type(value).__name__}")


def _attribute_bytes(attribute: Mapping[str, Any]) -> int:
    (value,) = attribute.values()
    return _text_bytes(value) if isinstance(value, str) else 1


def _text_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
