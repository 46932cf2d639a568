"""Run one Lambda function inside its own process, as AWS's Python runtime does.

It is started with `python -I -S bootstrap.py REQUEST_FD RESPONSE_FD` and sees the standard library,
the function's package and boto3, nothing else. A request and a response are each four bytes of
length and then JSON. What the function writes to standard output and error goes to its log.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import resource
import struct
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">I")
Handler = Callable[[Any, Any], Any]


class InitError(Exception):
    """The handler cannot be loaded: (error type of AWS, message)."""


class Context:
    """The second argument of a handler, with the members of AWS's context object."""

    identity = None
    client_context = None

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["request_id"]
        self.invoked_function_arn: str = request["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline: float = request["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left before the function is stopped."""
        return max(0, int((self._deadline - time.time()) * 1000))


class LogHandler(logging.Handler):
    """AWS's root handler: level, time, request id and message, separated by tabs."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record to the function's log."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        moment = f"{stamp}.{int(record.msecs):03d}Z"
        parts = (f"[{record.levelname}]", moment, self.request_id, self.format(record))
        sys.stdout.write("\t".join(parts) + "\n")


def load_handler(name: str) -> Handler:
    """Return the function that a Handler setting such as `package.module.handle` names."""
    module_name, _, function_name = name.replace("/", ".").rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise InitError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    handler: Handler | None = getattr(module, function_name, None)
    if handler is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", message)
    return handler


def error_of(error: BaseException, request_id: str) -> dict[str, Any]:
    """Return AWS's description of a failed invocation, and write it to the log."""
    error_type, message = type(error).__name__, str(error)
    if isinstance(error, InitError):
        error_type, message = error.args
    own_frames = traceback.format_tb(error.__traceback__)[1:]
    sys.stdout.write(f"[ERROR] {error_type}: {message}\n")
    sys.stdout.write("Traceback (most recent call last):\n" + "".join(own_frames))
    return {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": own_frames,
    }


def as_json(result: Any) -> str:
    """Return a handler's result as JSON, with decimals as numbers, as AWS's runtime does."""

    def number(value: Any) -> float:
        if isinstance(value, Decimal):
            return float(value)
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    return json.dumps(result, default=number)


def invoke(handler: Handler, request: dict[str, Any]) -> tuple[str, str]:
    """Return ("ok" or "error", JSON) for one invocation."""
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:  # noqa: BLE001  # whatever the function raises is its answer
        return "error", json.dumps(error_of(error, request["request_id"]))
    try:
        return "ok", as_json(result)
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        failure = InitError("Runtime.MarshalError", message)
        return "error", json.dumps(error_of(failure, request["request_id"]))


def receive(requests: BinaryIO) -> dict[str, Any] | None:
    """Return the next request, or None when the local cloud is gone."""
    prefix = requests.read(_LENGTH.size)
    if len(prefix) < _LENGTH.size:
        return None
    request: dict[str, Any] = json.loads(requests.read(_LENGTH.unpack(prefix)[0]))
    return request


def peak_kib() -> int:
    """Return the most memory that this process has used.

    What getrusage tells on Linux may be the memory of the process that this one was forked from.
    """
    try:
        with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib is slow to import
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used // 1024 if sys.platform == "darwin" else used


def send(responses: BinaryIO, status: str, answer: str) -> None:
    """Send a response, once all that was logged before it is in the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    content = f"{status} {peak_kib()} {answer}".encode()
    responses.write(_LENGTH.pack(len(content)) + content)
    responses.flush()


def serve(requests: BinaryIO, responses: BinaryIO) -> None:
    """Load the handler, then answer requests until the local cloud is gone."""
    sys.path[:0] = os.environ["_LOCAL_LAMBDA_PATH"].split(os.pathsep)
    log_handler = LogHandler()
    logging.getLogger().addHandler(log_handler)
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001  # whatever the import raises is the answer
        send(responses, "error", json.dumps(error_of(error, "")))
        return
    send(responses, "ok", "null")
    while (request := receive(requests)) is not None:
        log_handler.request_id = request["request_id"]
        os.environ["_X_AMZN_TRACE_ID"] = request.get("trace_id") or ""
        send(responses, *invoke(handler, request))


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "rb") as from_cloud, os.fdopen(int(sys.argv[2]), "wb") as back:
        serve(from_cloud, back)
