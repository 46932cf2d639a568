"""What is landed for a benchmark is a shop's history, and a later batch mostly of new invoices."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import duckdb
from moto import mock_aws

from benchmarks.raw_zone.landing import RawZone

ROWS, BATCH_ROWS = 20_000, 2_000


def landed(s3: Any, name: str) -> list[dict[str, Any]]:
    """Return the objects' lines that are JSON objects."""
    lines = []
    for entry in s3.list_objects_v2(Bucket="lake")["Contents"]:
        if name in entry["Key"]:
            body = gzip.decompress(s3.get_object(Bucket="lake", Key=entry["Key"])["Body"].read())
            lines += [line for line in body.decode().splitlines() if line.endswith("}")]
    return [json.loads(line) for line in lines]


def invoices(lines: list[dict[str, Any]]) -> set[str]:
    return {str(line["InvoiceNo"]).strip().upper() for line in lines}


def test_a_batch_is_of_new_invoices_and_of_a_few_that_the_history_holds(tmp_path: Path):
    with mock_aws():
        s3: Any = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lake")
        cloud: Any = SimpleNamespace(client=lambda _: s3, outputs={"LakeBucket": "lake"})
        zone = RawZone(duckdb.connect(), cloud, tmp_path)
        history = zone.land_history(ROWS)
        zone.land_batch(history, 0, BATCH_ROWS)
        zone.land_batch(history, 1, BATCH_ROWS)
        before, first, second = (landed(s3, n) for n in ("history-", "batch-000", "batch-001"))
    assert ROWS * 0.99 < len(before) < ROWS * 1.01
    for batch in (first, second):
        assert BATCH_ROWS * 0.85 < len(batch) < BATCH_ROWS * 1.15
        newest = [line for line in batch if line["InvoiceDate"].startswith(("11/", "2011-11"))]
        assert 0.9 < len(newest) / len(batch) < 1
        known = [line for line in batch if line["InvoiceNo"] in invoices(before)]
        assert 0 < len(known) < BATCH_ROWS * 0.03
    both = invoices(first) & invoices(second) - invoices(before)
    assert len(both) < 5  # those whose number is broken
    assert not list(tmp_path.iterdir())
