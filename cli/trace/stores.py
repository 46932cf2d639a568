"""What the lookups table and the warehouse hold of an event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cli import warehouse
from cli.errors import CliError
from cli.target import Target
from cli.trace.lake import Version
from loader.lookup_items import HEADER, LINES_PREFIX, PARTITION_KEY, SORT_KEY, invoice_key
from loader.positions import read_lookups_position, read_warehouse_position

_FACTS = """
SELECT stock_code, description, quantity, unit_price, line_amount, transaction_type
FROM retail.fact_sales
WHERE invoice_no = :invoice AND event_id = :event
"""


@dataclass(frozen=True)
class Content:
    """What both stores hold of a transaction, in one form."""

    stock_code: str
    description: str | None
    quantity: int
    unit_price: Decimal
    line_amount: Decimal
    transaction_type: str


@dataclass(frozen=True)
class InStore:
    """What a store holds of an event.

    Attributes
    ----------
    position : snapshot of `changed_invoices` at which the store stands; None for none.
    contents : of each row or line of the event; more than one would be a fault.
    where : key of the item that holds it.
    problem : why the store could not be asked.
    """

    position: int | None
    contents: list[Content]
    where: str | None = None
    problem: str | None = None


def content_of(version: Version) -> Content:
    """Return the content of a row of the lake."""
    return Content(
        version.stock_code,
        version.description,
        int(version.quantity),
        Decimal(version.unit_price),
        Decimal(version.line_amount),
        version.transaction_type,
    )


def read_lookups(target: Target, invoice: str, event_id: str) -> InStore:
    """Return the event's lines in the lookups table."""
    client, table = target.client("dynamodb"), target.output("LookupsTable")
    try:
        position = read_lookups_position(client, table)
    except client.exceptions.ResourceNotFoundException:
        return InStore(None, [], problem=f"the table {table} is not there")
    pages = client.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression=f"{PARTITION_KEY} = :invoice",
        ExpressionAttributeValues={":invoice": {"S": invoice_key(invoice)}},
    )
    items = [item for page in pages for item in page["Items"]]
    has_header = any(item[SORT_KEY]["S"] == HEADER for item in items)
    found = [
        (f"{item[PARTITION_KEY]['S']} / {item[SORT_KEY]['S']}", line)
        for item in items
        if item[SORT_KEY]["S"].startswith(LINES_PREFIX)
        for line in json.loads(item.get("lines", {"S": "[]"})["S"])
        if line["event_id"] == event_id
    ]
    problem = "its invoice has no header" if found and not has_header else None
    where = found[0][0] if found else None
    return InStore(position, [_content(line) for _, line in found], where, problem)


def read_facts(target: Target, invoice: str, event_id: str) -> InStore:
    """Return the event's rows in the warehouse; one that was never loaded is not woken."""
    position = read_warehouse_position(target.client("dynamodb"), target.output("StateTable"))
    if position is None:
        return InStore(None, [])
    try:
        rows = warehouse.query(target, _FACTS, invoice=invoice, event=event_id).rows
    except CliError as error:
        return InStore(position, [], problem=str(error))
    names = ("stock_code", "description", "quantity", "unit_price", "line_amount",
             "transaction_type")  # fmt: skip
    contents = [_content(dict(zip(names, row, strict=True))) for row in rows]
    return InStore(position, contents)


def _content(values: dict[str, Any]) -> Content:
    return Content(
        values["stock_code"],
        values["description"],
        int(values["quantity"]),
        Decimal(values["unit_price"]),
        Decimal(values["line_amount"]),
        values["transaction_type"],
    )
