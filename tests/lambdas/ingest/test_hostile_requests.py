"""Whatever is posted, every event is accounted for, and what was taken is what Firehose got."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.fields import INPUT_NAMES
from lambdas.ingest import delivery, handler
from lambdas.ingest.delivery import MAX_CALL_RECORDS, MAX_RECORD_BYTES
from lambdas.ingest.request import MAX_BODY_BYTES
from tests.lambdas.invocation import Invocation

LARGEST_ANSWER = 6_000_000
STATUSES = {202, 400, 413, 415, 429, 503}

# What one call to Firehose does: "taken", "lost answer" (taken, but nobody hears of it), a code
# for every second record, or a code for the whole call.
FATES = ("taken", "lost answer", "half ServiceUnavailableException", "half InternalFailure",
         "all ThrottlingException", "all InvalidArgumentException")  # fmt: skip


@dataclass
class Firehose:
    """Firehose at the seam of its client: takes records, fails as it is told."""

    fates: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[Any]) -> Any:  # noqa: N803
        assert DeliveryStreamName == "transactions"
        assert 0 < len(Records) <= MAX_CALL_RECORDS
        assert all(0 < len(each["Data"]) <= MAX_RECORD_BYTES for each in Records)
        fate, _, code = (self.fates.pop(0) if self.fates else "taken").partition(" ")
        if fate == "all":
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutRecordBatch")
        answers: list[dict[str, str]] = []
        for place, record in enumerate(Records):
            if fate == "half" and place % 2 == 0:
                answers.append({"ErrorCode": code, "ErrorMessage": ""})
            else:
                self.taken.append(record["Data"])
                answers.append({"RecordId": "r"})
        if fate == "lost":
            raise ReadTimeoutError(endpoint_url="firehose")
        failed = sum("ErrorCode" in answer for answer in answers)
        return {"FailedPutCount": failed, "RequestResponses": answers}

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What lands in raw/: the records' lines."""
        content = b"".join(self.taken)
        assert content.endswith(b"\n") or not content
        assert content.isascii()
        return [json.loads(line) for line in content.splitlines()]


@pytest.fixture(autouse=True)
def firehose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Firehose]:
    """Put the stub in the client's place, and spare the pauses between retries."""
    monkeypatch.setenv("DELIVERY_STREAM", "transactions")
    monkeypatch.setenv("METRICS_NAMESPACE", "etl-dev")
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(delivery, "_LONGEST_PAUSE", 0.0)
    # Small records: a request of a few events has several, which fail apart.
    monkeypatch.setattr(delivery, "PACKED_RECORD_BYTES", 400)
    stub = Firehose()
    monkeypatch.setattr(handler, "_firehose", lambda: stub)
    return stub


def answered(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return the answer's status and body, once it is one that the API can give."""
    answer = handler.handle(event, Invocation())
    assert answer["statusCode"] in STATUSES
    assert answer["headers"]["content-type"] == "application/json"
    assert len(json.dumps(answer)) < LARGEST_ANSWER
    body: dict[str, Any] = json.loads(answer["body"])
    assert body["request_id"]
    assert ("error" in body) == (answer["statusCode"] != 202)
    return answer["statusCode"], body


def posted(body: bytes, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"headers": named, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


TEXTS = st.text(st.characters(codec=None, exclude_categories=[]), max_size=30) | st.sampled_from(
    ["../../etc/passwd", "a/../b", "%2e%2e%2f", "C:\\nul", "\x00", "\ud800", "\udfff\ud83d", "",
     "\ufeff", "\u2028\u2029", "'; DROP TABLE fact_sales;--", "${jndi:ldap://x}", "null", "NaN"]
)  # fmt: skip
NUMBERS = (
    st.integers()
    | st.integers(min_value=10**400, max_value=10**401)
    | st.floats(allow_nan=False, allow_infinity=False)
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(INPUT_NAMES) | TEXTS | st.just("request_id") | st.just("x" * 3000)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=8)
DEEP = 100_000
NO_EVENTS = {
    "a number": b"7",
    "a string": b'"x"',
    "null": b"null",
    "an array": b"[{}]",
    "NaN": b'{"a":NaN}',
    "-Infinity": b'{"a":-Infinity}',
    "Infinity within": b'{"a":[Infinity]}',
    "a name twice": b'{"a":1,"a":2}',
    "a name twice within": b'{"a":{"b":1,"b":1}}',
    "40 levels": b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
    "deep brackets": b'{"a":' + b"[" * DEEP,
    "deep braces": b'{"a":' * DEEP,
    "deep and closed": b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "single quotes": b"{'a':1}",
    "more behind it": b'{"a":1}}',
    "a leading zero": b'{"a":01}',
    "a raw control": b'{"a":"\x01"}',
    "no UTF-8": b'{"a":"\xff"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "half an escape": b'{"a":"\\ud8"}',
    "UTF-16": b"\xff\xfe{\x00}\x00",
    "a BOM inside": b'{"a":\xef\xbb\xbf1}',
    "NUL": b"\x00",
    "gzip": b"\x1f\x8b\x08",
}


def as_json(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def means_the_same(landed: dict[str, Any], record: dict[str, Any]) -> bool:
    """Tell whether a line of raw/ holds a record: literals in its fields, the rest in `extra`."""
    known = {name: value for name, value in record.items() if name in INPUT_NAMES}
    unknown = {name: value for name, value in record.items() if name not in INPUT_NAMES}
    return (
        {name for name in landed if name in INPUT_NAMES} == set(known)
        and all(is_literal_of(landed[name], value) for name, value in known.items())
        and json.loads(landed.get("extra", "{}")) == unknown
    )


def is_literal_of(landed: str | None, value: object) -> bool:
    if value is None or isinstance(value, str):
        return landed == value
    return landed is not None and bool(json.loads(landed) == value)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(RECORDS | st.sampled_from(sorted(NO_EVENTS)), min_size=2, max_size=12),
    separator=st.sampled_from([b"\n", b"\r\n", b"\n\n \t\n"]),
    zipped=st.sampled_from(["", "gzip", "one member a line"]),
    as_text=st.booleans(),
    fates=st.lists(st.sampled_from(FATES), max_size=4),
    name=st.sampled_from(["batch-7", "../x", "a b", "\u2028", "x" * 65, ".."]),
)
def test_every_line_is_taken_or_refused_and_what_is_taken_is_what_was_sent(  # noqa: PLR0917
    firehose: Firehose,
    events: list[Any],
    separator: bytes,
    zipped: str,
    as_text: bool,
    fates: list[str],
    name: str,
):
    lines = [as_json(each) if isinstance(each, dict) else NO_EVENTS[each] for each in events]
    body = separator.join(lines)
    event = posted(body, x_request_id=name)
    if zipped:
        members = [line + separator for line in lines] if zipped != "gzip" else [body]
        event = posted(b"".join(map(gzip.compress, members)), content_encoding="gzip")
    elif as_text and body.isascii():
        event |= {"body": body.decode(), "isBase64Encoded": False}
    firehose.fates, firehose.taken = list(fates), []
    status, answer = answered(event)
    refused = [each["index"] for each in answer["refused"]]
    not_taken = answer.get("not_taken", [])
    expected = [place for place, each in enumerate(events) if not isinstance(each, dict)]
    assert refused == expected
    sound = set(range(len(events))) - set(refused)
    assert set(not_taken) <= sound
    assert answer["accepted"] == len(sound) - len(not_taken)
    assert (status in {429, 503}) == bool(not_taken)
    landed = firehose.lines
    places = [line["request_position"] for line in landed]
    if not any(fate.startswith("lost") for fate in fates):
        assert sorted(places) == sorted(sound - set(not_taken))
    assert set(places) >= sound - set(not_taken)
    for line in landed:
        assert line["request_id"] == answer["request_id"]
        assert means_the_same(line, events[line["request_position"]])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(RECORDS | st.sampled_from([1, "x", None, [], [{}]]), max_size=8))
def test_an_arrays_elements_are_taken_or_refused_one_by_one(firehose: Firehose, events: list[Any]):
    firehose.taken = []
    status, answer = answered(posted(json.dumps(events).encode()))
    records = [place for place, each in enumerate(events) if isinstance(each, dict)]
    assert (status == 202) == bool(records)
    assert answer["accepted"] == len(records)
    assert [line["request_position"] for line in firehose.lines] == records
    assert all(means_the_same(each, events[each["request_position"]]) for each in firehose.lines)


HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "Content-Encoding", "X-Request-Id", "x-other"]),
    st.sampled_from(["gzip", "GZIP ", "deflate", "gzip, gzip", "identity", "application/json",
                     "application/json; charset=utf-16", "text/plain", "batch-1", "../..", ""])
    | st.text(max_size=20),
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=400)
    | st.binary(max_size=200).map(gzip.compress)
    | st.binary(max_size=200).map(lambda tail: gzip.compress(b'{"a":1}') + tail)
    | st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-16-le"]).map('{"a": "é"}\n{}'.encode),
    headers=HEADERS,
    is_base64=st.booleans() | st.just("no base64"),
)
def test_any_bytes_under_any_headers_are_answered_and_only_what_is_accepted_lands(
    firehose: Firehose, body: bytes, headers: dict[str, str], is_base64: bool | str
):
    firehose.taken = []
    event = {"headers": headers, "isBase64Encoded": bool(is_base64)}
    match is_base64:
        case True:
            event["body"] = base64.b64encode(body).decode()
        case False:
            event["body"] = body.decode("utf-8", "surrogateescape")
        case _:
            event["body"] = f"{body!r}"
    status, answer = answered(event)
    assert answer["accepted"] == len(firehose.lines)
    assert (status == 202) == (answer["accepted"] > 0)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("members", [1, 50])
def test_a_gzip_bomb_is_refused_before_it_is_unpacked(members: int, firehose: Firehose):
    # 6 MB that unpack to six gigabytes, in one member or in many.
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = pack.compress(b"0" * (1 << 24)) + pack.flush(zlib.Z_FULL_FLUSH)
    one = gzip.compress(b"", mtime=0)[:10] + zeros * (384 // members) + b"\x03\x00" + bytes(8)
    status, answer = answered(posted(one * members, content_encoding="gzip"))
    assert (status, answer["accepted"], firehose.taken) == (413, 0, [])
    assert str(MAX_BODY_BYTES) in answer["error"]


@pytest.mark.parametrize("piece", [b"[],", b"{},", b'"",', b"1,", b'{"":{}},', b"[[]],"], ids=repr)
def test_ten_megabytes_of_tiny_values_are_refused_without_parsing_them(piece: bytes):
    body = b'{"a":[' + piece * (MAX_BODY_BYTES // len(piece) - 10) + b"0]}"
    assert answered(posted(gzip.compress(body, 1), content_encoding="gzip"))[0] == 413


@pytest.mark.parametrize("body", [b"[" * DEEP, b"[" * DEEP + b"\n{}", b'[{"a":1},\n{"a":2},\n{"a"'])
def test_an_array_that_is_no_json_is_refused_as_a_whole(firehose: Firehose, body: bytes):
    status, answer = answered(posted(body))
    assert (status, answer["accepted"], len(answer["refused"])) == (400, 0, 1)
    assert firehose.taken == []


def test_ten_thousand_records_land_each_once(firehose: Firehose, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "PACKED_RECORD_BYTES", 500 * 1024)
    events = [{"InvoiceNo": f"{place}", "Quantity": 10**30} for place in range(10_000)]
    firehose.fates = ["half InternalFailure", "all ThrottlingException", "half InternalFailure"]
    status, answer = answered(posted(json.dumps(events).encode()))
    assert (status, answer["accepted"]) == (202, 10_000)
    assert sorted(int(line["InvoiceNo"]) for line in firehose.lines) == list(range(10_000))
