"""Counts the raw objects that cleanse has not consumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.raw_zone import (
    POSITION_ITEM,
    RAW_PREFIX,
    Position,
    listed_objects,
    stored_position,
)
from contracts.replay import REPLAY_ITEM

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class PendingObjects:
    """How many raw objects wait, and their size in bytes."""

    objects: int
    bytes: int


def read_position(dynamodb: DynamoDBClient, table: str) -> Position | None:
    """Return how far cleanse has read; None when it has not read anything."""
    item = dynamodb.get_item(
        TableName=table, Key={"item": {"S": POSITION_ITEM}}, ConsistentRead=True
    ).get("Item")
    if not item:
        return None
    names = item["names_in_band"]["L"]
    return stored_position(item["high_water_mark"]["S"], (name["S"] for name in names))


def is_replay_unfinished(dynamodb: DynamoDBClient, table: str) -> bool:
    """Return whether a replay has begun that cleanse has yet to complete, or to forget."""
    key = {"item": {"S": REPLAY_ITEM}}
    return "Item" in dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)


def count_pending(s3: S3Client, bucket: str, position: Position | None) -> PendingObjects:
    """List raw/ (one request a thousand objects) and count what `position` does not cover.

    All of raw/ is listed, since Firehose may deliver an object a day late, under the hour that
    it belongs to, and people may drop files anywhere below raw/.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=RAW_PREFIX)
    objects = size = 0
    for page in pages:
        for raw in listed_objects(page.get("Contents", [])):
            if position is None or not position.covers(raw):
                objects += 1
                size += raw.size
    return PendingObjects(objects, size)
