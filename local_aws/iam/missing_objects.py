"""S3 tells that an object is missing only to those who may list its bucket.

Source: "GetObject" and "HeadObject" in the Amazon S3 API reference: without s3:ListBucket, a
request for an object that does not exist is refused with 403. A policy that allows listing below a
prefix only is asked about the key itself, as if it were the prefix to list; the reference does not
say so, but who has tried it on AWS does (kopia/kopia#3072, ceph/ceph#68577).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import new_uuid
from ministack.core.router import extract_access_key_id, extract_region

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Answer]]


def hiding_missing_objects(serve: Handler) -> Handler:
    """Return S3's handler with this rule."""

    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Answer:
        answer = await serve(method, path, headers, body, query)
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if answer[0] != 404 or method not in ("GET", "HEAD") or not key:
            return answer
        return _refusal(bucket, key, headers, query) or answer

    return handle


def _refusal(
    bucket: str, key: str, headers: Mapping[str, str], query: Mapping[str, Any]
) -> Answer | None:
    """Return the refusal if the caller may not list; listing counts as asking for this key."""
    caller = extract_access_key_id(headers, query)
    place = (extract_region(headers, query), f"arn:aws:s3:::{bucket}")
    denied = iam_evaluator.enforce(
        caller, "s3:ListBucket", "s3", *place, service_context={"s3:prefix": key}
    )
    if not isinstance(denied, iam_evaluator.EvalResult):
        return None
    refusal: Answer = iam_actions.access_denied_response(
        "s3", "s3:ListBucket", denied.principal_arn, new_uuid(), headers=headers
    )
    return refusal
