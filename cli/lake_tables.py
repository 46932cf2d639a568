"""What the lake's tables hold, from their metadata alone: no data file is read."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cli.target import Target

LAKE_TABLES = ("cleansed", "quarantine", "transactions", "changed_invoices")


@dataclass(frozen=True)
class TableSize:
    """Size of an Iceberg table's current snapshot; `size` in bytes."""

    name: str
    rows: int
    files: int
    size: int


def existing_tables(target: Target) -> dict[str, dict[str, Any]]:
    """Return the lake's tables that are there, as the catalog describes them, by name."""
    pages = target.client("glue").get_paginator("get_tables")
    found = pages.paginate(DatabaseName=target.output("Database"))
    tables = {table["Name"]: table for page in found for table in page["TableList"]}
    return {name: tables[name] for name in LAKE_TABLES if name in tables}


def table_sizes(target: Target) -> list[TableSize]:
    """Return the sizes of the lake's tables that are there."""
    s3 = target.client("s3")
    return [_size(s3, name, table) for name, table in existing_tables(target).items()]


def _size(s3: Any, name: str, table: dict[str, Any]) -> TableSize:
    metadata = _read_metadata(s3, table["Parameters"]["metadata_location"])
    current = metadata.get("current-snapshot-id")
    summaries = (
        snapshot["summary"]
        for snapshot in metadata.get("snapshots", [])
        if snapshot["snapshot-id"] == current
    )
    summary: dict[str, str] = next(summaries, {})
    # A row deleted by position stays in its file until compaction writes that anew.
    deleted = int(summary.get("total-position-deletes", 0))
    return TableSize(
        name=name,
        rows=int(summary.get("total-records", 0)) - deleted,
        files=int(summary.get("total-data-files", 0)),
        size=int(summary.get("total-files-size", 0)),
    )


def _read_metadata(s3: Any, location: str) -> dict[str, Any]:
    url = urlsplit(location)
    content = s3.get_object(Bucket=url.netloc, Key=url.path.lstrip("/"))["Body"].read()
    if location.endswith(".gz.metadata.json"):
        content = gzip.decompress(content)
    metadata: dict[str, Any] = json.loads(content)
    return metadata
