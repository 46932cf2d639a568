"""A stage's start and end are in the ledger and the log; no record gets into the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from glue_jobs.run_ledger import reported_stage

ARGUMENTS: Any = SimpleNamespace(run_id="run-1", job_name="etl-dev-cleanse-transactions")
KEYS = {"run_id": "run-1", "job": "etl-dev-cleanse-transactions", "stage": "cleanse"}


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.resource("dynamodb").create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("run_id", "stage")
            ],
            KeySchema=[
                {"AttributeName": "run_id", "KeyType": "HASH"},
                {"AttributeName": "stage", "KeyType": "RANGE"},
            ],
        )


def item(ledger: Any) -> dict[str, Any]:
    found: dict[str, Any] = ledger.get_item(Key={"run_id": "run-1", "stage": "cleanse"})["Item"]
    return found


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line.items() >= KEYS.items() for line in told)
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in told)
    return told


def test_a_stage_tells_its_figures_at_its_end(ledger: Any, capsys: pytest.CaptureFixture[str]):
    with reported_stage(ledger, ARGUMENTS, "cleanse") as report:
        assert item(ledger)["status"] == "RUNNING"
        report.figures["rows_in"] = 3
        report.rejects["too_long"] = 1
        report.moments["oldest_object_at"] = datetime(2026, 11, 22, 12, tzinfo=UTC)

    ended = item(ledger)
    assert (ended["status"], ended["rows_in"], ended["rejects"]) == (
        "SUCCEEDED",
        3,
        {"too_long": 1},
    )
    assert ended["oldest_object_at"] == "2026-11-22T12:00:00+00:00"
    started, last = lines(capsys)
    assert (started["level"], started["message"]) == ("INFO", "stage started")
    assert (last["message"], last["rows_in"], last["rejects"]) == (
        "stage ended",
        3,
        {"too_long": 1},
    )
    assert last["seconds"] == float(ended["seconds"])


def test_a_stage_that_fails_tells_the_kind_of_its_error_and_nothing_that_it_quotes(
    ledger: Any, capsys: pytest.CaptureFixture[str]
):
    def fail() -> None:
        with reported_stage(ledger, ARGUMENTS, "cleanse") as report:
            report.figures["rows_in"] = 3
            raise ValueError("not a number: 'Jane Doe'")

    with pytest.raises(ValueError, match="Jane"):
        fail()

    assert item(ledger)["status"] == "FAILED"
    assert "Jane" in item(ledger)["cause"]
    _, last = lines(capsys)
    assert (last["level"], last["message"], last["error"]) == (
        "ERROR",
        "stage failed",
        "ValueError",
    )
    assert last["rows_in"] == 3
    assert "Jane" not in str(last)
