"""An HTTP API calls a function only for the routes that the function's policy names."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.settings import REGION
from tests.conftest import LocalCloud
from tests.local_aws.iam.conftest import ACCOUNT
from tests.local_aws.iam.test_enforcement import Role

SOURCE = "def handle(event, context):\n    return {'statusCode': 200, 'body': '{}'}\n"
Allow = Callable[..., None]
Call = Callable[[str], tuple[int, Any]]


@pytest.fixture(scope="module")
def function(strict_cloud: LocalCloud, make_role: Role) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("handler.py", SOURCE)
    name = f"behind-api-{uuid.uuid4().hex[:8]}"
    strict_cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=make_role(trusts={"Principal": {"Service": "lambda.amazonaws.com"}}),
        Handler="handler.handle",
        Code={"ZipFile": package.getvalue()},
    )
    return name


@pytest.fixture(scope="module")
def api(strict_cloud: LocalCloud, function: str) -> str:
    """Return the id of an API with the routes `GET /a/{id}`, `ANY /b` and `$default`."""
    gateway = strict_cloud.client("apigatewayv2")
    api_id: str = gateway.create_api(Name=function, ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    for route in ("GET /a/{id}", "ANY /b", "$default"):
        gateway.create_route(ApiId=api_id, RouteKey=route, Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return api_id


@pytest.fixture
def allow(strict_cloud: LocalCloud, function: str, api: str) -> Any:
    """Return a function that lets a route of the API call the function, until the test's end."""
    functions, made = strict_cloud.client("lambda"), []

    def permit(route: str, **changed: str) -> None:
        made.append(f"may-{uuid.uuid4()}")
        functions.add_permission(
            FunctionName=function,
            StatementId=made[-1],
            **{
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/{route}",
                **changed,
            },
        )

    yield permit
    for name in made:
        functions.remove_permission(FunctionName=function, StatementId=name)


@pytest.fixture
def call(strict_cloud: LocalCloud, api: str) -> Call:
    """Return a function that makes a request such as `GET a/1`; it returns status and answer."""
    stage = f"{strict_cloud.endpoint}/_aws/execute-api/{api}/$default"

    def make(asked: str) -> tuple[int, Any]:
        method, path = asked.split()
        request = urllib.request.Request(f"{stage}/{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    return make


def test_without_a_permission_the_caller_gets_a_500_that_tells_nothing(
    call: Call,
) -> None:
    assert call("GET a/1") == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(
    ("allowed", "asked", "status"),
    [
        ("*/GET/a/*", "GET a/1", 200),
        ("*/GET/a/*", "GET b", 500),
        ("*/POST/b", "POST b", 200),
        ("*/POST/b", "GET b", 500),
        ("*/$default", "GET elsewhere", 200),
        ("*/$default", "GET a/1", 500),
        ("*", "GET elsewhere", 200),
    ],
)
def test_a_permission_is_good_for_its_routes_only(
    call: Call, allow: Allow, allowed: str, asked: str, status: int
) -> None:
    allow(allowed)

    assert call(asked)[0] == status


@pytest.mark.parametrize(
    "changed",
    [
        {"Principal": "s3.amazonaws.com"},
        {"Action": "lambda:GetFunction"},
        {"SourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:another/*"},
    ],
    ids=["another service", "another action", "another api"],
)
def test_a_permission_for_something_else_is_none(
    call: Call, allow: Allow, changed: dict[str, str]
) -> None:
    allow("*", **changed)

    assert call("GET a/1")[0] == 500
