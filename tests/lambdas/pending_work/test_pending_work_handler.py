"""The pending-work function as the state machine calls it, on moto's S3, Glue and DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contracts.raw_zone import short_name
from lambdas.pending_work import handler

EVENTS = Path(__file__).parents[2] / "events"
KEY = "raw/transactions/ingest_date=2026-11-22/ingest_hour=10/a.gz"

pytestmark = pytest.mark.usefixtures("lake")


class Lake:
    """A lake in moto: what cleanse and partition would leave in it."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket="lake")
        self.glue = boto3.client("glue")
        self.glue.create_database(DatabaseInput={"Name": "retail"})
        self.state = boto3.resource("dynamodb").create_table(
            TableName="state",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        )

    def put_raw(self, body: bytes = b"{}\n") -> None:
        self.s3.put_object(Bucket="lake", Key=KEY, Body=body)

    def put_position(self, mark: datetime, keys: list[str]) -> None:
        self.state.put_item(
            Item={
                "item": "position#cleanse",
                "high_water_mark": mark.isoformat(timespec="microseconds"),
                "names_in_band": [short_name(key) for key in keys],
            }
        )

    def put_table(self, name: str, metadata: dict[str, Any]) -> None:
        key = f"warehouse/{name}/metadata/1.metadata.json"
        self.s3.put_object(Bucket="lake", Key=key, Body=json.dumps(metadata))
        location = {"metadata_location": f"s3://lake/{key}", "table_type": "ICEBERG"}
        self.glue.create_table(
            DatabaseName="retail", TableInput={"Name": name, "Parameters": location}
        )


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in {
        "LAKE_BUCKET": "lake",
        "STATE_TABLE": "state",
        "DATABASE": "retail",
    }.items():
        monkeypatch.setenv(name, value)
    handler._client.cache_clear()
    with mock_aws():
        yield Lake()
    handler._client.cache_clear()


def asked(**event: Any) -> dict[str, Any]:
    return handler.handle(json.loads((EVENTS / "pending_work.json").read_text()) | event, None)


def test_a_fresh_deployment_has_nothing_to_do():
    assert asked() == {
        "pending": False,
        "cleanse": {"pending": False, "objects": 0, "bytes": 0},
        "partition": {"pending": False},
    }


def test_an_unread_raw_object_is_work_for_cleanse(lake: Lake):
    lake.put_raw()
    assert asked()["cleanse"] == {"pending": True, "objects": 1, "bytes": 3}
    assert asked()["pending"]


def test_a_consumed_raw_object_is_not_work(lake: Lake):
    lake.put_raw()
    lake.put_position(datetime.now(UTC) + timedelta(seconds=5), [KEY])
    assert not asked()["pending"]


def test_an_unconsumed_snapshot_is_work_for_partition_alone(lake: Lake):
    snapshot = {"snapshot-id": 7, "summary": {"operation": "append"}}
    lake.put_table("cleansed", {"current-snapshot-id": 7, "snapshots": [snapshot]})
    answer = asked()
    assert (answer["pending"], answer["cleanse"]["pending"]) == (True, False)
    assert answer["partition"] == {"pending": True}
    lake.put_table("transactions", {"properties": {"etl.cleansed-snapshot-id": "7"}})
    assert not asked()["pending"]


def test_force_calls_every_stage_pending_and_still_counts():
    answer = asked(force=True)
    assert answer["pending"]
    assert answer["cleanse"] == {"pending": True, "objects": 0, "bytes": 0}
    assert answer["partition"]["pending"]
