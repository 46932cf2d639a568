"""Spark reads a raw line as the contract does."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from contracts import identity
from contracts.fields import CLEANSED, QUARANTINE, Column
from contracts.landing import Event, land
from contracts.literals import NumberLiteral, json_text
from glue_jobs.transforms.raw_transactions import (
    accepted_transactions,
    parse_raw_lines,
    rejected_lines,
)
from tests.glue_jobs.transforms.plain_python import as_text

VECTORS = json.loads(
    Path(__file__).parents[2].joinpath("contracts/golden_vectors.json").read_text(),
    parse_int=NumberLiteral,
    parse_float=NumberLiteral,
)
INPUT_SCHEMA = "line string, raw_object string, object_modified timestamp_ntz"
OBJECT = "raw/transactions/ingest_date=2026-01-15/ingest_hour=10/one.gz"
MODIFIED = datetime(2026, 1, 15, 10, 5, tzinfo=UTC)
COUNTRY = {"Country": "France"}
SALE = {
    "InvoiceNo": "536370",
    "StockCode": "22728",
    "Description": "ALARM CLOCK BAKELIKE PINK",
    "Quantity": 24,
    "InvoiceDate": "12/1/2010 8:45",
    "UnitPrice": 3.75,
    "CustomerID": 12583.0,
    **COUNTRY,
}
"""As pandas writes a row: `row.to_json()`."""


def parse(
    spark: SparkSession, lines: list[str], zone: str = "UTC", raw_object: str = OBJECT
) -> DataFrame:
    modified = MODIFIED.replace(tzinfo=None)
    rows = [(line, raw_object, modified) for line in lines]
    return spark.createDataFrame(rows, INPUT_SCHEMA).transform(parse_raw_lines(zone, "run-1"))


def parse_each(spark: SparkSession, lines: list[str], zone: str) -> list[Row]:
    """Return what Spark makes of each line, in their order, every value as Spark writes it."""
    modified = MODIFIED.replace(tzinfo=None)
    rows = [(line, str(place), modified) for place, line in enumerate(lines)]
    frame = spark.createDataFrame(rows, INPUT_SCHEMA).repartition(2)
    parsed = frame.transform(parse_raw_lines(zone, "run-1"))
    texts = parsed.select(*[F.col(name).cast("string") for name in parsed.columns]).collect()
    return sorted(texts, key=lambda row: int(row["raw_object"]))


@pytest.mark.parametrize("zone", sorted({v.get("shop_time_zone", "UTC") for v in VECTORS}))
def test_every_golden_vector_is_read_as_written_down_landed_or_sent_as_it_is(
    spark: SparkSession, zone: str
) -> None:
    vectors = [vector for vector in VECTORS if vector.get("shop_time_zone", "UTC") == zone]
    lines = []
    for place, vector in enumerate(vectors):
        received_at = datetime.fromisoformat(vector["received_at"])
        lines.append(land(Event(place, vector["record"]), received_at, "r", place).decode())
        unlanded = vector["record"] | {"received_at": vector["received_at"]}
        lines.append(json_text(unlanded, ascii_only=place % 2 == 0))
    rows = parse_each(spark, lines, zone)
    for place, vector in enumerate(vectors):
        expected = vector.get("transaction") or vector["rejection"]
        want = {name: as_text(value) for name, value in expected.items()}
        landed, unlanded = rows[2 * place : 2 * place + 2]
        assert (vector["case"], {name: landed[name] for name in want}) == (vector["case"], want)
        # Of a number that was not landed as text, a detail shows how Spark would write it.
        want.pop("detail", None)
        assert (vector["case"], {name: unlanded[name] for name in want}) == (vector["case"], want)


def test_a_row_that_pandas_writes_is_the_same_event_as_its_csv_line(spark: SparkSession) -> None:
    texts = {name: str(value) for name, value in SALE.items()} | {"CustomerID": "12583"}
    lines = [json.dumps(SALE), json.dumps(texts), json.dumps(SALE).replace("/", "\\/")]
    events = parse(spark, lines).select("event_id", "content_hash").distinct().collect()
    assert len(events) == 1


@pytest.mark.parametrize(
    "damage", [r"\u12", r"\ud8", "1\t2", r"\q", '", "CustomerID": NaN, "x": "', '"} {"a": "']
)
def test_a_value_that_cannot_be_read_makes_the_line_no_json_instead_of_a_null(
    spark: SparkSession, damage: str
) -> None:
    line = json.dumps(SALE).replace("PINK", damage)
    (row,) = parse(spark, [line]).collect()
    assert (row["reason"], row["line"]) == ("not_an_object", line)


@pytest.mark.parametrize("half", [r"\ud83d", r"\udf81", r"\\\ud83d\ud83c\udf81", r"\\ud83d\udf81"])
def test_half_a_surrogate_pair_is_refused_not_made_a_question_mark(
    spark: SparkSession, half: str
) -> None:
    (row,) = parse(spark, [json.dumps(SALE).replace("PINK", half)]).collect()
    assert (row["reason"], row["field"]) == ("control_character", "Description")


def test_a_whole_surrogate_pair_comes_through(spark: SparkSession) -> None:
    line = json.dumps(SALE).replace("PINK", r"\ud83c\udf81 \\ud83d")
    (row,) = parse(spark, [line]).collect()
    assert row["description"] == "ALARM CLOCK BAKELIKE 🎁 \\ud83d"


def test_blank_lines_are_no_lines(spark: SparkSession) -> None:
    assert parse(spark, ["", "  ", "\t \r", json.dumps(SALE)]).count() == 1


def test_accepted_rows_have_the_columns_of_cleansed(spark: SparkSession) -> None:
    accepted = parse(spark, [json.dumps(SALE), "no json"]).transform(accepted_transactions)
    assert described(accepted) == described_columns(CLEANSED)
    (row,) = accepted.collect()
    assert (row["raw_object"], row["run_id"]) == (OBJECT, "run-1")
    assert row["line_amount"] == Decimal("90.0000")
    assert not [
        column.name for column in CLEANSED if not column.nullable and row[column.name] is None
    ]


def test_rejected_lines_have_the_columns_of_quarantine_and_keep_the_line(
    spark: SparkSession,
) -> None:
    broken = json.dumps(SALE | {"Quantity": 0, "received_at": "2026-01-15T10:00:00.123Z"})
    rejected = parse(spark, [json.dumps(SALE), broken]).transform(rejected_lines)
    assert described(rejected) == described_columns(QUARANTINE)
    (row,) = rejected.collect()
    assert row["raw_line"] == broken
    assert (row["reason"], row["field"]) == ("zero_quantity", "Quantity")
    assert row["received_at"] == datetime(2026, 1, 15, 10, 0, 0, 123000)  # noqa: DTZ001
    assert row["line_hash"] == identity.line_hash(broken)
    assert row["quarantine_id"] == identity.quarantine_id(OBJECT, row["line_hash"], 1)


def test_equal_broken_lines_of_an_object_are_numbered_and_keep_their_identity(
    spark: SparkSession,
) -> None:
    lines = ["no json", "no json", "{}", "no json"]
    first, again = (
        parse(spark, order).transform(rejected_lines).select("quarantine_id", "raw_line").collect()
        for order in (lines, lines[::-1])
    )
    assert sorted(first) == sorted(again)
    assert len({row["quarantine_id"] for row in first}) == 4


def test_the_same_broken_line_of_another_object_is_another_row(spark: SparkSession) -> None:
    other = OBJECT.replace("one.gz", "two.gz")
    lines = parse(spark, ["{}"]).union(parse(spark, ["{}"], raw_object=other))
    identities = lines.transform(rejected_lines).select("quarantine_id").collect()
    assert len(set(identities)) == 2


@pytest.mark.parametrize(
    ("raw_object", "day"),
    [
        (OBJECT.replace("2026-01-15", "2026-01-14"), date(2026, 1, 14)),
        ("raw/transactions/dropped by hand.json", date(2026, 1, 15)),
        ("raw/transactions/ingest_date=2026-13-45/x.gz", date(2026, 1, 15)),
    ],
)
def test_the_ingest_date_is_the_one_of_the_path_else_of_the_last_change(
    spark: SparkSession, raw_object: str, day: date
) -> None:
    (row,) = parse(spark, [json.dumps(SALE)], raw_object=raw_object).collect()
    assert row["ingest_date"] == day


@pytest.mark.parametrize("received", ["", "soon", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_a_receipt_that_cannot_be_is_the_last_change_of_the_object(
    spark: SparkSession, received: str
) -> None:
    (row,) = parse(spark, [json.dumps(SALE | {"received_at": received})]).collect()
    assert row["received_at"] == MODIFIED.replace(tzinfo=None)


def test_rules_are_not_computed_again_in_the_filter_on_their_outcome(spark: SparkSession) -> None:
    accepted = parse(spark, [json.dumps(SALE)]).transform(accepted_transactions)
    steps = accepted._jdf.queryExecution().optimizedPlan().toString().splitlines()
    assert sum("from_json" in step for step in steps) == 1


def described(frame: DataFrame) -> list[tuple[str, str]]:
    return [(field.name, field.dataType.simpleString()) for field in frame.schema.fields]


def described_columns(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in columns]
