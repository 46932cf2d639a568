"""Put an object into the local S3 from inside the process, without HTTP."""

from __future__ import annotations

from typing import Any

from ministack import app
from ministack.services import s3

from local_aws.faults import in_process
from local_aws.faults.answers import ERRORS, service_error
from local_aws.faults.callers import FIREHOSE
from local_aws.faults.matching import Call
from local_aws.faults.plan import Effect
from local_aws.firehose.delivery import DeliveryError
from local_aws.firehose.destination import S3Destination
from local_aws.iam.roles import AccessDeniedError, assume


def put_object(destination: S3Destination, key: str, body: bytes) -> None:
    """Put `body` under `key`; it must be called from a thread, not from the event loop.

    Raises
    ------
    DeliveryError : S3 refused, for instance because the bucket does not exist or because the
        stream's role may not write there.
    """
    bucket = destination.bucket
    place = f"{bucket}/{key}"

    def refusal(effect: Effect) -> DeliveryError:
        reason = service_error("s3", effect).code if effect in ERRORS else "connection lost"
        return DeliveryError(f"S3 did not take s3://{place}: {reason}")

    call = Call(FIREHOSE, "s3", "PutObject", place)
    _check_role(destination.role, place)
    in_process.meet(call, lambda: _put(bucket, key, body), refusal)


def _check_role(role: str, place: str) -> None:
    # Source of the key: "Cross-service confused deputy prevention" in the Firehose guide.
    account = {"aws:SourceAccount": role.split(":")[4]} if role.count(":") > 4 else {}
    try:
        session = assume(role, "firehose.amazonaws.com", "FirehoseToS3", account)
        session.check("s3:PutObject", f"arn:aws:s3:::{place}")
    except AccessDeniedError as refused:
        raise DeliveryError(f"S3 did not take s3://{place}: AccessDenied: {refused}") from None


def _put(bucket: str, key: str, body: bytes) -> None:
    headers = {
        "content-type": "application/octet-stream",
        "content-length": str(len(body)),
        "host": "s3.localhost",
    }

    async def put(*_: Any) -> Any:
        return await s3.handle_request("PUT", f"/{bucket}/{key}", headers, body, {}, internal=True)

    status, _, answer = app.call_service_handler_sync(put, "PUT", "", {}, b"", {})
    if status >= 300:
        reason = answer.decode(errors="replace")[:300]
        raise DeliveryError(f"S3 refused s3://{bucket}/{key} with status {status}: {reason}")
