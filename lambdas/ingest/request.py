"""Turns an HTTP API event (payload format 2.0) into the bytes that the client meant."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.refused_request import RefusedRequest

MAX_BODY_BYTES = 10 * 1024 * 1024  # the HTTP API's own limit, and ours after inflating
MAX_EVENTS = 50_000  # keeps the work and the answer (Lambda: 6 MB) within bounds
# Ten megabytes of `1,1,1,…` parse into two gigabytes of objects, so values are counted before.
MAX_VALUES = 1_000_000

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# zlib copies what follows a member: of slices that is little, however many members a body has.
_SLICE_BYTES = 16 * 1024

# The HTTP API hands over application/json and text/* as text, which spoils binary content.
_NOT_GZIP = "the body is not valid gzip: send gzip with content-type application/x-ndjson"


@dataclass(frozen=True)
class Request:
    """What a client sent.

    Attributes
    ----------
    body : the inflated body.
    request_id : the client's x-request-id if it is a plain name, else the API's id.
    received_at : when it came, with a time zone.
    """

    body: bytes
    request_id: str
    received_at: datetime


def request_id(event: dict[str, Any], fallback: str) -> str:
    """Return the id under which the request's events land."""
    given = _headers(event).get("x-request-id", "")
    if _REQUEST_ID.fullmatch(given):
        return given
    context = event.get("requestContext")
    assigned = context.get("requestId") if isinstance(context, dict) else None
    return assigned if isinstance(assigned, str) and assigned else fallback


def read_body(event: dict[str, Any]) -> bytes:
    """Return the request's body, decoded from base64 and inflated.

    Raises
    ------
    RefusedRequest : 400 empty or not what its headers say, 413 too large, 415 an encoding
        other than gzip.
    """
    body = _decoded(event)
    encoding = _headers(event).get("content-encoding", "identity").strip().lower()
    if encoding == "gzip":
        body = inflate(body)
    elif encoding not in {"", "identity"}:
        raise RefusedRequest(415, "content-encoding must be gzip or absent")
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    if not body.strip():
        raise RefusedRequest(400, "the body is empty: send a JSON object, an array or NDJSON")
    if body.count(b"\n") > MAX_EVENTS or body.count(b",") > MAX_VALUES:
        raise too_many_events()
    return body


def inflate(body: bytes) -> bytes:
    """Return the content of a gzip stream of one or more members (RFC 1952).

    Raises
    ------
    RefusedRequest : 400 not gzip or cut off, 413 more than MAX_BODY_BYTES come out.
    """
    inflated = bytearray()
    member = None
    for start in range(0, len(body), _SLICE_BYTES):
        rest = body[start : start + _SLICE_BYTES]
        while rest:
            member = member or zlib.decompressobj(_GZIP_WINDOW)
            try:
                # One byte over the limit is enough to know, however much more there is.
                inflated += member.decompress(rest, MAX_BODY_BYTES + 1 - len(inflated))
            except zlib.error as error:
                raise RefusedRequest(400, _NOT_GZIP) from error
            if len(inflated) > MAX_BODY_BYTES:
                raise _too_large()
            rest = member.unused_data
            if member.eof:
                member = None
    if member is not None:
        raise RefusedRequest(400, "the gzip body is cut off")
    return bytes(inflated)


def too_many_events() -> RefusedRequest:
    """Return the refusal of a request with more than MAX_EVENTS events."""
    return RefusedRequest(413, f"too many events: send at most {MAX_EVENTS} in one request")


def _too_large() -> RefusedRequest:
    return RefusedRequest(413, f"the body is over {MAX_BODY_BYTES} bytes: send smaller batches")


def _headers(event: dict[str, Any]) -> dict[str, str]:
    headers = event.get("headers")
    if not isinstance(headers, dict):
        return {}
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _decoded(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        # A lone surrogate has no UTF-8 form; what comes out is refused where JSON is parsed.
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedRequest(400, "the body is not valid base64") from error
