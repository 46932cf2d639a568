"""An HTTP API invokes a function only if the function's own policy lets it.

Sources: "Using resource-based policies for Lambda" (the key aws:SourceArn) and "Troubleshooting
issues with HTTP API Lambda integrations" (without the permission the caller gets a 500).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, lambda_svc

from local_aws.patching import wrap

_SERVICE = "apigateway.amazonaws.com"
_INVOKE = "lambda:InvokeFunction"
_METHOD, _ROUTE_KEY = 1, 5  # their places among the arguments after the stage


def install() -> None:
    """Ask the function's policy before it is invoked."""
    wrap(apigateway, "_invoke_lambda_proxy", _asking_first, pin="fbe5024fcd36")


def _asking_first(original: Any) -> Any:
    async def invoke(
        integration: Mapping[str, Any], api_id: str, stage: str, *request: Any, **options: Any
    ) -> Any:
        route = source_arn(api_id, stage, request[_METHOD], request[_ROUTE_KEY])
        function = _function_of(integration)
        # A function that is not there is MiniStack's to answer for.
        if function is not None and not may_invoke(function, route):
            body = json.dumps({"message": "Internal Server Error"}).encode()
            return 500, {"Content-Type": "application/json"}, body
        return await original(integration, api_id, stage, *request, **options)

    return invoke


def source_arn(api_id: str, stage: str, method: str, route_key: str) -> str:
    """Return the ARN by which API Gateway names the route that it calls a function for."""
    named, _, path = route_key.partition(" ")
    route = f"{method if named == 'ANY' else named}{path}"
    return f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api_id}/{stage}/{route}"


def may_invoke(function: Mapping[str, Any], source: str) -> bool:
    """Return whether a function's policy lets API Gateway call it for this route."""
    asked = iam_evaluator.EvalContext(
        principal_arn=_SERVICE,
        principal_type="Service",
        principal_account="",
        action=_INVOKE,
        resource_arn=str(function["config"]["FunctionArn"]),
        region=get_region(),
        service_context={"aws:sourcearn": source, "aws:sourceaccount": get_account_id()},
    )
    result = iam_evaluator.evaluate_resource_policy(function.get("policy"), asked, _SERVICE)
    return bool(result.decision == "Allow")


def _function_of(integration: Mapping[str, Any]) -> Mapping[str, Any] | None:
    uri = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
    found: Mapping[str, Any] | None = lambda_svc._get_func_record_for_ref_in_scope(
        uri, account_id=get_account_id(), region=get_region()
    )[0]
    return found
