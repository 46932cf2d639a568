"""Ranges of invoice numbers that cover a batch, by which Iceberg skips the table's other files."""

from __future__ import annotations

from itertools import groupby

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MOST_RANGES = 64

# A block is what shares all but the last three characters: a thousand consecutive numbers. Numbers
# of another kind (random keys, say) may give as many blocks as rows: their beginning must do.
_BLOCK_CHARACTERS = 3
_LONGEST_PREFIX = 6
_MOST_BLOCKS = 10_000
_SHORT_PREFIX = 1

Range = tuple[str, str]

EVERYWHERE = None
"""Instead of ranges: any invoice number."""


def covering_ranges(invoices: DataFrame) -> list[Range]:
    """Return at most MOST_RANGES (lowest, highest) invoice numbers that cover every row.

    One range from least to greatest would prune nothing as soon as one late row lies far from
    the others. The ranges are few figures about the data, not data.
    """
    length = F.length("invoice_no") - _BLOCK_CHARACTERS
    bounded = F.greatest(F.lit(1), F.least(F.lit(_LONGEST_PREFIX), length))
    blocks = _bounds_by(invoices, F.col("invoice_no").substr(F.lit(1), bounded))
    if len(blocks) > _MOST_BLOCKS:
        blocks = _bounds_by(invoices, F.substring("invoice_no", 1, _SHORT_PREFIX))
    return merge_neighbours(blocks, MOST_RANGES)


def _bounds_by(invoices: DataFrame, prefix: Column) -> list[Range]:
    bounds = invoices.groupBy(prefix.alias("prefix")).agg(
        F.min("invoice_no").alias("lowest"), F.max("invoice_no").alias("highest")
    )
    return [tuple(row) for row in bounds.select("lowest", "highest").take(_MOST_BLOCKS + 1)]


def merge_neighbours(ranges: list[Range], most: int) -> list[Range]:
    """Return at most `most` ranges that cover the given ones.

    Ranges whose numbers begin alike are merged, with ever shorter beginnings; where even the
    first characters are too many, all become one.
    """
    merged = sorted(ranges)
    for length in range(_LONGEST_PREFIX, -1, -1):
        if len(merged) <= most:
            break
        merged = [
            _cover(list(alike)) for _, alike in groupby(merged, key=lambda each: each[0][:length])
        ]
    return merged


def _cover(ranges: list[Range]) -> Range:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def range_condition(ranges: list[Range] | None, column: str = "invoice_no") -> str:
    """Return the SQL condition that `column` lies in one of the ranges; literals are escaped."""
    if ranges is EVERYWHERE:
        return "true"
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
