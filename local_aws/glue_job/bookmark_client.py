"""Speaks with the local cloud's bookmark service, on behalf of one job run."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_TIMEOUT_SECONDS = 60


class VersionMismatchException(Exception):  # noqa: N818 - Glue's own name
    """The bookmark has moved since this run's job.init: it ran beside another run."""


class BookmarkServiceError(Exception):
    """The bookmark service refused a call; the message holds its reason."""


@dataclass(frozen=True)
class Opened:
    """A bookmark as job.init finds it: its version, this run's number and the saved states."""

    version: int
    run: int
    states: dict[str, dict[str, Any]]


def open_bookmark(job_name: str, run_id: str) -> Opened:
    """Register this run's attempt and return the latest bookmark (job-bookmark-enable)."""
    answer = _call("OpenJobBookmark", {"JobName": job_name, "RunId": run_id})
    return Opened(answer["Version"], answer["Run"], answer["States"])


def read_states(job_name: str, run_id: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the saved states, as the last commit up to and with `run_id` left them.

    Nothing is registered: this is what job-bookmark-pause reads.
    """
    asked = {"JobName": job_name} | ({"RunId": run_id} if run_id else {})
    states: dict[str, dict[str, Any]] = _call("ReadJobBookmark", asked)["States"]
    return states


def commit_bookmark(
    job_name: str, run_id: str, version: int, states: dict[str, dict[str, Any]]
) -> int:
    """Save the states if the bookmark still has `version`; return its new version.

    Raises
    ------
    VersionMismatchException : another run or a reset has moved the bookmark meanwhile.
    """
    commit = {"JobName": job_name, "RunId": run_id, "Version": version, "States": states}
    new_version: int = _call("CommitJobBookmark", commit)["Version"]
    return new_version


def _call(action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Call one of the cloud's internal Glue actions, signed as any AWS call."""
    body = json.dumps(payload).encode()
    url = os.environ["AWS_ENDPOINT_URL"]
    request = AWSRequest(
        method="POST",
        url=url,
        data=body,
        headers={
            "X-Amz-Target": f"AWSGlue.{action}",
            "Content-Type": "application/x-amz-json-1.1",
            "User-Agent": f"awsglue app/{os.environ.get('AWS_SDK_UA_APP_ID', '')}",
        },
    )
    credentials = Credentials(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ.get("AWS_SESSION_TOKEN"),
    )
    SigV4Auth(credentials, "glue", os.environ["AWS_REGION"]).add_auth(request)
    signed = Request(url, data=body, headers=dict(request.headers), method="POST")  # noqa: S310 - the local cloud's own URL
    try:
        with urlopen(signed, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            content: dict[str, Any] = json.load(answer)
    except HTTPError as refusal:
        raise _refusal(refusal) from None
    return content


def _refusal(refusal: HTTPError) -> Exception:
    reason = json.load(refusal)
    code = str(reason.get("__type", "")).rpartition("#")[2]
    message = str(reason.get("message") or reason.get("Message") or "")
    if code == VersionMismatchException.__name__:
        return VersionMismatchException(message)
    return BookmarkServiceError(f"{code}: {message}")
