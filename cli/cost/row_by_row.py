"""What the same transactions would cost row by row, as a first design often has it.

Each row is a request to a REST API, an invocation that puts it into a Kinesis stream, and two
updates of growing items: the invoice's, which collects its lines, and the customer's, which
collects his. What is left out (reading the stream, retries, reads before updates) would cost more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cli.cost.bill import Use
from cli.cost.metering import write_units_of_growing_item

# Small and short, in the design's favour: 128 MB for 20 milliseconds.
_GB_SECONDS_A_ROW = Decimal("0.125") * Decimal("0.020")
_ROWS_A_SHARD_HOUR = 1000 * 3600  # a shard takes 1,000 records a second
_BASE_BYTES = 100  # keys and totals of an item
_PART = "row by row"


@dataclass(frozen=True)
class Rows:
    """The shape of a run's transactions.

    Attributes
    ----------
    rows : how many.
    line_bytes : average bytes of a line within an item.
    invoices, customers : how many of them have so many lines, by number of lines.
    """

    rows: int
    line_bytes: int
    invoices: Mapping[int, int]
    customers: Mapping[int, int]


def uses(rows: Rows) -> Iterator[Use]:
    """Yield what the design would use."""
    yield Use(_PART, "rest_api_request", Decimal(rows.rows))
    yield Use(_PART, "lambda_request", Decimal(rows.rows))
    yield Use(_PART, "lambda_gb_second", rows.rows * _GB_SECONDS_A_ROW)
    yield Use(_PART, "kinesis_put_unit", Decimal(rows.rows))
    yield Use(_PART, "kinesis_shard_hour", Decimal(math.ceil(rows.rows / _ROWS_A_SHARD_HOUR)))
    items = (*rows.invoices.items(), *rows.customers.items())
    yield Use(_PART, "dynamodb_write_unit", Decimal(_write_units(items, rows.line_bytes)))


def _write_units(items: Iterable[tuple[int, int]], line_bytes: int) -> int:
    return sum(
        count * write_units_of_growing_item(lines, _BASE_BYTES, line_bytes)
        for lines, count in items
    )
