"""Positions are kept as they are, and a warehouse without a load has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from loader.positions import (
    note_warehouse_position,
    read_lookups_position,
    read_warehouse_position,
    write_lookups_position,
)

SNAPSHOT = 9223372036854775807  # the greatest that Iceberg's long can be


@pytest.fixture
def dynamodb(create_lookups_table: Callable[[Any, str], str]) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        create_lookups_table(client, "lookups")
        client.create_table(
            TableName="state",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        )
        yield client


def test_the_position_of_the_lookups_is_none_until_it_is_written(dynamodb: Any):
    assert read_lookups_position(dynamodb, "lookups") is None
    write_lookups_position(dynamodb, "lookups", SNAPSHOT)
    assert read_lookups_position(dynamodb, "lookups") == SNAPSHOT


def test_a_warehouse_that_was_prepared_but_never_loaded_has_no_position(dynamodb: Any):
    assert read_warehouse_position(dynamodb, "state") is None
    note_warehouse_position(dynamodb, "state", 0)
    assert read_warehouse_position(dynamodb, "state") is None
    note_warehouse_position(dynamodb, "state", SNAPSHOT)
    assert read_warehouse_position(dynamodb, "state") == SNAPSHOT
