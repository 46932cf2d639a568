"""What a table holds is known from its metadata, however the metadata is written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.lake_tables import TableSize, table_sizes
from cli.settings import Settings
from cli.target import Target

_METADATA = {
    "current-snapshot-id": 2,
    "snapshots": [
        {"snapshot-id": 1, "summary": {"total-records": "5"}},
        {
            "snapshot-id": 2,
            "summary": {
                "total-records": "245910",
                "total-position-deletes": "7",
                "total-data-files": "7",
                "total-files-size": "7300000",
            },
        },
    ],
}


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings = Settings(True, "etl", "test", None, "us-east-1", tmp_path)
    with mock_aws():
        target = Target(settings, boto3.Session(region_name="us-east-1"), "us-east-1", None)
        target.__dict__["outputs"] = {"Database": "retail"}  # as the stack would say
        target.client("s3").create_bucket(Bucket="lake")
        target.client("glue").create_database(DatabaseInput={"Name": "retail"})
        yield target


def _create(target: Target, name: str, location: str, metadata: dict[str, Any]) -> None:
    content = json.dumps(metadata).encode()
    body = gzip.compress(content) if ".gz." in location else content
    target.client("s3").put_object(Bucket="lake", Key=location, Body=body)
    target.client("glue").create_table(
        DatabaseName="retail",
        TableInput={"Name": name, "Parameters": {"metadata_location": f"s3://lake/{location}"}},
    )


def test_sizes_are_those_of_the_current_snapshot(target: Target) -> None:
    _create(target, "transactions", "t/00002-a.metadata.json", _METADATA)
    _create(target, "cleansed", "c/00002-a.gz.metadata.json", _METADATA)

    assert table_sizes(target) == [
        TableSize("cleansed", 245_903, 7, 7_300_000),
        TableSize("transactions", 245_903, 7, 7_300_000),
    ]


def test_a_table_without_a_snapshot_is_empty(target: Target) -> None:
    _create(target, "quarantine", "q/00000-a.metadata.json", {"current-snapshot-id": -1})

    assert table_sizes(target) == [TableSize("quarantine", 0, 0, 0)]


def test_a_lake_without_tables_has_no_sizes(target: Target) -> None:
    assert table_sizes(target) == []
