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
from tests.lambdas.invocation import Invocation, Invoked, invoke

EVENTS = Path(__file__).parents[2] / "events"
TABLE = "etl-dev-pipeline-state"
LEDGER = "etl-dev-run-ledger"

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("STATE_TABLE", TABLE)
    monkeypatch.setenv("LEDGER_TABLE", LEDGER)
    monkeypatch.setenv("METRICS_NAMESPACE", "etl-dev")
    monkeypatch.setenv("GLUE_JOBS", "etl-dev-cleanse-transactions,etl-dev-compact-lake")
    handler._lock.cache_clear()
    handler._ledger_reader.cache_clear()
    with mock_aws():
        yield create_table(TABLE, "item")
    handler._lock.cache_clear()
    handler._ledger_reader.cache_clear()


def create_table(name: str, *keys: str) -> Any:
    return boto3.resource("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
    )


@pytest.fixture
def ledger(table: Any) -> Any:  # noqa: ARG001
    """Return the ledger in which run-1 has read four lines, one of them bad."""
    ledger = create_table(LEDGER, "run_id", "stage")
    figures = {"rows_in": 4, "rejects": {"not_a_date": 1}}
    ledger.put_item(Item={"run_id": "run-1", "stage": "cleanse", **figures})
    ledger.put_item(Item={"run_id": "run-0", "stage": "cleanse", "rows_in": 1000})
    return ledger


def event_of(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def test_acquire_writes_the_lock_item_and_release_removes_it(table: Any):
    acquire = event_of("run_lock_acquire")
    assert handler.handle(acquire, Invocation()) == {"acquired": True}
    item = table.get_item(Key={"item": "lock"})["Item"]
    assert item["owner"] == acquire["execution"]
    assert handler.handle(event_of("run_lock_release"), Invocation()) == {"released": True}
    assert "Item" not in table.get_item(Key={"item": "lock"})
    assert handler.handle(event_of("run_lock_release"), Invocation()) == {"released": False}


@pytest.mark.parametrize(
    "event", [{}, {"action": "acquire"}, {"action": "steal", "execution": "arn"}]
)
def test_an_event_of_another_form_is_a_terminal_error(event: dict[str, Any]):
    with pytest.raises(InvalidEvent, match="acquire or release"):
        handler.handle(event, Invocation())


def released(monkeypatch: pytest.MonkeyPatch, machine: str = "etl-dev-retail-etl") -> Invoked:
    """Acquire the lock and release it as an execution of a machine."""
    execution = f"arn:aws:states:us-east-1:123456789012:execution:{machine}:run-1"
    handler.handle({"action": "acquire", "execution": execution}, Invocation())
    done = invoke(monkeypatch, handler, {"action": "release", "execution": execution})
    assert (done.status, done.answer) == ("ok", {"released": True})
    return done


@pytest.mark.usefixtures("ledger")
def test_a_release_emits_the_metrics_of_its_own_run(monkeypatch: pytest.MonkeyPatch):
    done = released(monkeypatch)
    assert done.metrics == {"RecordsRead": 4, "RecordsRejected": 1, "QuarantinePercent": 25}
    assert {line["run_id"] for line in done.lines} == {"run-1"}
    assert {line["request_id"] for line in done.lines} == {"invocation-1"}


@pytest.mark.usefixtures("ledger")
def test_a_release_that_is_repeated_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch):
    assert released(monkeypatch).metrics
    again = invoke(monkeypatch, handler, event_of("run_lock_release"))
    assert (again.answer, again.metrics) == ({"released": False}, {})


@pytest.mark.usefixtures("ledger")
def test_a_compaction_is_no_run(monkeypatch: pytest.MonkeyPatch):
    assert released(monkeypatch, "etl-dev-compact-lake").metrics == {}


def test_a_release_without_a_ledger_is_a_release_all_the_same(
    monkeypatch: pytest.MonkeyPatch, table: Any
):
    done = released(monkeypatch)
    assert "Item" not in table.get_item(Key={"item": "lock"})
    assert done.metrics == {}
    assert done.lines[-1]["level"] == "WARNING"


def test_who_waits_for_the_release_waits_at_most_seconds_for_the_figures():
    config = handler._ledger_reader().meta.config
    assert config.connect_timeout + config.read_timeout <= 3
    assert config.retries == {"total_max_attempts": 1, "mode": "legacy"}
