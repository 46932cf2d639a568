"""Lambda's Invoke call refuses payloads of more than 6 MB."""

from __future__ import annotations

import re
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from local_aws.patching import wrap

MAX_REQUEST_BYTES = 6_291_456
_INVOKE_PATH = re.compile(r"/2015-03-31/functions/[^/]+/invocations")


def install() -> None:
    """Put the limit before MiniStack's Lambda API."""
    wrap(lambda_svc, "handle_request", _limited, pin="f2255bfe6f90")


def _limited(original: Any) -> Any:
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> Any:
        if len(body) > MAX_REQUEST_BYTES and _INVOKE_PATH.fullmatch(path):
            message = f"Request must be smaller than {MAX_REQUEST_BYTES} bytes"
            code = "RequestTooLargeException"
            return error_response_json(code, f"{message} for the InvokeFunction operation", 413)
        return await original(method, path, headers, body, query)

    return handle_request
