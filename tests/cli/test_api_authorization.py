"""What the commands show to the two HTTP APIs: a signature, a token, or nothing."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest
from botocore.credentials import Credentials

from cli.api_authorization import Signature, history_auth, ingest_auth
from cli.errors import CliError
from cli.settings import read_settings
from cli.target import Target
from tests.stacks import api_url, deploy

if TYPE_CHECKING:
    from conftest import LocalCloud

URL = "https://abc.execute-api.eu-west-1.amazonaws.com/transactions"
BODY = b'[{"InvoiceNo": "536365"}]'
SECRET = "of-a-test"
EVENT = {"InvoiceNo": "1", "StockCode": "85123A", "Quantity": 1, "InvoiceDate": "12/1/2010 8:26"}


@dataclass
class Api:
    """An API that takes everything and remembers what it was shown."""

    requests: list[httpx.Request] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(202)

    def post(self, auth: httpx.Auth | None) -> httpx.Headers:
        with httpx.Client(transport=httpx.MockTransport(self.answer), auth=auth) as client:
            client.post(URL, content=BODY, headers={"x-request-id": "batch-7"})
        return self.requests[-1].headers


def target(**outputs: str) -> Target:
    """Return a deployment with these outputs, and credentials that sign."""
    session = boto3.Session("AKIDEXAMPLE", SECRET, "of-a-session", region_name="eu-west-1")
    made = Target(read_settings(aws=True), session, "eu-west-1", endpoint=None)
    made.__dict__["outputs"] = outputs
    return made


def signed_by_the_book(headers: httpx.Headers, body: bytes) -> str:
    """Compute the signature as "Create a signed AWS API request" in the IAM guide tells."""
    names = re.search(r"SignedHeaders=([^,]+)", headers["authorization"])
    assert names is not None
    listed = names[1].split(";")
    lines = "".join(f"{name}:{headers[name]}\n" for name in listed)
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n/transactions\n\n{lines}\n{names[1]}\n{digest}"
    moment = headers["x-amz-date"]
    scope = f"{moment[:8]}/eu-west-1/execute-api/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_a_request_is_signed_as_aws_computes_it() -> None:
    headers = Api().post(ingest_auth(target(ApiAuthorization="IAM"), None))
    assert "Credential=AKIDEXAMPLE/" in headers["authorization"]
    assert headers["authorization"].endswith(f"Signature={signed_by_the_book(headers, BODY)}")
    assert headers["x-amz-security-token"] == "of-a-session"
    assert headers["x-request-id"] == "batch-7"


def test_credentials_that_are_renewed_sign_the_next_request() -> None:
    credentials = Credentials("first", SECRET)
    auth, api = Signature(credentials, "eu-west-1"), Api()
    api.post(auth)
    credentials.access_key = "second"
    assert "Credential=second/" in api.post(auth)["authorization"]


@pytest.mark.parametrize("authorization", ["IAM", "JWT", "NONE"])
def test_a_token_that_is_given_is_shown_whatever_is_demanded(authorization: str) -> None:
    auth = history_auth(target(HistoryAuthorization=authorization), "a-token")
    assert Api().post(auth)["authorization"] == "Bearer a-token"


def test_an_open_api_is_shown_nothing() -> None:
    assert "authorization" not in Api().post(ingest_auth(target(ApiAuthorization="NONE"), None))


def test_a_token_that_is_missing_is_asked_for_before_anything_is_sent() -> None:
    with pytest.raises(CliError, match="ETL_API_TOKEN"):
        ingest_auth(target(ApiAuthorization="JWT"), None)


def test_missing_credentials_are_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    somewhere = target(ApiAuthorization="IAM")
    monkeypatch.setattr(somewhere.session, "get_credentials", lambda: None)
    with pytest.raises(CliError, match="no AWS credentials"):
        ingest_auth(somewhere, None)


def test_an_api_that_demands_a_signature_refuses_all_else(local_cloud: LocalCloud) -> None:
    stage = f"s{uuid.uuid4().hex[:6]}"
    outputs = deploy(local_cloud, stage, "ingest", ApiAuthorization="IAM")
    url = f"{api_url(local_cloud, outputs['ApiId'])}/transactions"
    keys = Credentials("test", "test")
    with httpx.Client(timeout=60) as client:
        assert client.post(url, json=EVENT).status_code == 403
        signed = client.post(url, json=EVENT, auth=Signature(keys, "us-east-1"))
    assert (signed.status_code, signed.json()["accepted"]) == (202, 1)


def test_an_api_that_demands_a_token_refuses_all_else(local_cloud: LocalCloud) -> None:
    stage = f"s{uuid.uuid4().hex[:6]}"
    issuer = {"JwtIssuer": "https://issuer.example", "JwtAudience": "senders"}
    outputs = deploy(local_cloud, stage, "ingest", ApiAuthorization="JWT", **issuer)
    url = f"{api_url(local_cloud, outputs['ApiId'])}/transactions"
    auth = ingest_auth(target(ApiAuthorization="JWT"), "no-token-of-the-issuer")
    with httpx.Client(timeout=60) as client:
        assert client.post(url, json=EVENT).status_code == 401
        assert client.post(url, json=EVENT, auth=auth).status_code == 401
