"""Firehose's API calls that take records or say where they go."""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import firehose

from local_aws.firehose.buffers import Buffers
from local_aws.firehose.destination import DestinationError, S3Destination, read_destination

MAX_RECORDS = 500
MAX_RECORD_BYTES = 1_024_000
MAX_CALL_BYTES = 4 << 20

Request = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


class _RefusedError(Exception):
    """A call that Firehose answers with an error: (code, message)."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.response: Response = error_response_json(code, message, status)


class RecordCalls:
    """PutRecord and PutRecordBatch, over the buffers.

    Limits and error names: the API reference of PutRecordBatch; the wording of the constraint
    errors is that of AWS's answers.
    """

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers

    def put_record(self, request: Request) -> Response:
        """Answer PutRecord."""
        try:
            record_ids = self._accept(request, [request.get("Record") or {}], "record")
        except _RefusedError as refusal:
            return refusal.response
        return _ok({"RecordId": record_ids[0], "Encrypted": False})

    def put_record_batch(self, request: Request) -> Response:
        """Answer PutRecordBatch: the local cloud takes all records or refuses the call."""
        records = request.get("Records") or []
        try:
            if not 1 <= len(records) <= MAX_RECORDS:
                bound = "greater than or equal to 1" if not records else "less than or equal to 500"
                raise _constraint("records", bound)
            record_ids = self._accept(request, records, "records.{}.member")
        except _RefusedError as refusal:
            return refusal.response
        answers = [{"RecordId": record_id} for record_id in record_ids]
        return _ok({"FailedPutCount": 0, "Encrypted": False, "RequestResponses": answers})

    def _accept(self, request: Request, records: list[Request], place: str) -> list[str]:
        contents = [_content(record, place.format(i)) for i, record in enumerate(records, 1)]
        if sum(map(len, contents)) > MAX_CALL_BYTES:
            raise _RefusedError("InvalidArgumentException", "Records size exceeds 4 MB limit")
        name = request.get("DeliveryStreamName") or ""
        stream, destination = _find_stream(name)
        try:
            self._buffers.append(name, stream["version"], destination, contents)
        except OSError as error:
            raise _RefusedError("ServiceUnavailableException", str(error), 503) from error
        now = f"{time.time_ns() // 1_000_000:020d}"
        return [now + uuid.uuid4().hex for _ in contents]


def _content(record: Request, place: str) -> bytes:
    try:
        content = base64.b64decode(record["Data"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise _RefusedError("SerializationException", f"no base64 data at '{place}'") from error
    if len(content) > MAX_RECORD_BYTES:
        raise _constraint(f"{place}.data", f"less than or equal to {MAX_RECORD_BYTES}")
    return content


def _constraint(place: str, bound: str) -> _RefusedError:
    return _RefusedError(
        "ValidationException",
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
        f"Member must have length {bound}",
    )


def _find_stream(name: str) -> tuple[dict[str, Any], S3Destination]:
    stream = firehose._streams.get(name)
    if stream is None:
        message = f"Firehose {name} under account {firehose.get_account_id()} not found."
        raise _RefusedError("ResourceNotFoundException", message)
    if not stream["destinations"]:
        raise _RefusedError("InvalidArgumentException", f"Firehose {name} has no destination")
    return stream, read_destination(stream["destinations"][0]["config"])


def refuse_unsupported(request: Request) -> Response | None:
    """Return the error for a stream's configuration that cannot be honoured, or None."""
    for name, config in request.items():
        is_s3 = name.startswith(("ExtendedS3Destination", "S3Destination"))
        if is_s3 and "BucketARN" in config:
            try:
                read_destination(config)
            except DestinationError as error:
                return _invalid(str(error))
        elif "Destination" in name and isinstance(config, dict):
            return _invalid(f"{name} is not supported by the local cloud")
    if request.get("DeliveryStreamType", "DirectPut") != "DirectPut":
        return _invalid("Only streams of type DirectPut are supported by the local cloud")
    return None


def _invalid(message: str) -> Response:
    response: Response = error_response_json("InvalidArgumentException", message, 400)
    return response


def _ok(content: dict[str, Any]) -> Response:
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()
