"""The deployed ingest API takes anything over HTTP, and raw/ holds just what it accepted."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.send.ingest_api import IngestApi
from lambdas.ingest.request import MAX_EVENTS
from tests.lambdas.ingest.test_hostile_requests import DEEP, NO_EVENTS, RECORDS, as_json
from tests.stacks import api_url, deploy

if TYPE_CHECKING:
    from tests.conftest import LocalCloud

STATUSES = {202, 400, 413, 415}
MEGABYTE = 1 << 20


@dataclass
class Api:
    """The deployed API, and what it has accepted.

    Attributes
    ----------
    accepted : events by request id.
    """

    cloud: LocalCloud
    stage: str
    outputs: dict[str, str]
    accepted: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{api_url(self.cloud, self.outputs['ApiId'])}/transactions"

    def post(self, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        """Send bytes as they are; note what was accepted under the request's id."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", parts.path, body, named)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        connection.close()
        if answer.get("accepted"):
            self.accepted[answer["request_id"]] = answer["accepted"]
        return response.status, answer

    def landed(self) -> dict[str, list[int]]:
        """Return the positions in raw/ by request id."""
        s3 = self.cloud.client("s3")
        places: dict[str, list[int]] = {}
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.outputs["LakeBucket"], Prefix="raw/"
        )
        for key in [each["Key"] for page in pages for each in page.get("Contents", [])]:
            body = s3.get_object(Bucket=self.outputs["LakeBucket"], Key=key)["Body"].read()
            for line in map(json.loads, gzip.decompress(body).splitlines()):
                places.setdefault(line["request_id"], []).append(line["request_position"])
        return places


@pytest.fixture(scope="module")
def api(local_cloud: LocalCloud) -> Iterator[Api]:
    """Deploy the API; at the end raw/ holds each accepted event once, and nothing else."""
    stage = f"i{uuid.uuid4().hex[:6]}"
    api = Api(local_cloud, stage, deploy(local_cloud, stage, "ingest"))
    yield api
    deadline = time.monotonic() + 60
    while sum(map(len, api.landed().values())) < sum(api.accepted.values()):
        assert time.monotonic() < deadline, "raw/ does not hold what was accepted"
        time.sleep(0.5)
    landed = api.landed()
    assert {name: len(places) for name, places in landed.items()} == api.accepted
    assert all(len(set(places)) == len(places) for places in landed.values())
    reports = memory_used(api)
    assert reports
    assert max(reports) < 1024  # what the template gives the function


def memory_used(api: Api) -> list[int]:
    """Return the megabytes that each invocation's report tells."""
    pages = (
        api.cloud.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/etl-{api.stage}-ingest")
    )
    messages = [event["message"] for page in pages for event in page["events"]]
    found = [re.search(r"Max Memory Used: (\d+) MB", message) for message in messages]
    return [int(each.group(1)) for each in found if each]


@pytest.mark.parametrize("kind", sorted(NO_EVENTS))
def test_what_is_no_event_is_refused_beside_one_that_is_taken(api: Api, kind: str):
    status, answer = api.post(b'{"a":1}\n' + NO_EVENTS[kind], content_type="application/x-ndjson")
    assert (status, answer["accepted"]) == (202, 1)
    assert [each["index"] for each in answer["refused"]] == [1]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(min_size=1, max_size=300)
    | st.lists(RECORDS, min_size=1, max_size=4).map(lambda each: b"\n".join(map(as_json, each))),
    content_type=st.sampled_from(
        ["application/json", "application/x-ndjson", "text/plain; charset=utf-16", "a/b", ""]
    ),
    encoding=st.sampled_from(["", "gzip", "br"]),
    name=st.sampled_from(["../../x", "%00", "a b", "é", "x" * 3000]),
)
def test_any_bytes_are_answered(api: Api, body: bytes, content_type: str, encoding: str, name: str):
    headers = {"content_type": content_type, "content_encoding": encoding, "x_request_id": name}
    status, answer = api.post(body, **headers)
    assert status in STATUSES
    assert (answer["accepted"] > 0) == (status == 202)
    assert answer["request_id"] != name


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * DEEP + b"]" * DEEP, 400),
        (gzip.compress(b"0" * (64 * MEGABYTE)), 413),
        (gzip.compress(b"") * 200_000 + gzip.compress(b'{"a":1}'), 202),
        (gzip.compress(b'{"%s":NaN}' % (b"k" * 8_000_000)), 400),
        (gzip.compress(b"[" + b"{}," * MAX_EVENTS + b"{}]"), 413),
        (gzip.compress(b'{"a":[' + b"{}," * 900_000 + b"{}]}"), 413),
        (b'{"a":"' + b"x" * 5_000_000 + b'"}', 413),
        (b" " * 11_000_000, 413),
        (gzip.compress(b'{"a":1}')[:-9], 400),
    ],
    ids=["deep", "bomb", "members", "giant name", "many", "tiny values", "5 MB", "11 MB", "cut"],
)
def test_oversized_and_broken_bodies_are_answered_as_such(api: Api, body: bytes, status: int):
    headers = {"content_type": "application/x-ndjson"}
    if body.startswith(b"\x1f\x8b"):
        headers["content_encoding"] = "gzip"
    assert api.post(body, **headers)[0] == status


@pytest.mark.parametrize(
    "request_text",
    [
        b"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{{",
        b"POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST {path}\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_no_request_that_is_no_http_harms_the_others(api: Api, request_text: bytes):
    parts = urlsplit(api.url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10) as connection:
        connection.sendall(request_text.replace(b"{path}", parts.path.encode()))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    assert api.post(b'{"a":1}')[0] == 202


def test_the_client_gets_everything_through_a_stage_that_refuses_it_again_and_again(api: Api):
    api.cloud.client("apigatewayv2").create_stage(
        ApiId=api.outputs["ApiId"],
        StageName="slow",
        DefaultRouteSettings={"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 2},
    )
    refusals = []
    hooks = {"response": [lambda answer: refusals.append(answer.status_code == 429)]}
    with httpx.Client(timeout=60, event_hooks=hooks) as client:
        url = api_url(api.cloud, api.outputs["ApiId"], "slow")
        sender = IngestApi(client, f"{url}/transactions")
        for number in range(12):
            outcome = sender.send(f"slow-{number}", ['{"a":1}', '{"a":2}'])
            assert (outcome.accepted, outcome.refused) == (2, [])
            api.accepted |= outcome.requests
    assert any(refusals)
