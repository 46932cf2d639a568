"""What the two HTTP APIs demand of a request: a signature, a token, or nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli.errors import CliError
from cli.target import Target

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_SERVICE = "execute-api"  # in whose name API Gateway's own requests are signed


class Signature(httpx.Auth):
    """Signs each request with Signature Version 4, by the credentials of that moment.

    Parameters
    ----------
    credentials : of an identity that may invoke the API (`execute-api:Invoke`).
    region : of the API.
    """

    requires_request_body = True

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the headers of the signature."""
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        keys = self._credentials.get_frozen_credentials()  # fresh ones where they expire
        SigV4Auth(keys, _SERVICE, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


class BearerToken(httpx.Auth):
    """Shows a token with each request."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["authorization"] = self._header
        yield request


def ingest_auth(target: Target, token: str | None) -> httpx.Auth | None:
    """Return what the ingest API is to be shown; None where it demands nothing.

    Raises
    ------
    CliError : it demands what the user did not give.
    """
    return _auth(target, "ApiAuthorization", token)


def history_auth(target: Target, token: str | None) -> httpx.Auth | None:
    """Return what the history API is to be shown; see `ingest_auth`."""
    return _auth(target, "HistoryAuthorization", token)


def _auth(target: Target, output: str, token: str | None) -> httpx.Auth | None:
    if token:
        return BearerToken(token)
    demanded = target.output(output)
    if demanded == "JWT":
        raise CliError("the API demands a token: give it with --token or in ETL_API_TOKEN")
    if demanded != "IAM":
        return None
    credentials = target.session.get_credentials()
    if credentials is None:
        raise CliError("the API demands a signature, and there are no AWS credentials to sign with")
    return Signature(credentials, target.region)
