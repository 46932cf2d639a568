"""Turn a buffer into one S3 object, and try again until the bucket takes it."""

from __future__ import annotations

import gzip
import io
import logging
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from local_aws.firehose.buffer_file import BufferFile, BufferHeader
from local_aws.firehose.destination import S3Destination
from local_aws.firehose.prefix import evaluate, format_java_time

Store = Callable[[S3Destination, str, bytes], None]
"""Puts (destination, key, body) into S3; raises `DeliveryError` when S3 refuses."""

_logger = logging.getLogger(__name__)
_COMPRESSION_LEVEL = 4  # twice as fast as the default, objects a twentieth larger
_RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
_GIVE_UP_SECONDS = 24 * 3600  # Firehose retries delivery to S3 for 24 hours


class DeliveryError(Exception):
    """S3 did not take an object."""


def object_key(header: BufferHeader) -> str:
    """Return the key of a buffer's object: it is the same at every attempt."""
    destination = header.destination
    arrived = datetime.fromtimestamp(header.opened_at, ZoneInfo(destination.time_zone))
    stamp = format_java_time("yyyy-MM-dd-HH-mm-ss", arrived)
    name = f"{header.stream}-{header.version}-{stamp}-{header.object_id}"
    return evaluate(destination.prefix, arrived) + name + destination.extension


def deliver(buffer: BufferFile, store: Store) -> None:
    """Put the buffer's records into S3 as one object and forget the buffer.

    Raises
    ------
    DeliveryError : S3 refused; the buffer is kept.
    """
    body = _object_body(buffer)
    if body:
        store(buffer.header.destination, object_key(buffer.header), body)
    buffer.remove()


def deliver_patiently(buffer: BufferFile, store: Store, stopped: Callable[[float], bool]) -> None:
    """Deliver, trying again as long as Firehose would, or until `stopped(seconds)` returns True."""
    attempt = 0
    while True:
        try:
            deliver(buffer, store)
        except DeliveryError as refusal:
            _logger.warning("Firehose stream %s: %s", buffer.header.stream, refusal)
        else:
            return
        if time.time() > buffer.header.opened_at + _GIVE_UP_SECONDS:
            _logger.error("Firehose stream %s gives up a buffer", buffer.header.stream)
            buffer.remove()
            return
        if stopped(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)]):
            return
        attempt += 1


def _object_body(buffer: BufferFile) -> bytes:
    if not buffer.header.destination.gzip:
        return b"".join(buffer.read())
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=_COMPRESSION_LEVEL) as file:
        for records in buffer.read():
            file.write(records)
    return packed.getvalue() if buffer.size else b""
