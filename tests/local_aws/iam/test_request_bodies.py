"""A body is parsed once for one request, and what is parsed is that body."""

from __future__ import annotations

import contextvars
import json

import pytest

from local_aws.iam.request_bodies import PARSING_ONCE, parsed


def body(name: str) -> bytes:
    return json.dumps({"TableName": name, "Item": "x" * 20_000}).encode()


def test_a_body_asked_for_again_is_not_parsed_again() -> None:
    first, second = body("a"), body("b")
    assert parsed(first) is parsed(first)
    assert parsed(second)["TableName"] == "b"
    assert parsed(first) == json.loads(first)


def test_nothing_is_shared_between_requests_or_of_what_is_short() -> None:
    large, small = body("a"), b"{}"
    kept = parsed(large)
    assert contextvars.Context().run(parsed, large) is not kept
    assert parsed(small) is not parsed(small)


def test_what_is_no_json_fails_as_ever() -> None:
    with pytest.raises(PARSING_ONCE.JSONDecodeError):
        PARSING_ONCE.loads(b"x" * 20_000)
