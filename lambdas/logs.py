"""The structured log lines of the Lambda functions, written by Powertools for AWS Lambda.

A line holds counts, ids and durations, never a record or a part of one: the records are customer
data. That holds for errors too: Lambda writes an error's message into the log, and a message that
we did not write may quote what it was given.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools.logging import Logger
from botocore.exceptions import ClientError

from lambdas.errors import PipelineError, RetryableError, UnexpectedError

# Refusals of AWS whose messages name principals and resources, nothing of what was sent.
_TELLING = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "EntityNotFoundException",
        "ExpiredTokenException",
        "NoSuchBucket",
        "ResourceNotFoundException",
    }
)
# Step Functions' names of executions have neither white space nor colons.
_RUN_ID = re.compile(r"[^\s:]{1,80}")


class Context(Protocol):
    """What Lambda tells about the invocation."""

    aws_request_id: str


_Event = dict[str, Any]
_Context = TypeVar("_Context", bound=Context)
_Handler = Callable[[_Event, _Context], dict[str, Any]]


def new_logger(service: str) -> Logger:
    """Return the logger of a function, which writes one JSON object a line to standard output."""
    return Logger(service=service, utc=True, use_rfc3339=True)


def is_run_id(value: object) -> bool:
    """Return whether a value can be the name of an execution."""
    return isinstance(value, str) and _RUN_ID.fullmatch(value) is not None


def logged(logger: Logger) -> Callable[[_Handler[_Context]], _Handler[_Context]]:
    """Put the invocation's id on every line of a handler, and keep customer data out of its errors.

    Raises
    ------
    UnexpectedError : instead of an error whose message is not known to be free of data.
    """

    def decorate(handle: _Handler[_Context]) -> _Handler[_Context]:
        is_cold = True

        @functools.wraps(handle)
        def invoke(event: _Event, context: _Context) -> dict[str, Any]:
            nonlocal is_cold
            # This also forgets what the invocation before has put on its lines.
            logger.structure_logs(cold_start=is_cold, request_id=context.aws_request_id)
            is_cold = False
            try:
                return handle(event, context)
            except RetryableError as error:
                logger.info("to be tried again", error=type(error).__name__, reason=str(error))
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, Lambda would log it
                told = _without_data(error)
                name = type(error).__name__  # not .exception(), which writes the message
                logger.error("invocation failed", error=name, reason=str(told))  # noqa: TRY400
                raise told.with_traceback(error.__traceback__) from None

        return invoke

    return decorate


def _without_data(error: Exception) -> Exception:
    """Return the error, or one in its place that says no more than is known to hold no data."""
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "Unknown")
        if code in _TELLING:
            return error
        return UnexpectedError(f"{code} when calling {error.operation_name}")
    return UnexpectedError(f"{type(error).__name__}, of which the trace says where")
