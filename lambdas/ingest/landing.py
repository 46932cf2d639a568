"""Lands the events of one request: parse, pack, deliver, count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.landing import Refusal, land, parse_events
from contracts.rejections import shown
from lambdas.ingest.answers import Refused, events_answered
from lambdas.ingest.delivery import MAX_RECORD_BYTES, Outcome, RetryBudget, deliver, pack
from lambdas.ingest.request import MAX_EVENTS, Request, too_many_events
from lambdas.refused_request import RefusedRequest

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient


def land_request(
    request: Request, firehose: FirehoseClient, stream: str, budget: RetryBudget
) -> tuple[Outcome, list[Refused], dict[str, Any]]:
    """Land what can be landed.

    Returns
    -------
    What became of the delivery, the refused events, and the HTTP answer.

    Raises
    ------
    RefusedRequest : 400 no event at all, 413 too many events.
    """
    events = parse_events(request.body)
    if not events:
        raise RefusedRequest(400, "the request holds no event")
    if len(events) > MAX_EVENTS:
        raise too_many_events()
    refused: list[Refused] = []
    lines: list[tuple[int, bytes]] = []
    for event in events:
        if isinstance(event, Refusal):
            refused.append(Refused(event.index, _reason(event)))
            continue
        line = land(event, request.received_at, request.request_id, event.index)
        if len(line) > MAX_RECORD_BYTES:
            reason = f"too large: a record lands as at most {MAX_RECORD_BYTES} bytes"
            refused.append(Refused(event.index, reason, too_large=True))
            continue
        lines.append((event.index, line))
    outcome = deliver(firehose, stream, pack(lines), budget)
    return outcome, refused, events_answered(outcome, refused, request.request_id)


def _reason(refusal: Refusal) -> str:
    rejection = refusal.rejection
    subject = "the record" if rejection.field is None else shown(rejection.field)
    return f"{rejection.reason}: {subject} {rejection.detail}"
