"""Entry of the pending-work function: `{}`, or `{"force": true}` to call everything pending.

`{"only": "publish"}` asks for that stage alone: after partition, when the others are done. A
`run_id` names the execution that asks.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3

from lambdas.errors import InvalidEvent
from lambdas.logs import Context, is_run_id, logged, new_logger
from lambdas.pending_work.lake_tables import (
    LakeCatalog,
    is_partition_pending,
    is_publish_pending,
)
from lambdas.pending_work.raw_objects import (
    count_pending,
    is_replay_unfinished,
    read_position,
)
from loader.positions import read_lookups_position, read_warehouse_position

_LOGGER = new_logger("pending_work")


@cache
def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


@logged(_LOGGER)
def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001
    """Tell which stages have input that they have not consumed.

    Publish stands for both stores: it is pending when one of them is behind the lake.

    Returns
    -------
    `{"pending": bool, "cleanse": {"pending", "objects", "bytes"}, "partition": {"pending"},
    "publish": {"pending"}}`; `objects` and `bytes` count what waits also when the event forces the
    run. A replay that died is work for cleanse, too. Asked for one stage only:
    `{"pending": bool, "publish": {"pending"}}`.

    Raises
    ------
    UnreadableTable : a lake table's metadata cannot be read.
    InvalidEvent : another stage alone is asked for.
    """
    if is_run_id(event.get("run_id")):
        _LOGGER.append_keys(run_id=event["run_id"])
    forced, only = event.get("force") is True, event.get("only")
    if only not in (None, "publish"):
        raise InvalidEvent("only publish can be asked for alone")
    catalog = LakeCatalog(_client("glue"), _client("s3"), os.environ["DATABASE"])
    publish = forced or _is_publish_pending(catalog)
    if only == "publish":
        _LOGGER.info("pending work", forced=forced, publish=publish)
        return {"pending": publish, "publish": {"pending": publish}}
    state = _client("dynamodb"), os.environ["STATE_TABLE"]
    position, replay = read_position(*state), is_replay_unfinished(*state)
    raw = count_pending(_client("s3"), os.environ["LAKE_BUCKET"], position)
    cleanse = forced or replay or raw.objects > 0
    partition = forced or is_partition_pending(catalog)
    _LOGGER.info(
        "pending work",
        forced=forced,
        raw_objects=raw.objects,
        raw_bytes=raw.bytes,
        replay=replay,
        partition=partition,
        publish=publish,
    )
    return {
        "pending": cleanse or partition or publish,
        "cleanse": {"pending": cleanse, "objects": raw.objects, "bytes": raw.bytes},
        "partition": {"pending": partition},
        "publish": {"pending": publish},
    }


def _is_publish_pending(catalog: LakeCatalog) -> bool:
    dynamodb = _client("dynamodb")
    return is_publish_pending(
        catalog,
        [
            read_lookups_position(dynamodb, os.environ["LOOKUPS_TABLE"]),
            read_warehouse_position(dynamodb, os.environ["STATE_TABLE"]),
        ],
    )
