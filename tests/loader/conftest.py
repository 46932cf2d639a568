"""A lookups table in memory, and writers to it whose time does not pass by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from loader.patience import Patience

TABLE = "lookups"


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def patience(self, seconds: float = 60.0) -> Patience:
        """Return patience by this clock, with the longest pauses."""
        return Patience(seconds, clock=self, sleep=self.sleep, jitter=lambda: 1.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dynamodb(
    monkeypatch: pytest.MonkeyPatch, create_lookups_table: Callable[[Any, str], str]
) -> Iterator[Any]:
    """Return a client of moto's DynamoDB with an empty table TABLE."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("dynamodb")
        create_lookups_table(client, TABLE)
        yield client


@pytest.fixture
def stored(dynamodb: Any) -> Callable[[], dict[tuple[str, str], Any]]:
    """Return a function that reads all items of the table by their keys."""

    def read() -> dict[tuple[str, str], Any]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}

    return read
