"""Splits a batch call: a part of it fails, the rest goes to the service.

The answers are those of the API references: FailedPutCount of PutRecordBatch, UnprocessedItems of
BatchWriteItem, UnprocessedKeys of BatchGetItem, the Error elements of DeleteObjects.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, unescape

from local_aws.faults.answers import Answer, error_answer
from local_aws.faults.plan import Effect

_S3_OBJECT = re.compile(rb"<Object>.*?</Object>", re.DOTALL)
_S3_KEY = re.compile(r"<Key>(.*?)</Key>", re.DOTALL)


@dataclass(frozen=True)
class Split:
    """A batch call in two parts.

    Attributes
    ----------
    rest : body of the call with what does not fail; None if all of it fails.
    answer_alone : the answer if all of it fails.
    merge : adds what failed to the body of the service's answer for the rest.
    """

    rest: bytes | None
    answer_alone: Callable[[], Answer]
    merge: Callable[[bytes], bytes]


def split(service: str, action: str, body: bytes, fraction: float) -> Split:
    """Split a call: the last `fraction` of its items fails, and at least one of them."""
    if service == "s3":
        return _split_delete(body, fraction)
    request = json.loads(body)
    if service == "firehose":
        return _split_records(request, fraction)
    return _split_items(request, fraction, writes=action == "BatchWriteItem")


def _kept(count: int, fraction: float) -> int:
    return count - max(1, math.ceil(count * fraction))


def _split_records(request: dict[str, Any], fraction: float) -> Split:
    records = request.get("Records") or []
    kept = max(0, _kept(len(records), fraction))
    failure = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
    failed = [failure] * (len(records) - kept)

    def merge(answer: bytes) -> bytes:
        content = json.loads(answer)
        content["FailedPutCount"] += len(failed)
        content["RequestResponses"] += failed
        return json.dumps(content).encode()

    def alone() -> Answer:
        empty = {"FailedPutCount": 0, "Encrypted": False, "RequestResponses": []}
        headers = {"Content-Type": "application/x-amz-json-1.1"}
        return Answer(200, headers, merge(json.dumps(empty).encode()))

    rest = json.dumps({**request, "Records": records[:kept]}).encode() if kept else None
    return Split(rest, alone, merge)


def _split_items(request: dict[str, Any], fraction: float, *, writes: bool) -> Split:
    """Split by table and item; a call of which nothing succeeds is throttled, says the API."""
    tables: dict[str, Any] = request["RequestItems"]
    items = [
        (table, item)
        for table, asked in tables.items()
        for item in (asked if writes else asked["Keys"])
    ]
    kept = _kept(len(items), fraction)

    def grouped(part: list[tuple[str, Any]]) -> dict[str, Any]:
        lists: dict[str, list[Any]] = {}
        for table, item in part:
            lists.setdefault(table, []).append(item)
        if writes:
            return dict(lists)
        return {table: {**tables[table], "Keys": keys} for table, keys in lists.items()}

    def merge(answer: bytes) -> bytes:
        content = json.loads(answer)
        content["UnprocessedItems" if writes else "UnprocessedKeys"] = grouped(items[kept:])
        return json.dumps(content).encode()

    rest = {**request, "RequestItems": grouped(items[:kept])}
    return Split(
        json.dumps(rest).encode() if kept > 0 else None,
        lambda: error_answer("dynamodb", Effect.THROTTLE),
        merge,
    )


def _split_delete(body: bytes, fraction: float) -> Split:
    objects = list(_S3_OBJECT.finditer(body))
    kept = max(0, _kept(len(objects), fraction))
    failed = objects[kept:]
    keys = [unescape(_key_of(found.group())) for found in failed]
    errors = "".join(
        f"<Error><Key>{escape(key)}</Key><Code>InternalError</Code>"
        "<Message>We encountered an internal error. Please try again.</Message></Error>"
        for key in keys
    ).encode()

    def merge(answer: bytes) -> bytes:
        if answer.rstrip().endswith(b"/>"):  # nothing was deleted that should be told of
            start = answer.rstrip()[:-2].rstrip()
            return start + b">" + errors + b"</DeleteResult>"
        return answer.replace(b"</DeleteResult>", errors + b"</DeleteResult>")

    def alone() -> Answer:
        start = b'<?xml version="1.0" encoding="UTF-8"?>\n'
        empty = start + b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
        return Answer(200, {"Content-Type": "application/xml"}, merge(empty))

    if not kept:
        return Split(None, alone, merge)
    rest = body[: failed[0].start()] + body[failed[-1].end() :] if failed else body
    return Split(rest, alone, merge)


def _key_of(element: bytes) -> str:
    found = _S3_KEY.search(element.decode())
    return found[1] if found else ""
