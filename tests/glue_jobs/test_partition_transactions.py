"""Any order and any batching of the same records end in the same truth, at the batch's cost."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from glue_jobs.transforms import contested_events
from tests.glue_jobs.fake_glue import LocalLake

MONTHS = ("2011-01", "2011-02", "2011-03")


def record(invoice: int, line: int, quantity: int, minute: int) -> str:
    """Return a raw line; invoices are numbered month by month."""
    fields: dict[str, Any] = {
        "InvoiceNo": str(invoice),
        "InvoiceLine": str(line),
        "StockCode": "22423",
        "Quantity": str(quantity),
        "InvoiceDate": f"{MONTHS[invoice // 1000 - 500]}-05 10:15:00",
        "UnitPrice": "12.75",
        "Country": "France",
        "received_at": f"2026-11-16T05:{minute:02d}:00Z",
    }
    return json.dumps(fields)


def mixed_records() -> tuple[list[str], dict[str, int]]:
    """Return records with duplicates and corrections, and what each event ends with."""
    chance = random.Random(1)
    records, latest = [], {}
    for minute in range(30):
        invoice, line, quantity = chance.choice((500_001, 501_001)), *chance.choices((1, 2, 3), k=2)
        records.append(record(invoice, line, quantity, minute))
        latest[f"{invoice}#L{line}"] = quantity
    chance.shuffle(records)
    return records, latest


def partitioned(spark: SparkSession, batches: list[list[str]]) -> LocalLake:
    lake = LocalLake(spark, {})
    for number, batch in enumerate(batches):
        lake.objects = {f"raw/transactions/ingest_date=2026-11-16/{number}.gz": batch}
        lake.cleanse().partition()
        assert lake.report.figures["rows_in"] == len(batch)
    return lake


@pytest.mark.parametrize("most_keys", [1_000_000, 2])
def test_batches_in_any_order_end_in_the_latest_of_each_event(
    spark: SparkSession, most_keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, latest = mixed_records()
    monkeypatch.setattr(contested_events, "_MOST_KEYS", most_keys)

    lake = partitioned(spark, [records[:18], records[18:]])

    rows = spark.table(lake.lake.transactions).select("event_id", "quantity").collect()
    assert sorted(tuple(row) for row in rows) == sorted(latest.items())


def test_a_late_correction_touches_only_the_files_of_its_invoice(spark: SparkSession) -> None:
    lake = partitioned(spark, [[record(number, 1, 1, 0) for number in (500_001, 501_001, 502_001)]])
    before = data_files(lake)

    lake.objects = {
        "raw/transactions/ingest_date=2026-11-16/late.gz": [
            record(501_001, 1, 7, 1),
            record(502_002, 1, 1, 1),
        ]
    }
    lake.cleanse().partition()

    assert lake.report.figures["corrections"] == 1
    assert lake.report.figures["inserted"] == 1
    kept = before.keys() & data_files(lake).keys()
    assert {before[path] for path in kept} == {"500001", "501001", "502001"}
    deletes = lake.spark.table(f"{lake.lake.transactions}.position_deletes").select("file_path")
    assert [before[row.file_path] for row in deletes.collect()] == ["501001"]


def data_files(lake: LocalLake) -> dict[str, str]:
    """Return the least invoice number by data file of `transactions`."""
    files = lake.spark.table(f"{lake.lake.transactions}.data_files")
    least = F.col("readable_metrics.invoice_no.lower_bound")
    return {
        row.file_path: row.least
        for row in files.select("file_path", least.alias("least")).collect()
    }
