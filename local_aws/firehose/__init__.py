"""Firehose that really buffers, compresses and delivers, in place of MiniStack's."""

from __future__ import annotations

from typing import Any

from ministack.services import firehose

from local_aws import lifecycle
from local_aws.firehose.api import RecordCalls, Request, Response, refuse_unsupported
from local_aws.firehose.buffers import Buffers
from local_aws.firehose.object_store import put_object
from local_aws.patching import pinned, wrap
from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Put our buffering and delivery in place of MiniStack's."""
    buffers = Buffers(settings.state_dir / "firehose", put_object)
    calls = RecordCalls(buffers)
    pinned(firehose, "_put_record", "6a7ed0471aef")
    pinned(firehose, "_put_record_batch", "5e868d2aec51")
    firehose._HANDLERS["PutRecord"] = calls.put_record
    firehose._HANDLERS["PutRecordBatch"] = calls.put_record_batch
    _check_first("_create_delivery_stream", "CreateDeliveryStream", "4d5903ac6582")
    _check_first("_update_destination", "UpdateDestination", "cbefb28cca81")
    _flush_at_deletion(buffers)
    lifecycle.at_start(buffers.start)
    lifecycle.at_stop(buffers.stop)


def _check_first(function: str, action: str, pin: str) -> None:
    def checked(original: Any) -> Any:
        def call(request: Request) -> Response:
            refusal = refuse_unsupported(request)
            answer: Response = refusal or original(request)
            return answer

        return call

    wrap(firehose, function, checked, pin)
    firehose._HANDLERS[action] = getattr(firehose, function)


def _flush_at_deletion(buffers: Buffers) -> None:
    def flushed(original: Any) -> Any:
        def call(request: Request) -> Response:
            buffers.flush(request.get("DeliveryStreamName") or "")
            answer: Response = original(request)
            return answer

        return call

    wrap(firehose, "_delete_delivery_stream", flushed, "ee690834a6f5")
    firehose._HANDLERS["DeleteDeliveryStream"] = firehose._delete_delivery_stream
