"""Entry of the pending-work function: `{}`, or `{"force": true}` to call everything pending."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3

from lambdas.logs import json_logger, log
from lambdas.pending_work.lake_tables import LakeCatalog, is_partition_pending
from lambdas.pending_work.raw_objects import count_pending, read_position

_LOGGER = json_logger("pending_work")


@cache
def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Tell which stages have input that they have not consumed.

    Returns
    -------
    `{"pending": bool, "cleanse": {"pending", "objects", "bytes"}, "partition": {"pending"}}`;
    `objects` and `bytes` count what waits also when the event forces the run.

    Raises
    ------
    UnreadableTable : a lake table's metadata cannot be read.
    """
    forced = event.get("force") is True
    position = read_position(_client("dynamodb"), os.environ["STATE_TABLE"])
    raw = count_pending(_client("s3"), os.environ["LAKE_BUCKET"], position)
    catalog = LakeCatalog(_client("glue"), _client("s3"), os.environ["DATABASE"])
    cleanse = forced or raw.objects > 0
    partition = forced or is_partition_pending(catalog)
    log(
        _LOGGER,
        "pending work",
        forced=forced,
        raw_objects=raw.objects,
        raw_bytes=raw.bytes,
        partition=partition,
    )
    return {
        "pending": cleanse or partition,
        "cleanse": {"pending": cleanse, "objects": raw.objects, "bytes": raw.bytes},
        "partition": {"pending": partition},
    }
