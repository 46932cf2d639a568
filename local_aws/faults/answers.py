"""The errors that AWS's services answer with, byte for byte what their SDKs expect.

Sources: botocore's service models (protocol, names of exceptions), "Error responses" of Amazon S3,
"Error handling with DynamoDB", "Common errors" in each service's API reference.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from xml.sax.saxutils import escape

from local_aws.faults.plan import Effect


@dataclass(frozen=True)
class Answer:
    """An answer to an HTTP request."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class ServiceError:
    """An error by its HTTP status, code and message."""

    status: int
    code: str
    message: str


_EXPIRED = "The security token included in the request is expired"
_UNAVAILABLE = ServiceError(
    503, "ServiceUnavailableException", "The service is unavailable. Please try again later."
)

# Of services that document nothing else.
_USUAL = {
    Effect.THROTTLE: ServiceError(400, "ThrottlingException", "Rate exceeded"),
    Effect.ERROR_500: ServiceError(500, "InternalServerException", "Internal server error"),
    Effect.ERROR_503: _UNAVAILABLE,
    Effect.EXPIRED_TOKEN: ServiceError(400, "ExpiredTokenException", _EXPIRED),
}
_QUERY = {
    Effect.THROTTLE: ServiceError(400, "Throttling", "Rate exceeded"),
    Effect.ERROR_500: ServiceError(500, "InternalFailure", "Internal failure"),
    Effect.ERROR_503: ServiceError(503, "ServiceUnavailable", "Service is unavailable"),
    Effect.EXPIRED_TOKEN: ServiceError(403, "ExpiredToken", _EXPIRED),
}
_OWN: dict[str, dict[Effect, ServiceError]] = {
    "s3": {
        Effect.THROTTLE: ServiceError(503, "SlowDown", "Please reduce your request rate."),
        Effect.ERROR_500: ServiceError(
            500, "InternalError", "We encountered an internal error. Please try again."
        ),
        Effect.ERROR_503: ServiceError(
            503, "ServiceUnavailable", "Service is unable to handle request."
        ),
        Effect.EXPIRED_TOKEN: ServiceError(400, "ExpiredToken", "The provided token has expired."),
    },
    "dynamodb": {
        Effect.THROTTLE: ServiceError(
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider "
            "increasing your provisioning level with the UpdateTable API.",
        ),
        Effect.ERROR_500: ServiceError(500, "InternalServerError", "Internal server error"),
        Effect.ERROR_503: ServiceError(
            503, "ServiceUnavailable", "The service is currently unavailable."
        ),
    },
    "firehose": {
        Effect.THROTTLE: ServiceError(503, "ServiceUnavailableException", "Slow down."),
        Effect.ERROR_500: ServiceError(500, "InternalFailure", "Internal failure"),
    },
    "glue": {
        Effect.ERROR_500: ServiceError(500, "InternalServiceException", "Internal service error"),
    },
    "lambda": {
        Effect.THROTTLE: ServiceError(429, "TooManyRequestsException", "Rate Exceeded."),
        Effect.ERROR_500: ServiceError(500, "ServiceException", "Internal service error"),
        Effect.EXPIRED_TOKEN: ServiceError(403, "ExpiredTokenException", _EXPIRED),
    },
    "athena": {
        Effect.THROTTLE: ServiceError(400, "TooManyRequestsException", "Rate exceeded"),
    },
    "secretsmanager": {
        Effect.ERROR_500: ServiceError(500, "InternalServiceError", "Internal service error"),
    },
    "states": {
        Effect.ERROR_500: ServiceError(500, "InternalFailure", "Internal failure"),
    },
    # An HTTP API answers for itself; its errors have a message and no code.
    "execute-api": {
        Effect.THROTTLE: ServiceError(429, "", "Too Many Requests"),
        Effect.ERROR_500: ServiceError(500, "", "Internal Server Error"),
        Effect.ERROR_503: ServiceError(503, "", "Service Unavailable"),
        Effect.EXPIRED_TOKEN: ServiceError(401, "", "Unauthorized"),
    },
    "cloudformation": _QUERY,
    "iam": _QUERY,
    "sts": _QUERY,
}
ERRORS = frozenset(_USUAL)
"""The effects that are an answer of the service."""

_JSON_1_0 = frozenset({"dynamodb", "states"})
_TYPE_PREFIXES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#"}


def service_error(service: str, effect: Effect) -> ServiceError:
    """Return the error by which a service shows an effect."""
    return _OWN.get(service, _USUAL).get(effect) or _USUAL[effect]


def error_answer(service: str, effect: Effect, *, path: str = "", head: bool = False) -> Answer:
    """Return the answer by which a service shows an effect.

    Parameters
    ----------
    path : of the request, which S3's errors name.
    head : whether it answers a HEAD request, which has no body.
    """
    error = service_error(service, effect)
    request_id = str(uuid.uuid4())
    if service == "s3":
        return _s3(error, path, head=head)
    if service == "execute-api":
        answer = _plain_json(error)
    elif service == "lambda":
        answer = _rest_json(error)
    elif _OWN.get(service) is _QUERY:
        answer = _query_xml(error, request_id)
    else:
        answer = _json(service, error)
    headers = {"x-amzn-RequestId": request_id, "Date": formatdate(usegmt=True), **answer.headers}
    return Answer(answer.status, headers, answer.body)


def _s3(error: ServiceError, path: str, *, head: bool) -> Answer:
    request_id, host_id = uuid.uuid4().hex[:16].upper(), uuid.uuid4().hex
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{error.code}</Code><Message>{error.message}</Message>"
        f"<Resource>{escape(path)}</Resource>"
        f"<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>"
    )
    headers = {
        "x-amz-request-id": request_id,
        "x-amz-id-2": host_id,
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/xml",
        "Server": "AmazonS3",
    }
    return Answer(error.status, headers, b"" if head else body.encode())


def _json(service: str, error: ServiceError) -> Answer:
    version = "1.0" if service in _JSON_1_0 else "1.1"
    name = f"{_TYPE_PREFIXES.get(service, '')}{error.code}"
    headers = {"Content-Type": f"application/x-amz-json-{version}", "x-amzn-ErrorType": name}
    body = {"__type": name, "message": error.message}
    return Answer(error.status, headers, json.dumps(body).encode())


def _rest_json(error: ServiceError) -> Answer:
    kind = "User" if error.status < 500 else "Service"
    body = {"Type": kind, "message": error.message}
    if error.status == 429:
        body["Reason"] = "ReservedFunctionConcurrentInvocationLimitExceeded"
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return Answer(error.status, headers, json.dumps(body).encode())


def _plain_json(error: ServiceError) -> Answer:
    body = json.dumps({"message": error.message}).encode()
    return Answer(error.status, {"Content-Type": "application/json"}, body)


def _query_xml(error: ServiceError, request_id: str) -> Answer:
    kind = "Sender" if error.status < 500 else "Receiver"
    body = (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{error.code}</Code>"
        f"<Message>{error.message}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Answer(error.status, {"Content-Type": "text/xml"}, body.encode())
