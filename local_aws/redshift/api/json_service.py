"""Answer requests of an AWS API with JSON bodies and the operation in X-Amz-Target."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
Operation = Callable[[dict[str, Any]], dict[str, Any]]

# Of our own: some calls wait for seconds, and MiniStack's threads are few.
_THREADS = ThreadPoolExecutor(32, thread_name_prefix="redshift-api")
_HEADERS = {"Content-Type": "application/x-amz-json-1.1"}


class ApiError(Exception):
    """An error that the API names.

    Parameters
    ----------
    code : name of its shape, such as ValidationException.
    message : for a person.
    fields : members of the shape besides the message.
    """

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields


def validation(message: str) -> ApiError:
    """Return the error for a request that does not fit."""
    return ApiError("ValidationException", message)


async def answer(
    operations: Mapping[str, Operation], headers: Mapping[str, str], body: bytes | str
) -> Answer:
    """Run the operation that a request names, in a thread, and return the response."""
    name = headers.get("x-amz-target", "").rpartition(".")[2]
    operation = operations.get(name)
    if operation is None:
        return _error(ApiError("UnknownOperationException", f"The LOCAL engine has no {name}"))
    try:
        request = json.loads(body or b"{}")
        run = contextvars.copy_context().run
        response = await asyncio.get_running_loop().run_in_executor(
            _THREADS, run, operation, request
        )
    except ApiError as refused:
        return _error(refused)
    return 200, dict(_HEADERS), json.dumps(response, default=_encode).encode()


def required(request: Mapping[str, Any], name: str) -> Any:
    """Return a member of a request that must be there."""
    value = request.get(name)
    if value is None or value == "":
        raise validation(f"Missing required parameter: {name}")
    return value


def _error(refused: ApiError) -> Answer:
    # Services differ in how they spell the member.
    text = str(refused)
    content = {"__type": refused.code, "message": text, "Message": text, **refused.fields}
    return 400, dict(_HEADERS), json.dumps(content).encode()


def _encode(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is no JSON")
