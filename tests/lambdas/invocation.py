"""How the tests of the functions invoke a handler: as Lambda does, catching all that it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from types import ModuleType
from typing import Any

import pytest

from local_aws.lambda_runtime import bootstrap


class Invocation:
    """What Lambda tells about an invocation."""

    aws_request_id = "invocation-1"

    def __init__(self, milliseconds: int = 29_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass(frozen=True)
class Invoked:
    """An invocation's answer, or its error as Lambda describes it, and all that it wrote.

    Attributes
    ----------
    status : ok or error.
    """

    status: str
    answer: Any
    written: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The structured lines among what it wrote."""
        return [json.loads(each) for each in self.written.splitlines() if each.startswith("{")]

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics that CloudWatch makes of it."""
        found = {}
        for line in self.lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in directive["Metrics"]:
                    (found[metric["Name"]],) = line[metric["Name"]]
        return found


def invoke(monkeypatch: pytest.MonkeyPatch, handler: ModuleType, event: Any) -> Invoked:
    """Invoke a handler as Lambda's runtime does, which also writes of what was raised."""
    for name, value in {
        "AWS_LAMBDA_FUNCTION_NAME": "etl-dev-function",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/etl-dev-function",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    }.items():
        monkeypatch.setenv(name, value)
    request = {
        "event": event,
        "request_id": "invocation-1",
        "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:etl-dev-function",
        "deadline": 4_000_000_000.0,
    }
    handle: Callable[[Any, Any], Any] = handler.handle
    written = StringIO()
    with monkeypatch.context() as patch, redirect_stdout(written), redirect_stderr(written):
        # The logger has kept the standard output that it was made with.
        patch.setattr(handler._LOGGER.logger_handler, "stream", written)
        status, answer = bootstrap.invoke(handle, request)
    return Invoked(status, json.loads(answer), written.getvalue())
