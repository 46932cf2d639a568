"""The run-lock function as the state machine calls it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.errors import InvalidEvent
from lambdas.run_lock import handler

EVENTS = Path(__file__).parents[2] / "events"
TABLE = "etl-dev-pipeline-state"

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("STATE_TABLE", TABLE)
    monkeypatch.setenv("GLUE_JOBS", "etl-dev-cleanse-transactions,etl-dev-compact-lake")
    handler._lock.cache_clear()
    with mock_aws():
        yield boto3.resource("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        )
    handler._lock.cache_clear()


def event_of(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def test_acquire_writes_the_lock_item_and_release_removes_it(table: Any):
    acquire = event_of("run_lock_acquire")
    assert handler.handle(acquire, None) == {"acquired": True}
    item = table.get_item(Key={"item": "lock"})["Item"]
    assert item["owner"] == acquire["execution"]
    assert handler.handle(event_of("run_lock_release"), None) == {"released": True}
    assert "Item" not in table.get_item(Key={"item": "lock"})
    assert handler.handle(event_of("run_lock_release"), None) == {"released": False}


@pytest.mark.parametrize(
    "event", [{}, {"action": "acquire"}, {"action": "steal", "execution": "arn"}]
)
def test_an_event_of_another_form_is_a_terminal_error(event: dict[str, Any]):
    with pytest.raises(InvalidEvent, match="acquire or release"):
        handler.handle(event, None)
