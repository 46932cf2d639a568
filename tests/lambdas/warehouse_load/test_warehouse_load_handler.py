"""The warehouse-load function as the state machine calls it, on moto's S3 and DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.errors import InvalidEvent, LoadFailed
from lambdas.warehouse_load import handler
from loader.positions import read_warehouse_position
from loader.warehouse import Batch, batch_key, migration_statements
from tests.lambdas.invocation import Invocation

EVENTS = Path(__file__).parents[2] / "events"
RUN = "20261122T101500-a1b2c3"
LATEST = sum("INTO retail.schema_version" in sql for sql in migration_statements(0))
BATCH = Batch(0, 5781947118336215154, 7, "s3://lake/s.manifest", "s3://lake/i.manifest")


class Stores:
    """What the function reads and writes, in moto."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket="lake")
        self.dynamodb = boto3.client("dynamodb")
        for table, keys in {"state": ["item"], "ledger": ["run_id", "stage"]}.items():
            self.dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind}
                    for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            )

    def stage(self) -> None:
        key = batch_key(RUN, "batch.json")
        self.s3.put_object(Bucket="lake", Key=key, Body=json.dumps(asdict(BATCH)))

    @property
    def position(self) -> int | None:
        return read_warehouse_position(self.dynamodb, "state")

    @property
    def ledger(self) -> dict[str, Any]:
        item = (
            boto3.resource("dynamodb")
            .Table("ledger")
            .get_item(Key={"run_id": RUN, "stage": "load_warehouse"})
        )
        return dict(item.get("Item", {}))


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "LAKE_BUCKET": "lake",
        "STATE_TABLE": "state",
        "LEDGER_TABLE": "ledger",
        "COPY_ROLE": "arn:aws:iam::123456789012:role/copy",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    handler._client.cache_clear()
    with mock_aws():
        yield Stores()
    handler._client.cache_clear()


def asked(name: str = "warehouse_load_loaded", **changes: Any) -> dict[str, Any]:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    return handler.handle(event | changes, Invocation())


def ended(step: str, error: str, rows: Any = None, *, succeeded: bool = False) -> dict[str, Any]:
    succeeded = succeeded or rows is not None
    end = {"step": step, "statement_id": "id", "succeeded": succeeded, "error": error}
    return end | ({"rows": rows} if rows else {})


def test_the_position_that_redshift_tells_is_noted_for_the_pending_test(stores: Stores):
    assert asked("warehouse_load_prepare")["step"] == "inspect"
    assert stores.position is None
    rows = [[{"LongValue": LATEST}, {"StringValue": "5781947118336215154"}]]
    done = asked("warehouse_load_prepare", ended=ended("inspect", "", rows))
    assert done == {"done": True, "position": "5781947118336215154"}
    assert stores.position == 5781947118336215154


def test_a_run_that_staged_nothing_has_nothing_to_load(stores: Stores):
    assert asked(ended={}) == {"done": True}
    assert stores.position is None
    assert stores.ledger == {}


def test_a_load_is_in_the_ledger_from_its_start_to_its_rows(stores: Stores):
    stores.stage()
    assert asked(ended={})["step"] == "load"
    started = stores.ledger
    assert started["status"] == "RUNNING"
    assert asked()["step"] == "look"
    loaded = started | {"status": "SUCCEEDED", "rows_out": 7}
    assert stores.ledger == loaded
    assert stores.position == BATCH.end
    assert asked(ended=ended("refresh", "", succeeded=True))["done"]
    assert stores.ledger == loaded | {"views": "CURRENT"}


def test_views_that_cannot_follow_a_load_are_noted_and_the_load_stays(stores: Stores):
    stores.stage()
    asked(ended={})
    asked()
    done = asked(ended=ended("refresh", "ERROR: disk is full"))
    assert (done["done"], done["position"]) == (True, str(BATCH.end))
    assert stores.ledger["status"] == "SUCCEEDED"
    assert stores.ledger["views"] == "STALE: refresh: ERROR: disk is full"


def test_a_failed_load_leaves_the_position_and_its_cause(stores: Stores):
    stores.stage()
    asked(ended={})
    looked = asked(ended=ended("load", "ERROR: bad manifest"))
    assert looked["load_error"] == "ERROR: bad manifest"
    rows = [[{"LongValue": 1}, {"StringValue": "0"}]]
    with pytest.raises(LoadFailed, match="bad manifest"):
        asked(ended=ended("inspect", looked["load_error"], rows))
    assert stores.position is None
    assert stores.ledger["status"] == "FAILED"
    assert "bad manifest" in stores.ledger["cause"]


@pytest.mark.usefixtures("stores")
@pytest.mark.parametrize("changes", [{"phase": "unload"}, {"run_id": ""}, {"run_id": None}])
def test_an_event_of_another_form_is_a_terminal_error(changes: dict[str, Any]):
    with pytest.raises(InvalidEvent, match="prepare or load"):
        asked(**changes)
