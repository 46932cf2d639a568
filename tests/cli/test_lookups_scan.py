"""The lookups table is counted from its items, whatever lies beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from cli.lookups_scan import LookupsCount, scan_lookups
from cli.target import Target
from loader.lookup_items import HEADER, PRODUCT, as_item, chunk_key, invoice_key, product_key
from loader.positions import write_lookups_position


class Table:
    """Stands for the target: a lookups table in moto."""

    def __init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")

    def client(self, service: str) -> Any:
        assert service == "dynamodb"
        return self.dynamodb

    def output(self, name: str) -> str:
        assert name == "LookupsTable"
        return "lookups"

    def put(self, **values: object) -> None:
        self.dynamodb.put_item(TableName="lookups", Item=as_item(values))

    def put_invoice(self, number: str, customer: int | None, chunks: list[list[str]]) -> None:
        amounts = [amount for chunk in chunks for amount in chunk]
        total = sum(map(Decimal, amounts), Decimal(0))
        pk = invoice_key(number)
        self.put(pk=pk, sk=HEADER, customer_id=customer, line_count=len(amounts), total=total)
        for position, chunk in enumerate(chunks, start=1):
            lines = json.dumps([{"line_amount": amount} for amount in chunk])
            self.put(pk=pk, sk=chunk_key(position), lines=lines, line_count=len(chunk))


@pytest.fixture
def table(create_lookups_table: Callable[[Any, str], str]) -> Iterator[Table]:
    with mock_aws():
        table = Table()
        create_lookups_table(table.dynamodb, "lookups")
        yield table


def counted(table: Table) -> LookupsCount:
    return scan_lookups(cast("Target", table))


def test_lines_are_summed_and_customers_counted_once(table: Table) -> None:
    table.put_invoice("1", 17850, [["10.0000", "0.0001"], ["-3.5000"]])
    table.put_invoice("2", 17850, [["1.0000"]])
    table.put_invoice("3", None, [["2.0000"]])
    table.put(pk=product_key("85123A"), sk=PRODUCT, units_sold=3)
    write_lookups_position(table.dynamodb, "lookups", 7)

    assert counted(table) == LookupsCount(
        rows=5, line_amount=95_001, header_rows=5, header_amount=95_001, invoices=3, customers=1
    )


def test_an_orphan_chunk_shows_as_lines_without_a_header(table: Table) -> None:
    table.put_invoice("1", 17850, [["1.0000"]])
    table.put(pk=invoice_key("1"), sk=chunk_key(2), lines='[{"line_amount": "1.0000"}]')

    found = counted(table)

    assert (found.rows, found.header_rows) == (2, 1)
    assert (found.line_amount, found.header_amount) == (20_000, 10_000)


def test_an_empty_table_holds_nothing(table: Table) -> None:
    assert counted(table) == LookupsCount()
