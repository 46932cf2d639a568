"""The HTTP answers of the ingest function.

202  all events that can be taken were taken; `refused` names the others
400  nothing in the request can be taken
413  the request, or each of its events, is too large
415  an encoding other than gzip
429  Firehose's throughput is exceeded: send the events named in `not_taken` again, slower
503  Firehose cannot be reached: send the events named in `not_taken` again
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lambdas.ingest.delivery import Outcome

RETRY_AFTER_SECONDS = 2

# A function's answer holds at most 6 MB, and names every refused event. Beyond this many bytes of
# reasons, the others are given by their code only.
MAX_REASON_BYTES = 2_000_000


@dataclass(frozen=True)
class Refused:
    """An event that is not taken, whatever happens.

    Attributes
    ----------
    index : its position in the request.
    reason : what is wrong with it: a code, and after a colon words for a person.
    too_large : it is too large, rather than no JSON object.
    """

    index: int
    reason: str
    too_large: bool = False


def request_refused(status: int, reason: str, request_id: str) -> dict[str, Any]:
    """Return the answer to a request that was not looked into."""
    return _answer(status, {"accepted": 0, "error": reason, "request_id": request_id})


def events_answered(outcome: Outcome, refused: list[Refused], request_id: str) -> dict[str, Any]:
    """Return the answer to a request whose events were looked at one by one."""
    body: dict[str, Any] = {
        "accepted": outcome.accepted,
        "refused": _listed(refused),
        "request_id": request_id,
    }
    if outcome.not_taken:
        body["not_taken"] = outcome.not_taken
        body["error"] = "not all events were taken: send those named in not_taken again"
        status = 429 if outcome.throttled else 503
        return _answer(status, body, {"retry-after": str(RETRY_AFTER_SECONDS)})
    if outcome.accepted == 0:
        body["error"] = f"no event can be taken: {refused[0].reason}"
        return _answer(413 if all(each.too_large for each in refused) else 400, body)
    return _answer(202, body)


def _listed(refused: list[Refused]) -> list[dict[str, Any]]:
    listed = []
    size = 0
    for each in refused:
        size += len(json.dumps(json.dumps(each.reason)))  # it is escaped in the function's answer
        reason = each.reason if size <= MAX_REASON_BYTES else each.reason.partition(":")[0]
        listed.append({"index": each.index, "reason": reason})
    return listed


def _answer(
    status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(body, separators=(",", ":")),
    }
