"""Items say of an invoice and a product what its rows say, each line once and in order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts import classification, numbers
from contracts.fields import LONGEST, TRANSACTIONS
from glue_jobs.transforms.lookup_items import (
    invoice_headers,
    invoice_line_chunks,
    product_items,
)
from loader.lookup_items import CHUNK_BYTES, chunk_key

SCHEMA = ", ".join(f"{column.name} {column.type}" for column in TRANSACTIONS)
START = datetime(2011, 3, 1, 12, 0)  # noqa: DTZ001 (Spark's timestamp_ntz)


def transaction(invoice_no: str = "536365", line: int | None = 1, **values: Any) -> dict[str, Any]:
    """Return a row of `transactions`; what depends on other columns is derived as it must be."""
    row: dict[str, Any] = {
        "event_id": f"{invoice_no}#L{line}",
        "invoice_no": invoice_no,
        "invoice_line": line,
        "stock_code": "85123A",
        "description": "WHITE HANGING HEART",
        "quantity": 6,
        "invoice_ts": START,
        "unit_price": Decimal("2.5500"),
        "customer_id": 17850,
        "country": "United Kingdom",
        "received_at": START,
        "content_hash": "c",
        "raw_object": "raw/transactions/x.gz",
        "run_id": "earlier",
        **values,
    }
    row["line_amount"] = numbers.line_amount(row["quantity"], row["unit_price"])
    row["transaction_type"] = classification.transaction_type(
        row["invoice_no"], row["quantity"], row["unit_price"]
    ).value
    row["is_product"] = classification.is_product(row["stock_code"])
    return row


def frame(spark: SparkSession, rows: Iterable[dict[str, Any]]) -> DataFrame:
    ordered = [tuple(row[column.name] for column in TRANSACTIONS) for row in rows]
    return spark.createDataFrame(ordered, SCHEMA)


def headers(spark: SparkSession, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    made = frame(spark, rows).transform(invoice_headers("run-1")).collect()
    return {row.invoice_no: row.asDict() for row in made}


def chunks(spark: SparkSession, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = frame(spark, rows).transform(invoice_line_chunks("run-1")).orderBy("pk", "sk")
    return [row.asDict() for row in made.collect()]


def products(spark: SparkSession, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    made = frame(spark, rows).transform(product_items).collect()
    return {row.stock_code: row.asDict() for row in made}


def test_a_header_sums_its_invoice_exactly(spark: SparkSession):
    rows = [
        transaction(line=1, quantity=6),
        transaction(line=2, quantity=3, unit_price=Decimal("0.0001")),
        transaction(line=3, invoice_ts=START - timedelta(minutes=1)),
    ]
    assert headers(spark, rows) == {
        "536365": {
            "pk": "INVOICE#536365",
            "sk": "HEADER",
            "invoice_no": "536365",
            "customer_id": 17850,
            "invoice_ts": "2011-03-01T11:59:00Z",
            "history_key": "2011-03-01T11:59:00#536365",
            "country": "United Kingdom",
            "transaction_type": "sale",
            "line_count": 3,
            "units": 15,
            "total": Decimal("30.6003"),
            "chunk_count": 1,
            "rebuilt_by": "run-1",
        }
    }


def test_a_guests_invoice_is_in_no_customers_history(spark: SparkSession):
    (header,) = headers(spark, [transaction(customer_id=None)]).values()
    assert (header["customer_id"], header["history_key"]) == (None, None)
    assert header["invoice_ts"] == "2011-03-01T12:00:00Z"


def test_customer_and_country_are_those_of_the_latest_line(spark: SparkSession):
    later = {"invoice_ts": START + timedelta(hours=1)}
    rows = [
        transaction("1", 1, customer_id=1, country="A", **later),
        transaction("1", 2, customer_id=2, country="B"),
        transaction("2", 1, customer_id=3, country="C"),
        transaction("2", 2, customer_id=4, country="D"),
        transaction("3", 1, customer_id=5, country="E"),
        transaction("3", 2, customer_id=None, country="F", **later),
    ]
    made = headers(spark, rows)
    assert {no: (made[no]["customer_id"], made[no]["country"]) for no in made} == {
        "1": (1, "A"),
        "2": (4, "D"),
        "3": (None, "F"),
    }


def test_when_a_line_was_received_changes_no_item(spark: SparkSession):
    """A duplicate leaves no trace in `transactions`: its receipt hangs on the batches."""
    together = [
        transaction("1", 1, customer_id=1, description="ONE"),
        transaction("1", 2, customer_id=2, description="OTHER"),
    ]
    apart = [{**together[0], "received_at": START + timedelta(days=1)}, together[1]]

    assert headers(spark, together) == headers(spark, apart)
    assert products(spark, together) == products(spark, apart)


@pytest.mark.parametrize(
    ("invoice_no", "quantities", "kind"),
    [("1", (1, 2), "sale"), ("1", (1, -2), "mixed"), ("C1", (-1, 2), "cancellation")],
)
def test_the_type_of_an_invoice_is_its_lines_or_mixed(
    spark: SparkSession, invoice_no: str, quantities: tuple[int, ...], kind: str
):
    rows = [
        transaction(invoice_no, number, quantity=quantity)
        for number, quantity in enumerate(quantities, 1)
    ]
    assert headers(spark, rows)[invoice_no]["transaction_type"] == kind


def test_history_keys_sort_as_moments_and_then_numbers(spark: SparkSession):
    moments = [
        START,
        START + timedelta(microseconds=5),
        START + timedelta(milliseconds=50),
        START + timedelta(milliseconds=500),
        START + timedelta(seconds=1),
    ]
    rows = [
        transaction(f"{no}{index}", invoice_ts=moment)
        for index, moment in enumerate(moments)
        for no in ("9", "A")
    ]
    made = headers(spark, rows).values()
    by_key = [header["invoice_no"] for header in sorted(made, key=lambda h: h["history_key"])]
    assert by_key == [f"{no}{index}" for index in range(5) for no in ("9", "A")]


def test_lines_are_written_as_the_api_answers_them(spark: SparkSession):
    rows = [
        transaction(line=2),
        transaction(
            line=None,
            event_id="536365#Eü",
            description=None,
            quantity=-1,
            unit_price=Decimal("1234567.8900"),
            invoice_ts=START + timedelta(milliseconds=250),
        ),
        transaction(line=1, description='"quoted" £ \N{PILE OF POO} \\'),
    ]
    (chunk,) = chunks(spark, rows)
    assert (chunk["pk"], chunk["sk"]) == ("INVOICE#536365", "LINES#000001")
    assert (chunk["line_count"], chunk["rebuilt_by"]) == (3, "run-1")
    lines = json.loads(chunk["lines"])
    assert [line["description"] for line in lines] == [
        '"quoted" £ \N{PILE OF POO} \\',
        "WHITE HANGING HEART",
        None,
    ]
    assert lines[2] == {
        "line": None,
        "event_id": "536365#Eü",
        "stock_code": "85123A",
        "description": None,
        "quantity": -1,
        "unit_price": "1234567.8900",
        "line_amount": "-1234567.8900",
        "invoice_ts": "2011-03-01T12:00:00.25Z",
        "transaction_type": "stock_correction",
    }


def test_chunks_hold_each_line_once_in_order_and_their_number_is_in_the_header(
    spark: SparkSession,
):
    chance = random.Random(7)
    sizes = {"short": 700, "long": 5_000, "one": 1}
    rows = [
        transaction(invoice, line, description="\N{PILE OF POO}" * chance.randrange(1, 500))
        for invoice, number in sizes.items()
        for line in chance.sample(range(1, number + 1), number)
    ]
    made = chunks(spark, rows)
    counted = headers(spark, rows)
    for invoice, number in sizes.items():
        own = [chunk for chunk in made if chunk["pk"] == f"INVOICE#{invoice}"]
        assert [chunk["sk"] for chunk in own] == [chunk_key(n) for n in range(1, len(own) + 1)]
        assert counted[invoice]["chunk_count"] == len(own)
        lines = [line["line"] for chunk in own for line in json.loads(chunk["lines"])]
        assert lines == list(range(1, number + 1))
        assert sum(chunk["line_count"] for chunk in own) == number
        assert max(len(chunk["lines"].encode()) for chunk in own) < 99_000
        assert all(len(chunk["lines"].encode()) > CHUNK_BYTES - 5_000 for chunk in own[:-1])


@pytest.mark.parametrize(("lines", "character"), [(50_000, "x"), (2_000, "\N{PILE OF POO}")])
def test_an_invoice_of_very_many_or_the_longest_lines_passes(
    spark: SparkSession, lines: int, character: str
):
    longest = {
        "event_id": F.concat(F.lit(character * 20 + "#E" + "\N{SNOWMAN}" * 122), "id"),
        "invoice_line": F.lit(None).cast("int"),
        "stock_code": F.lit(character * LONGEST["StockCode"]),
        "description": F.lit(character * LONGEST["Description"]),
    }
    one = frame(spark, [transaction(character * LONGEST["InvoiceNo"])])
    rows = one.crossJoin(spark.range(lines)).withColumns(longest).drop("id")

    chunks_made = rows.transform(invoice_line_chunks("r"))
    found = chunks_made.select("sk", "line_count", F.octet_length("lines").alias("bytes"))
    made = sorted(found.collect())

    header = rows.transform(invoice_headers("r")).first()
    assert header is not None
    assert (header.line_count, header.chunk_count) == (lines, len(made))
    assert sum(row.line_count for row in made) == lines
    assert [row.sk for row in made] == [chunk_key(number) for number in range(1, len(made) + 1)]
    assert max(row.bytes for row in made) < 99_000


def test_a_product_takes_the_latest_description_of_a_sale(spark: SparkSession):
    rows = [
        transaction("1", description="OLD"),
        transaction("2", description="NEW", invoice_ts=START + timedelta(days=1)),
        transaction("3", description=None, invoice_ts=START + timedelta(days=2)),
        transaction("4", description="damaged", quantity=-5, invoice_ts=START + timedelta(days=3)),
        transaction("5", stock_code="20957", description="found", unit_price=Decimal("0.0000")),
        transaction("6", stock_code="POST", description=None),
    ]
    made = products(spark, rows)
    assert {code: item["description"] for code, item in made.items()} == {
        "85123A": "NEW",
        "20957": "found",
        "POST": None,
    }
    assert {code: item["is_product"] for code, item in made.items()} == {
        "85123A": True,
        "20957": True,
        "POST": False,
    }


def test_a_product_knows_its_price_range_units_and_days_of_sale(spark: SparkSession):
    def day(number: int) -> dict[str, Any]:
        return {"invoice_ts": START + timedelta(days=number)}

    rows = [
        transaction("1", quantity=10, unit_price=Decimal("2.5500"), **day(2)),
        transaction("2", quantity=1, unit_price=Decimal("4.2500"), **day(1)),
        transaction("C3", quantity=-4, unit_price=Decimal("9.9900"), **day(9)),
        transaction("4", quantity=-100, unit_price=Decimal("0.0100"), **day(9)),
        transaction("5", quantity=7, unit_price=Decimal("0.0000"), **day(0)),
        transaction("A6", quantity=1, unit_price=Decimal("-11062.0600"), **day(0)),
        transaction("7", stock_code="M", quantity=1, unit_price=Decimal("-1.0000"), **day(3)),
        transaction("8", stock_code="22423", quantity=-1, unit_price=Decimal("1.0000")),
    ]
    made = products(spark, rows)
    assert made["85123A"] == {
        "pk": "PRODUCT#85123A",
        "sk": "PRODUCT",
        "stock_code": "85123A",
        "description": "WHITE HANGING HEART",
        "lowest_price": Decimal("2.5500"),
        "highest_price": Decimal("4.2500"),
        "units_sold": 7,
        "first_sold": "2011-03-02T12:00:00Z",
        "last_sold": "2011-03-03T12:00:00Z",
        "is_product": True,
    }
    assert (made["M"]["lowest_price"], made["M"]["units_sold"]) == (None, 1)
    never_sold = made["22423"]
    assert (never_sold["first_sold"], never_sold["last_sold"], never_sold["units_sold"]) == (
        None,
        None,
        0,
    )
