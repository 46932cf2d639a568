"""Any order and any batching of the same records end in the same truth, at the batch's cost."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pyspark.sql import SparkSession

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
