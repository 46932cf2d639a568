"""An HTTP API in front of a function: events, parallel requests, limits and failures."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import LocalCloud

SOURCE = """
import json
def handle(event, context):
    if "fail" in event["rawQueryString"]:
        raise RuntimeError("a secret of the function")
    return {"statusCode": 202, "headers": {"content-type": "application/json"},
            "body": json.dumps({"route": event["routeKey"], "base64": event["isBase64Encoded"],
                                "length": len(event["body"])})}
"""


@pytest.fixture(scope="module")
def url(local_cloud: LocalCloud) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("handler.py", SOURCE)
    name = f"behind-api-{uuid.uuid4().hex[:8]}"
    function = local_cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="handler.handle",
        Code={"ZipFile": package.getvalue()},
        Timeout=10,
    )
    gateway = local_cloud.client("apigatewayv2")
    api_id = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=function["FunctionArn"],
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    gateway.create_route(
        ApiId=api_id, RouteKey="POST /transactions", Target=f"integrations/{integration}"
    )
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    gateway.create_stage(
        ApiId=api_id,
        StageName="slow",
        AutoDeploy=True,
        DefaultRouteSettings={"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 5},
    )
    return f"{local_cloud.endpoint}/_aws/execute-api/{api_id}/$default/transactions"


def _post(url: str, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    request = urllib.request.Request(url, body, {"content-type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_request_reaches_the_function_as_a_version_2_event(url: str) -> None:
    assert _post(url, b"[1]") == (
        202,
        {"route": "POST /transactions", "base64": False, "length": 3},
    )
    assert _post(url, b"[1]", "application/x-ndjson")[1]["base64"] is True


def test_eight_megabyte_requests_at_once_are_all_answered(url: str) -> None:
    body = b'"' + b"x" * (1 << 20) + b'"'
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: _post(url, body), range(24)))
    assert {status for status, _ in answers} == {202}
    assert {answer["length"] for _, answer in answers} == {len(body)}


@pytest.mark.parametrize("megabytes", [7, 11])
def test_a_body_over_the_limits_of_function_or_api_is_413(url: str, megabytes: int) -> None:
    assert _post(url, b"x" * megabytes * 1_000_000)[0] == 413


def test_a_failing_function_is_a_500_that_tells_nothing(url: str) -> None:
    assert _post(f"{url}?fail=1", b"{}") == (500, {"message": "Internal Server Error"})


def test_requests_above_the_stages_limits_are_told_to_come_later(url: str) -> None:
    with ThreadPoolExecutor(8) as senders:
        slow = url.replace("$default", "slow")
        answers = list(senders.map(lambda _: _post(slow, b"{}"), range(20)))
    assert sorted(status for status, _ in answers) == [202] * 5 + [429] * 15
    refused = [body for status, body in answers if status == 429]
    assert refused == [{"message": "Too Many Requests"}] * 15


def test_an_unknown_route_is_a_404(url: str) -> None:
    assert _post(url.replace("transactions", "nothing"), b"{}") == (404, {"message": "Not Found"})
