"""Counts the lookups table from its items: a parallel scan of all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cli.amounts import amount_from_text
from cli.target import Target
from loader.lookup_items import HEADER, LINES_PREFIX, SORT_KEY

_SEGMENTS = 8

Item = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class LookupsCount:
    """The lookups table; amounts in ten-thousandths.

    Attributes
    ----------
    rows, line_amount : of the lines in the invoices' chunks.
    header_rows, header_amount : what the invoices' headers say of them.
    invoices : headers.
    customers : distinct customers that have a history.
    """

    rows: int = 0
    line_amount: int = 0
    header_rows: int = 0
    header_amount: int = 0
    invoices: int = 0
    customers: int = 0


def scan_lookups(target: Target) -> LookupsCount:
    """Count the lookups table.

    A scan reads every item, strongly consistent: on AWS it costs a read unit for 4 KB.
    """
    client = target.client("dynamodb")
    table = target.output("LookupsTable")
    with ThreadPoolExecutor(_SEGMENTS) as pool:
        parts = pool.map(lambda segment: _count(_scan(client, table, segment)), range(_SEGMENTS))
        counted = list(parts)
    customers = set[str]().union(*(of_part for _, of_part in counted))
    return LookupsCount(
        rows=sum(part.rows for part, _ in counted),
        line_amount=sum(part.line_amount for part, _ in counted),
        header_rows=sum(part.header_rows for part, _ in counted),
        header_amount=sum(part.header_amount for part, _ in counted),
        invoices=sum(part.invoices for part, _ in counted),
        customers=len(customers),
    )


def _scan(client: Any, table: str, segment: int) -> Iterator[Item]:
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        Segment=segment,
        TotalSegments=_SEGMENTS,
        ConsistentRead=True,
        ProjectionExpression=f"{SORT_KEY}, customer_id, #lines, line_count, #total",
        ExpressionAttributeNames={"#lines": "lines", "#total": "total"},
    )
    for page in pages:
        yield from page["Items"]


def _count(items: Iterator[Item]) -> tuple[LookupsCount, set[str]]:
    """Return the count of some items, and their customers."""
    rows = amount = header_rows = header_amount = invoices = 0
    customers: set[str] = set()
    for item in items:
        kind = item[SORT_KEY]["S"]
        if kind == HEADER:
            invoices += 1
            header_rows += int(item["line_count"]["N"])
            header_amount += amount_from_text(item["total"]["N"])
            if "customer_id" in item:
                customers.add(item["customer_id"]["N"])
        elif kind.startswith(LINES_PREFIX):
            lines = json.loads(item["lines"]["S"])
            rows += len(lines)
            amount += sum(amount_from_text(line["line_amount"]) for line in lines)
    return LookupsCount(rows, amount, header_rows, header_amount, invoices), customers
