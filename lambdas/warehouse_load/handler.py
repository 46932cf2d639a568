"""Entry of the warehouse-load function: `{"phase", "run_id", "ended": null or how it ended}`."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

import boto3

from lambdas.errors import InvalidEvent, LoadFailed
from lambdas.logs import Context, is_run_id, logged, new_logger
from lambdas.warehouse_load.ledger import LoadLedger
from lambdas.warehouse_load.plan import STEPS, Ended, plan_load, plan_prepare
from lambdas.warehouse_load.plan_views import STEPS as VIEW_STEPS
from lambdas.warehouse_load.plan_views import plan_views
from loader.positions import note_warehouse_position
from loader.warehouse import Batch, batch_key

_LOGGER = new_logger("warehouse_load")


@cache
def _client(service: str) -> Any:
    return boto3.client(service)  # type: ignore[call-overload]


@logged(_LOGGER)
def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001
    """Plan the next transaction of a phase.

    Returns
    -------
    `{"done": true, "position": snapshot id as text}` (without a position when a run has staged
    nothing; of a load with `"views_error"`, empty when the views show it), or `{"done": false,
    "step", "statements", "client_token", "limit_seconds"}`, with a position once the load is in.

    Raises
    ------
    LoadFailed : a transaction was not committed; the warehouse and its position are untouched.
    InvalidEvent : the event is not of the form above.
    """
    phase, run_id = event.get("phase"), str(event.get("run_id") or "")
    if phase not in ("prepare", "load") or not is_run_id(run_id):
        raise InvalidEvent("the event must be {phase: prepare or load, run_id: …, ended: …}")
    _LOGGER.append_keys(run_id=run_id)
    ended = _read_ended(event)
    planned = plan_prepare(run_id, ended) if phase == "prepare" else _plan_load(run_id, ended)
    if "position" in planned:
        # The pending test would otherwise have to wake Redshift to ask for it.
        position = int(planned["position"])
        note_warehouse_position(_client("dynamodb"), os.environ["STATE_TABLE"], position)
    _LOGGER.info("planned", phase=phase, step=planned.get("step", "done"))
    return planned


def _read_ended(event: dict[str, Any]) -> Ended | None:
    ended = Ended(**event["ended"]) if event.get("ended") else None
    if ended and ended.step not in (*STEPS, *VIEW_STEPS):
        raise InvalidEvent("the step that has ended is none of ours")
    return ended


def _plan_load(run_id: str, ended: Ended | None) -> dict[str, Any]:
    """Plan the load of what the run has staged, then its views, and keep its ledger item."""
    batch = _read_batch(run_id)
    if batch is None:
        return {"done": True}
    ledger = LoadLedger(_client("dynamodb"), os.environ["LEDGER_TABLE"], run_id)
    if ended is not None and ended.step in VIEW_STEPS:
        return _plan_views(run_id, ended, batch, ledger)
    if ended is None:
        ledger.started()
    try:
        planned = plan_load(run_id, ended, batch, os.environ["COPY_ROLE"])
    except LoadFailed as failed:
        ledger.failed(str(failed))
        raise
    if ended is None or not planned["done"]:
        return planned
    ledger.loaded(batch.rows)
    return {**_plan_views(run_id, ended, batch, ledger), "position": planned["position"]}


def _plan_views(run_id: str, ended: Ended, batch: Batch, ledger: LoadLedger) -> dict[str, Any]:
    """Plan what makes the views follow a load that is in; they never make it a failure."""
    planned = plan_views(run_id, ended, batch.end)
    if planned["done"]:
        ledger.views_followed(planned["views_error"])
    return planned


def _read_batch(run_id: str) -> Batch | None:
    """Return the batch that the run's publish has staged; None if it has staged none."""
    s3, bucket, key = _client("s3"), os.environ["LAKE_BUCKET"], batch_key(run_id, "batch.json")
    # Listed, not fetched: who may list below a prefix only gets 403 for a missing object.
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]:
        return None
    return Batch(**json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
