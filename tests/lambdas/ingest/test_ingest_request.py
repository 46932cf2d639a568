"""What of an HTTP request reaches the contract, and what is refused before."""

from __future__ import annotations

import base64
import gzip
import tracemalloc
from typing import Any

import pytest

from lambdas.ingest.request import (
    MAX_BODY_BYTES,
    MAX_EVENTS,
    inflate,
    read_body,
    request_id,
)
from lambdas.refused_request import RefusedRequest


def http_event(body: bytes | str | None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        encoded = base64.b64encode(body).decode()
        return {"headers": named, "body": encoded, "isBase64Encoded": True}
    return {"headers": named, "body": body, "isBase64Encoded": False}


def refusal_of(event: dict[str, Any]) -> RefusedRequest:
    with pytest.raises(RefusedRequest) as caught:
        read_body(event)
    return caught.value


def test_text_and_base64_bodies_come_out_as_the_same_bytes():
    text = '{"Description":"café ☕ £"}'
    assert read_body(http_event(text)) == text.encode()
    assert read_body(http_event(text.encode())) == text.encode()


def test_a_gzip_body_of_several_members_is_inflated_whole():
    body = gzip.compress(b'{"a":1}\n') + gzip.compress(b'{"b":2}\n')
    assert read_body(http_event(body, content_encoding="GZIP")) == b'{"a":1}\n{"b":2}\n'


@pytest.mark.timeout(30)  # it took minutes where the rest was copied for every member
def test_a_body_of_hundreds_of_thousands_of_gzip_members_takes_no_longer_than_another():
    body = gzip.compress(b"") * 400_000 + gzip.compress(b'{"a":1}')
    assert inflate(body) == b'{"a":1}'


@pytest.mark.parametrize("body", [None, "", "  \n\t "])
def test_an_empty_body_is_refused_with_what_to_send(body: str | None):
    refusal = refusal_of(http_event(body))
    assert refusal.status == 400
    assert "JSON object" in str(refusal)


def test_a_cut_off_gzip_body_is_refused():
    body = gzip.compress(b'{"a":1}' * 1000)[:-12]
    refusal = refusal_of(http_event(body, content_encoding="gzip"))
    assert (refusal.status, "cut off" in str(refusal)) == (400, True)


def test_gzip_that_was_spoilt_as_text_is_refused_with_the_content_type_to_use():
    spoilt = gzip.compress(b'{"a":1}').decode("utf-8", "replace")
    refusal = refusal_of(http_event(spoilt, content_encoding="gzip"))
    assert refusal.status == 400
    assert "application/x-ndjson" in str(refusal)


def test_a_body_that_is_not_base64_though_marked_so_is_refused():
    event = {"headers": {}, "body": "{not base64}", "isBase64Encoded": True}
    assert refusal_of(event).status == 400


def test_other_encodings_are_refused_by_name():
    refusal = refusal_of(http_event(b"x", content_encoding="br"))
    assert (refusal.status, "gzip" in str(refusal)) == (415, True)


def test_a_gzip_bomb_is_refused_without_being_inflated():
    bomb = gzip.compress(bytes(400 * 1024 * 1024), compresslevel=1)
    tracemalloc.start()
    with pytest.raises(RefusedRequest) as caught:
        inflate(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.status == 413
    assert peak < 6 * MAX_BODY_BYTES


def test_a_bomb_of_many_small_members_is_refused_at_the_same_size():
    member = gzip.compress(bytes(1024 * 1024))
    with pytest.raises(RefusedRequest) as caught:
        inflate(member * 11)
    assert caught.value.status == 413


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not():
    assert len(read_body(http_event(b"x" * MAX_BODY_BYTES))) == MAX_BODY_BYTES
    assert refusal_of(http_event(b"x" * (MAX_BODY_BYTES + 1))).status == 413


def test_more_lines_than_events_allowed_are_refused():
    assert refusal_of(http_event(b"{}\n" * (MAX_EVENTS + 1))).status == 413


def test_a_body_of_countless_values_is_refused_before_it_is_parsed():
    assert refusal_of(http_event(b"[" + b"1," * 2_000_000 + b"1]")).status == 413


@pytest.mark.parametrize(
    ("header", "expected"),
    [("send-1.batch_2", "send-1.batch_2"), ("", "api-id"), ("a b", "api-id"), ("x" * 65, "api-id")],
)
def test_a_plain_client_id_names_the_request_and_any_other_does_not(header: str, expected: str):
    event = {"headers": {"X-Request-Id": header}, "requestContext": {"requestId": "api-id"}}
    assert request_id(event, "fallback") == expected


def test_an_event_without_context_is_named_by_the_invocation():
    assert request_id({}, "invocation-1") == "invocation-1"
