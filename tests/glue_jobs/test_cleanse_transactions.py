"""Cleanse appends each raw object once, whatever the bookmark hands out."""

from __future__ import annotations

import json

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.glue_jobs.fake_glue import LocalLake

_FIRST, _SECOND, _THIRD = (
    f"raw/transactions/ingest_date=2026-11-2{day}/ingest_hour=10/object.gz" for day in (1, 2, 3)
)


def line(invoice: int) -> str:
    return json.dumps(
        {
            "InvoiceNo": str(invoice),
            "StockCode": "85123A",
            "Description": "HOLDER",
            "Quantity": "6",
            "InvoiceDate": "12/1/2010 8:26",
            "UnitPrice": "2.55",
            "CustomerID": "17850",
            "Country": "United Kingdom",
            "InvoiceLine": "1",
        }
    )


def objects(lake: LocalLake) -> list[tuple[str, str]]:
    rows = lake.spark.table(lake.lake.cleansed).select("raw_object", "invoice_no").collect()
    return sorted(tuple(row) for row in rows)


def test_objects_that_are_read_again_beside_a_new_one_are_not_appended_again(
    spark: SparkSession,
) -> None:
    lake = LocalLake(spark, {_FIRST: [line(1)], _SECOND: [line(2)]}).cleanse()

    lake.objects[_THIRD] = [line(3)]
    lake.cleanse()

    assert objects(lake) == [(_FIRST, "1"), (_SECOND, "2"), (_THIRD, "3")]
    assert lake.report.figures["rows_out"] == 1


def test_an_older_object_that_no_run_was_to_take_is_appended_beside_those_that_it_was(
    spark: SparkSession,
) -> None:
    lake = LocalLake(spark, {_SECOND: [line(2)]}).cleanse()

    lake.objects |= {_FIRST: [line(1), line(4)], _THIRD: [line(3)]}
    lake.taken.add(_FIRST)
    lake.cleanse()

    assert objects(lake) == [(_FIRST, "1"), (_FIRST, "4"), (_SECOND, "2"), (_THIRD, "3")]
    assert lake.report.figures["rows_in"] == 4
    assert lake.report.figures["rows_out"] == 3


def test_bounds_of_files_tell_raw_objects_apart(spark: SparkSession) -> None:
    lake = LocalLake(spark, {_FIRST: [line(1)], _SECOND: [line(2)]}).cleanse()

    least = F.col("readable_metrics.raw_object.lower_bound")
    files = lake.spark.table(f"{lake.lake.cleansed}.files").select(least.alias("least"))

    assert sorted(row.least for row in files.collect()) == [_FIRST, _SECOND]
