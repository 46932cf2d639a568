"""Entry of the ingest function: `POST /transactions` of the HTTP API, payload format 2.0."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

import boto3
from botocore.config import Config

from lambdas.ingest.answers import request_refused
from lambdas.ingest.delivery import RetryBudget
from lambdas.ingest.landing import land_request
from lambdas.ingest.request import Request, read_body, request_id
from lambdas.logs import Context as AnyContext
from lambdas.logs import logged, new_logger
from lambdas.metrics import Figure, emit
from lambdas.refused_request import RefusedRequest

_LOGGER = new_logger("ingest")

# A call that is under way when the budget ends, and the answer, need this much of the timeout.
_CALL_SECONDS = 8
_RESERVED_SECONDS = _CALL_SECONDS + 2
_LONGEST_TRYING_SECONDS = 15.0


class Context(AnyContext, Protocol):
    """What Lambda tells about the invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function is stopped."""


@cache
def _firehose() -> Any:
    # Retries are ours: they send only the records that failed, and end before the timeout.
    config = Config(
        connect_timeout=2, read_timeout=_CALL_SECONDS, retries={"total_max_attempts": 1}
    )
    return boto3.client("firehose", config=config)


@logged(_LOGGER)
def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Land the request's events and answer what became of them.

    Returns
    -------
    An HTTP answer; its statuses and body are described in `lambdas.ingest.answers`.
    """
    name = request_id(event, fallback=context.aws_request_id)
    try:
        body = read_body(event)
        outcome, refused, answer = land_request(
            Request(body, name, datetime.now(UTC)),
            _firehose(),
            os.environ["DELIVERY_STREAM"],
            RetryBudget(_seconds_to_try(context)),
        )
    except RefusedRequest as refusal:
        _LOGGER.info("request refused", api_request_id=name, status=refusal.status)
        return request_refused(refusal.status, str(refusal), name)
    write = _LOGGER.warning if outcome.not_taken else _LOGGER.info
    write(
        "request answered",
        api_request_id=name,
        status=answer["statusCode"],
        bytes=len(body),
        accepted=outcome.accepted,
        refused=len(refused),
        not_taken=len(outcome.not_taken),
        firehose_calls=outcome.calls,
        firehose_error=outcome.error,
    )
    emit(
        os.environ["METRICS_NAMESPACE"],
        {
            "EventsAccepted": Figure(outcome.accepted),
            "EventsRefused": Figure(len(refused)),
            "EventsNotTaken": Figure(len(outcome.not_taken)),
        },
        request_id=context.aws_request_id,
    )
    return answer


def _seconds_to_try(context: Context) -> float:
    remaining = context.get_remaining_time_in_millis() / 1000 - _RESERVED_SECONDS
    return max(0.0, min(_LONGEST_TRYING_SECONDS, remaining))
