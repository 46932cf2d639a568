"""What the sending of a run's raw objects used, told from the objects themselves.

An object holds each line as it was delivered, with its request: so requests, Firehose's records and
their billed sizes can be told again, whatever became of the logs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.cost.metering import firehose_bytes, http_api_requests
from cli.raw_objects import UnreadableObjectError, open_raw_object, read_lines
from contracts.dates import received_moment
from lambdas.ingest.delivery import PACKED_RECORD_BYTES


@dataclass
class Deliveries:
    """What was sent.

    Attributes
    ----------
    objects : raw objects read.
    lines : lines that came by a request; files that others dropped have none.
    sizes : bytes of each request's lines, as they were landed, in their order.
    first, last : receipt of the earliest and of the latest line.
    """

    objects: int = 0
    lines: int = 0
    sizes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    first: datetime | None = None
    last: datetime | None = None

    @property
    def metered_requests(self) -> int:
        """Requests as the HTTP API meters them, of the size that was landed."""
        return sum(http_api_requests(sum(sizes)) for sizes in self.sizes.values())

    @property
    def billed_bytes(self) -> int:
        """Bytes as Firehose bills them, record by record."""
        return sum(
            firehose_bytes(record) for sizes in self.sizes.values() for record in packed(sizes)
        )

    def add(self, line: bytes, modified: datetime) -> None:
        """Count one line."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return
        request_id = record.get("request_id") if isinstance(record, dict) else None
        if not isinstance(request_id, str):
            return
        self.lines += 1
        self.sizes[request_id].append(len(line))
        received = received_moment(str(record.get("received_at")), modified)
        self.first = min(self.first or received, received)
        self.last = max(self.last or received, received)


def packed(sizes: Iterable[int]) -> list[int]:
    """Return the sizes of the records into which lines of these sizes are packed."""
    records: list[int] = []
    for size in sizes:
        if records and records[-1] + size <= PACKED_RECORD_BYTES:
            records[-1] += size
        else:
            records.append(size)
    return records


def read_deliveries(s3: Any, bucket: str, keys: Iterable[str]) -> Deliveries:
    """Read the raw objects and return what their sending used; unreadable ones count as objects."""
    deliveries = Deliveries()
    for key in keys:
        deliveries.objects += 1
        modified = s3.head_object(Bucket=bucket, Key=key)["LastModified"]
        try:
            for line in read_lines(open_raw_object(s3, bucket, key)):
                deliveries.add(line, modified)
        except UnreadableObjectError:
            continue
    return deliveries
