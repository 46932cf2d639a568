"""Ranges of invoice numbers that cover a batch, by which Iceberg skips the table's other files."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

MOST_RANGES = 64
_LONGEST_PREFIX = 8


def covering_ranges(invoices: DataFrame) -> list[tuple[str, str]]:
    """Return at most MOST_RANGES (lowest, highest) invoice numbers that cover every row.

    One range from least to greatest would prune nothing as soon as one late row lies far from
    the others, so invoice numbers are grouped by their longest common prefix length that keeps
    the number of groups small. The ranges are few figures about the data, not data.
    """
    prefixes = {
        f"prefix_{length}": F.approx_count_distinct(F.substring("invoice_no", 1, length))
        for length in range(1, _LONGEST_PREFIX + 1)
    }
    counted = invoices.agg(*[count.alias(name) for name, count in prefixes.items()]).first()
    assert counted is not None  # an aggregate without keys always has one row  # noqa: S101
    # The count is approximate (5 % off): half the limit leaves room for its error.
    lengths = [
        length
        for length in range(1, _LONGEST_PREFIX + 1)
        if counted[f"prefix_{length}"] <= MOST_RANGES // 2
    ]
    prefix = F.substring("invoice_no", 1, max(lengths)) if lengths else F.lit("")
    grouped = invoices.groupBy(prefix.alias("prefix")).agg(
        F.min("invoice_no").alias("lowest"), F.max("invoice_no").alias("highest")
    )
    return [(row.lowest, row.highest) for row in grouped.orderBy("lowest").collect()]


def range_condition(ranges: list[tuple[str, str]], column: str = "invoice_no") -> str:
    """Return the SQL condition that `column` lies in one of the ranges; literals are escaped."""
    if not ranges:
        return "false"
    return (
        "("
        + " OR ".join(
            f"{column} BETWEEN {_literal(low)} AND {_literal(high)}" for low, high in ranges
        )
        + ")"
    )


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
