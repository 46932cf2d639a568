"""Meets the calls that Step Functions makes for a Task state, and names their errors as it does.

An exception that the service's model knows is `<Service>.<Exception>`. All others are the service's
base class in the SDK for Java, whose names differ between the optimized integrations (SDK 1) and
those of `aws-sdk:` (SDK 2); a connection that breaks is an SdkClientException. Source: "Handling
errors in Step Functions workflows" and its examples for Lambda service exceptions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ministack.services import stepfunctions

from local_aws.faults import in_process
from local_aws.faults.answers import ERRORS, service_error
from local_aws.faults.callers import STATES
from local_aws.faults.matching import Call
from local_aws.faults.plan import Effect
from local_aws.faults.requests import subject_of
from local_aws.stepfunctions.errors import TaskError
from local_aws.stepfunctions.execution import current_execution

Result = TypeVar("Result")

_INTEGRATION = "arn:aws:states:::"
_SDK = f"{_INTEGRATION}aws-sdk:"
_BASE_CLASSES = {
    "Lambda": "AWSLambdaException",
    "Glue": "AWSGlueException",
    "DynamoDB": "AmazonDynamoDBException",
}
_PREFIXES = {"dynamodb": "DynamoDB", "glue": "Glue", "lambda": "Lambda"}
# By service: what its model knows of the errors that faults answer with.
_MODELLED = {
    "athena": {"InternalServerException", "TooManyRequestsException"},
    "dynamodb": {"InternalServerError", "ProvisionedThroughputExceededException"},
    "firehose": {"ServiceUnavailableException"},
    "glue": {"AccessDeniedException", "InternalServiceException", "ThrottlingException"},
    "lambda": {"ServiceException", "TooManyRequestsException"},
    "redshift-data": {"InternalServerException"},
    "redshift-serverless": {"InternalServerException", "ThrottlingException"},
    "secretsmanager": {"InternalServiceError"},
}


@dataclass(frozen=True)
class _Integration:
    """Which call a resource ARN stands for, and how its errors begin."""

    service: str
    action: str
    prefix: str
    base_class: str


def meet(resource: str, arguments: Any, act: Callable[[], Result]) -> Result:
    """Make the call of a Task's resource, unless a fault strikes it.

    Raises
    ------
    TaskError : the fault, as Step Functions shows it.
    """
    integration = _read(resource)
    if integration is None:
        return act()
    subject = subject_of(arguments) if isinstance(arguments, dict) else ""
    call = Call(STATES, integration.service, integration.action, subject, current_execution.get())
    return in_process.meet(call, act, lambda effect: _failure(integration, effect))


def called_by(resource: str) -> tuple[str, str] | None:
    """Return service and operation of an integration's ARN; None for any other ARN."""
    integration = _read(resource)
    return None if integration is None else (integration.service, integration.action)


def access_denied(resource: str, message: str) -> Exception:
    """Return the error of a task whose role may not make its call."""
    integration = _read(resource) or _read(f"{_INTEGRATION}lambda:invoke")
    assert integration is not None  # noqa: S101  # the second is read
    code, status = "AccessDeniedException", 403 if integration.service == "lambda" else 400
    return _service_failure(integration, code, message, status)


def _read(resource: str) -> _Integration | None:
    """Return what an integration's ARN stands for; None for functions and activities by ARN."""
    if not resource.startswith(_INTEGRATION):
        return None
    name = resource.removeprefix(_SDK).removeprefix(_INTEGRATION)
    service, _, action = name.partition(":")
    action = action.partition(".")[0]
    action = action[:1].upper() + action[1:]
    if not resource.startswith(_SDK):
        prefix = _PREFIXES.get(service, service.capitalize())
        return _Integration(
            service, action, prefix, _BASE_CLASSES.get(prefix, f"{prefix}Exception")
        )
    known = stepfunctions._AWS_SDK_SERVICE_MAP.get(service.lower(), {})
    prefix = stepfunctions._AWS_SDK_ERROR_PREFIX.get(service.lower(), service.capitalize())
    signing_name = known.get("service_key", service.lower())
    return _Integration(signing_name, action, prefix, f"{prefix}Exception")


def _failure(integration: _Integration, effect: Effect) -> Exception:
    prefix = integration.prefix
    if effect not in ERRORS:
        cause = "Unable to execute HTTP request: The target server failed to respond"
        return _task_error(f"{prefix}.SdkClientException", cause)
    error = service_error(integration.service, effect)
    return _service_failure(integration, error.code, error.message, error.status)


def _service_failure(integration: _Integration, code: str, message: str, status: int) -> Exception:
    prefix, name = integration.prefix, integration.base_class
    if code in _MODELLED.get(integration.service, ()):
        name = code if code.endswith("Exception") else f"{code}Exception"
    cause = f"{message} (Service: {prefix}; Status Code: {status}; Error Code: {code})"
    return _task_error(f"{prefix}.{name}", cause)


def _task_error(name: str, cause: str) -> Exception:
    failure: Exception = TaskError(name, cause)
    return failure
