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
from lambdas.errors import InvalidEvent
from lambdas.pending_work import handler
from loader.positions import note_warehouse_position, write_lookups_position
from tests.lambdas.invocation import Invocation

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

        self.dynamodb = boto3.client("dynamodb")
        self.dynamodb.create_table(
            TableName="lookups",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
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
        "LOOKUPS_TABLE": "lookups",
        "DATABASE": "retail",
    }.items():
        monkeypatch.setenv(name, value)
    handler._client.cache_clear()
    with mock_aws():
        yield Lake()
    handler._client.cache_clear()


def asked(**event: Any) -> dict[str, Any]:
    asking = json.loads((EVENTS / "pending_work.json").read_text()) | event
    return handler.handle(asking, Invocation())


def test_a_fresh_deployment_has_nothing_to_do():
    assert asked() == {
        "pending": False,
        "cleanse": {"pending": False, "objects": 0, "bytes": 0},
        "partition": {"pending": False},
        "publish": {"pending": False},
    }


def test_an_unread_raw_object_is_work_for_cleanse(lake: Lake):
    lake.put_raw()
    assert asked()["cleanse"] == {"pending": True, "objects": 1, "bytes": 3}
    assert asked()["pending"]


def test_a_consumed_raw_object_is_not_work(lake: Lake):
    lake.put_raw()
    lake.put_position(datetime.now(UTC) + timedelta(seconds=5), [KEY])
    assert not asked()["pending"]


def test_a_replay_that_died_is_work_for_cleanse(lake: Lake):
    lake.state.put_item(Item={"item": "replay#cleanse", "name": "died"})
    assert asked()["cleanse"] == {"pending": True, "objects": 0, "bytes": 0}
    lake.state.delete_item(Key={"item": "replay#cleanse"})
    assert not asked()["pending"]


def test_an_unconsumed_snapshot_is_work_for_partition_alone(lake: Lake):
    snapshot = {"snapshot-id": 7, "summary": {"operation": "append"}}
    lake.put_table("cleansed", {"current-snapshot-id": 7, "snapshots": [snapshot]})
    answer = asked()
    assert (answer["pending"], answer["cleanse"]["pending"]) == (True, False)
    assert answer["partition"] == {"pending": True}
    lake.put_table("transactions", {"properties": {"etl.cleansed-snapshot-id": "7"}})
    assert not asked()["pending"]


def put_changes(lake: Lake, *operations: str) -> None:
    """Put the table of changed invoices with snapshots 1, 2, … of these operations."""
    snapshots = [
        {
            "snapshot-id": number,
            "parent-snapshot-id": number - 1 or None,
            "summary": {"operation": operation},
        }
        for number, operation in enumerate(operations, start=1)
    ]
    lake.put_table(
        "changed_invoices", {"current-snapshot-id": len(operations), "snapshots": snapshots}
    )


@pytest.mark.parametrize(
    ("lookups", "warehouse", "pending"),
    [
        (None, None, True),
        (2, None, True),
        (None, 2, True),
        (1, 2, True),
        (2, 1, True),
        (2, 0, True),  # a warehouse that was looked at, but never loaded
        (2, 2, False),
    ],
)
def test_publish_is_pending_while_a_store_is_behind(
    lake: Lake, lookups: int | None, warehouse: int | None, pending: bool
):
    put_changes(lake, "append", "append")
    if lookups is not None:
        write_lookups_position(lake.dynamodb, "lookups", lookups)
    if warehouse is not None:
        note_warehouse_position(lake.dynamodb, "state", warehouse)
    answer = asked()
    assert answer["publish"] == {"pending": pending}
    assert answer["pending"] == pending


def test_a_compaction_is_no_work_for_publish(lake: Lake):
    put_changes(lake, "append", "replace", "replace")
    write_lookups_position(lake.dynamodb, "lookups", 1)
    note_warehouse_position(lake.dynamodb, "state", 2)
    assert not asked()["publish"]["pending"]


def test_asked_for_publish_alone_it_does_not_list_raw(lake: Lake):
    lake.put_raw()
    put_changes(lake, "append")
    assert asked(only="publish") == {"pending": True, "publish": {"pending": True}}
    assert asked(only="publish", force=True)["publish"]["pending"]
    with pytest.raises(InvalidEvent, match="only publish"):
        asked(only="cleanse")


def test_force_calls_every_stage_pending_and_still_counts():
    answer = asked(force=True)
    assert answer["pending"]
    assert answer["cleanse"] == {"pending": True, "objects": 0, "bytes": 0}
    assert answer["partition"]["pending"]
    assert answer["publish"]["pending"]
