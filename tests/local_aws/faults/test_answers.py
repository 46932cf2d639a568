"""The errors that faults answer with are those that AWS's SDKs know."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.parsers import create_parser

from local_aws.faults.answers import ERRORS, error_answer, service_error
from local_aws.faults.plan import SERVICES, Effect

API_SERVICES = sorted(SERVICES - {"redshift", "execute-api"})
_SESSION = botocore.session.get_session()
# Errors that every service may answer with, modelled or not.
COMMON = {
    "ThrottlingException",
    "Throttling",
    "ServiceUnavailableException",
    "ServiceUnavailable",
    "InternalFailure",
    "ExpiredTokenException",
    "ExpiredToken",
    "SlowDown",
    "InternalError",
}


@pytest.mark.parametrize("service", API_SERVICES)
@pytest.mark.parametrize("effect", sorted(ERRORS))
def test_botocore_reads_the_error_in_the_services_own_protocol(
    service: str, effect: Effect
) -> None:
    model = _SESSION.get_service_model({"states": "stepfunctions"}.get(service, service))
    operation = model.operation_model(model.operation_names[0])
    answer = error_answer(service, effect, path="/bucket/key")
    headers = {name.lower(): value for name, value in answer.headers.items()}

    parsed = create_parser(model.metadata["protocol"]).parse(
        {"status_code": answer.status, "headers": headers, "body": answer.body},
        operation.output_shape,
    )

    error = service_error(service, effect)
    assert parsed["Error"]["Code"] == error.code
    assert parsed["Error"]["Message"] == error.message
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == error.status
    assert error.code in COMMON or error.code in model.shape_names
    version = model.metadata.get("jsonVersion")
    assert version is None or answer.headers["Content-Type"] == f"application/x-amz-json-{version}"


def test_the_error_of_a_head_request_has_no_body() -> None:
    assert error_answer("s3", Effect.THROTTLE, head=True).body == b""
