"""The ingest function as the HTTP API calls it, with moto's Firehose and S3 behind it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from lambdas.ingest import handler
from lambdas.ingest.delivery import MAX_RECORD_BYTES
from lambdas.ingest.request import MAX_EVENTS
from tests.lambdas.invocation import Invocation, invoke

EVENTS = Path(__file__).parents[2] / "events"
BUCKET = "lake"
STREAM = "transactions"

pytestmark = pytest.mark.usefixtures("landing")


@pytest.fixture
def landing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return moto's S3 behind a Firehose stream that the function is configured for."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("DELIVERY_STREAM", STREAM)
    monkeypatch.setenv("METRICS_NAMESPACE", "etl-dev")
    handler._firehose.cache_clear()
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        boto3.client("firehose").create_delivery_stream(
            DeliveryStreamName=STREAM,
            ExtendedS3DestinationConfiguration={
                "BucketARN": f"arn:aws:s3:::{BUCKET}",
                "RoleARN": "arn:aws:iam::123456789012:role/delivery",
            },
        )
        yield s3
    handler._firehose.cache_clear()


def event_of(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def posted(body: bytes, **headers: str) -> dict[str, Any]:
    event = event_of("ingest_one_event")
    event["headers"].update(headers)
    return event | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def answered(event: dict[str, Any], milliseconds: int = 29_000) -> tuple[int, dict[str, Any]]:
    answer = handler.handle(event, Invocation(milliseconds))
    assert answer["headers"]["content-type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def landed(s3: Any) -> list[dict[str, Any]]:
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    bodies = [s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in found]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def test_one_event_lands_with_its_literals_and_the_trace_back(landing: Any):
    status, body = answered(event_of("ingest_one_event"))
    assert (status, body) == (
        202,
        {"accepted": 1, "refused": [], "request_id": "JKJaXmPLvHcESHA="},
    )
    (line,) = landed(landing)
    assert line["UnitPrice"] == "2.55"
    assert line["CustomerID"] == "17850.0"
    assert (line["request_id"], line["request_position"]) == ("JKJaXmPLvHcESHA=", 0)
    assert line["received_at"].endswith("Z")


def test_a_broken_element_is_refused_alone_and_the_others_land_at_their_places(landing: Any):
    status, body = answered(event_of("ingest_array_with_a_broken_element"))
    assert (status, body["accepted"], body["request_id"]) == (202, 2, "batch-7")
    (refused,) = body["refused"]
    assert refused["index"] == 1
    assert refused["reason"].startswith("not_an_object: ")
    lines = landed(landing)
    assert [line["request_position"] for line in lines] == [0, 2]
    assert json.loads(lines[1]["extra"]) == {"loyalty": {"tier": "gold"}}


def test_gzipped_lines_land(landing: Any):
    assert answered(event_of("ingest_gzipped_lines"))[1]["accepted"] == 2
    assert [line["StockCode"] for line in landed(landing)] == ["85123A", "71053"]


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b"3", b'["a", 1]', b"\xff\xfe", b"[" * 9999])
def test_a_request_without_any_object_is_refused_and_says_why(landing: Any, body: bytes):
    status, answer = answered(posted(body))
    assert (status, answer["accepted"]) == (400, 0)
    assert answer["error"]
    assert landed(landing) == []


def test_an_empty_request_is_refused():
    assert answered(event_of("ingest_empty_body"))[0] == 400


def test_an_event_over_a_record_is_refused_alone():
    big = json.dumps({"Description": "x" * MAX_RECORD_BYTES}).encode()
    status, body = answered(posted(big + b'\n{"InvoiceNo":"1"}'))
    assert (status, body["accepted"], body["refused"][0]["index"]) == (202, 1, 0)
    assert "too large" in body["refused"][0]["reason"]
    assert answered(posted(big))[0] == 413


def test_too_many_events_are_refused_as_a_whole():
    status, body = answered(posted(b"[" + b"1," * MAX_EVENTS + b"1]"))
    assert (status, str(MAX_EVENTS) in body["error"]) == (413, True)


@pytest.mark.parametrize(
    "event", [b"1", b'{"%s": NaN}' % ("\N{WRAPPED PRESENT}" * 40).encode()], ids=["number", "name"]
)
def test_the_largest_answer_names_every_event_and_is_one_that_lambda_returns(event: bytes):
    body = gzip.compress(b"\n".join([event] * MAX_EVENTS))
    answer = handler.handle(posted(body, **{"content-encoding": "gzip"}), Invocation())
    assert answer["statusCode"] == 400
    assert len(json.dumps(answer)) < 6_000_000
    refused = json.loads(answer["body"])["refused"]
    assert [each["index"] for each in refused] == list(range(MAX_EVENTS))
    code = refused[0]["reason"].partition(":")[0]
    assert all(each["reason"].startswith(code) for each in refused)


def test_a_refusal_repeats_a_giant_name_shortened():
    body = gzip.compress(b'{"%s": NaN}\n{"a":1}' % (b"k" * 8_000_000))
    status, answer = answered(posted(body, **{"content-encoding": "gzip"}))
    assert (status, answer["accepted"], answer["refused"][0]["index"]) == (202, 1, 0)
    assert len(answer["refused"][0]["reason"]) < 250


def test_when_the_stream_is_missing_every_event_is_named_as_not_taken(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("DELIVERY_STREAM", "no-such-stream")
    status, body = answered(posted(b'{"a":1}\nbroken\n{"b":2}'))
    assert (status, body["accepted"], body["not_taken"]) == (503, 0, [0, 2])
    assert [refused["index"] for refused in body["refused"]] == [1]


def test_throttling_answers_429_with_a_time_to_wait(monkeypatch: pytest.MonkeyPatch):
    def throttled(**request: Any) -> dict[str, Any]:
        failure = {"ErrorCode": "ServiceUnavailableException"}
        return {"FailedPutCount": 1, "RequestResponses": [failure] * len(request["Records"])}

    monkeypatch.setattr(handler._firehose(), "put_record_batch", throttled)
    answer = handler.handle(posted(b'{"a":1}'), Invocation(milliseconds=10_500))
    assert answer["statusCode"] == 429
    assert int(answer["headers"]["retry-after"]) > 0
    assert json.loads(answer["body"])["not_taken"] == [0]


def test_a_request_is_logged_and_counted_with_its_ids(monkeypatch: pytest.MonkeyPatch):
    done = invoke(monkeypatch, handler, event_of("ingest_array_with_a_broken_element"))
    line, counted = done.lines
    assert (line["accepted"], line["refused"], line["api_request_id"]) == (2, 1, "batch-7")
    assert (line["request_id"], line["service"]) == ("invocation-1", "ingest")
    assert counted["request_id"] == "invocation-1"
    assert done.metrics == {"EventsAccepted": 2, "EventsRefused": 1, "EventsNotTaken": 0}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary() | JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    encoding=st.sampled_from(["gzip", "identity", "zstd", ""]),
    as_text=st.booleans(),
)
def test_no_bytes_make_the_function_fail(body: bytes, encoding: str, as_text: bool):
    event = posted(body, **{"content-encoding": encoding})
    if as_text:
        event |= {"body": body.decode("utf-8", "surrogateescape"), "isBase64Encoded": False}
    status, answer = answered(event)
    assert status in {202, 400, 413, 415}
    assert (answer["accepted"] > 0) == (status == 202)
