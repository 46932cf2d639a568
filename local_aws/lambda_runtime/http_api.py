"""An HTTP API answers for its Lambda integration as AWS does: limits and failures.

Sources: "Quotas for HTTP APIs" (payload 10 MB), "Throttle requests to your HTTP APIs" (429) and
"Troubleshooting issues with HTTP API Lambda integrations" (a failed function is a 500 whose body
tells nothing).
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import apigateway, lambda_svc

from local_aws.lambda_runtime.throttling import Throttles
from local_aws.patching import wrap

MAX_BODY_BYTES = 10 * 1024 * 1024
_BODY = 5  # its place among the arguments of MiniStack's handle_execute


def install() -> None:
    """Put AWS's answers in place of MiniStack's."""
    wrap(apigateway, "handle_execute", _limited, pin="c7a2f92d7eb6")
    wrap(apigateway, "_handle_execute_in_scope", _throttled, pin="aa60b8b0dfaa")
    wrap(
        lambda_svc,
        "lambda_execute_result_to_api_proxy_response",
        _answering,
        pin="36f0ed215e85",
    )


def _answer(status: int, message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"message": message}).encode()
    return status, {"Content-Type": "application/json"}, body


def _limited(original: Any) -> Any:
    async def handle_execute(*request: Any, **options: Any) -> Any:
        body = request[_BODY]
        if len(body) > MAX_BODY_BYTES:
            return _answer(413, "Request Entity Too Large")
        return await original(*request, **options)

    return handle_execute


def _throttled(original: Any) -> Any:
    throttles = Throttles()

    async def handle_execute_in_scope(
        api_id: str, stage: str, path: str, method: str, *rest: Any, **options: Any
    ) -> Any:
        settings = apigateway._stages.get(api_id, {}).get(stage, {})
        route = apigateway._match_route(api_id, method, "/" + path.lstrip("/")) or {}
        if not throttles.takes(api_id, stage, settings, route.get("routeKey", "")):
            return _answer(429, "Too Many Requests")
        return await original(api_id, stage, path, method, *rest, **options)

    return handle_execute_in_scope


def _answering(original: Any) -> Any:
    def to_response(result: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        if result.get("too_large"):
            return _proxy_response(413, "Request Entity Too Large"), None
        if result.get("error") and not result.get("throttle"):
            return _proxy_response(500, "Internal Server Error"), None
        response: tuple[dict[str, Any] | None, str | None] = original(result)
        return response

    return to_response


def _proxy_response(status: int, message: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": message}),
    }
