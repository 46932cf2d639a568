"""Cursors: where the next page begins, as text that a client hands back unread.

A cursor is bound to the question that it continues, and a wrong one is found out. It is no secret
and grants nothing: who may read is asked again on every page, and a place is always one within
what the path names. Who knows how it is made can make one up, so a place is checked before use.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from lambdas.refused_request import RefusedRequest

_DIGEST_BYTES = 8


def to_cursor(place: Sequence[str | int], question: tuple[object, ...]) -> str:
    """Return the cursor of a place in the answer to a question."""
    text = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_digest(text, question) + text).decode().rstrip("=")


def from_cursor(
    cursor: str,
    question: tuple[object, ...],
    kinds: tuple[type, ...],
    can_be: Callable[..., bool],
) -> list[Any]:
    """Return the place that a cursor names: values of these kinds that can be a place.

    Raises
    ------
    RefusedRequest : 400, it is no cursor of this question.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True)
        digest, text = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        place = json.loads(text) if digest == _digest(text, question) else None
    except ValueError:  # no base64, no UTF-8 or no JSON
        place = None
    if (
        not isinstance(place, list)
        or [type(each) for each in place] != list(kinds)
        or not can_be(*place)
    ):
        raise RefusedRequest(400, "cursor is not one that this query has given: start without it")
    return place


def _digest(text: bytes, question: tuple[object, ...]) -> bytes:
    asked = json.dumps(question).encode()
    return hashlib.sha256(asked + b"\0" + text).digest()[:_DIGEST_BYTES]
