"""AWS's rules of metering: how a use becomes a billed quantity.

Pure functions of what was measured. Sources: the pages named in `prices.json`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

FIREHOSE_STEP = 5 * 1024
HTTP_API_STEP = 512 * 1024
ATHENA_LEAST_BYTES = 10_000_000
GLUE_LEAST_SECONDS = 60
REDSHIFT_LEAST_SECONDS = 60
GIB = 1024**3
_LARGEST_ITEM = 400 * 1024
_WRITE_UNIT = 1024
_HOUR = 3600

# DPUs of a worker: AWS Glue, worker types.
_DPUS = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}


@dataclass(frozen=True)
class Span:
    """A time from `start` to `end`, both aware."""

    start: datetime
    end: datetime


def http_api_requests(body_bytes: int) -> int:
    """Return the metered requests of one request."""
    return max(1, math.ceil(body_bytes / HTTP_API_STEP))


def firehose_bytes(record_bytes: int) -> int:
    """Return the billed bytes of one record."""
    return math.ceil(record_bytes / FIREHOSE_STEP) * FIREHOSE_STEP


def athena_bytes(scanned: int) -> int:
    """Return the billed bytes of one query that read anything."""
    return max(ATHENA_LEAST_BYTES, scanned) if scanned else 0


def dpu_hours(worker_type: str, workers: int, seconds: float) -> Decimal:
    """Return the DPU-hours of one job run."""
    billed = max(GLUE_LEAST_SECONDS, math.ceil(seconds))
    return Decimal(_DPUS[worker_type] * workers * billed) / _HOUR


def measured_dpu_hours(dpu_seconds: float) -> Decimal:
    """Return the DPU-hours of a job run that AWS has measured, as it does with auto scaling."""
    return Decimal(str(dpu_seconds)) / _HOUR


def rpu_hours(base_capacity: int, spans: Iterable[Span]) -> Decimal:
    """Return the RPU-hours of a workgroup that worked in these spans, at its base capacity.

    Each begins a minute at least; what falls into a minute that is paid for costs nothing more.
    """
    billed, paid_until = 0.0, None
    for span in sorted(spans, key=lambda each: each.start):
        start = span.start.timestamp()
        end = max(span.end.timestamp(), start + REDSHIFT_LEAST_SECONDS)
        if paid_until is not None and start <= paid_until:
            start, end = paid_until, max(paid_until, span.end.timestamp())
        billed += end - start
        paid_until = end
    return Decimal(math.ceil(billed) * base_capacity) / _HOUR


def write_units_of_growing_item(updates: int, base_bytes: int, growth_bytes: int) -> int:
    """Return the write units of an item that each of `updates` makes larger by `growth_bytes`.

    An update is billed by the item's whole size, in steps of 1 KB. An item stops at DynamoDB's
    400 KB: a further one would be begun, which is not counted against the design.
    """
    units = 0
    for update in range(1, updates + 1):
        size = min(_LARGEST_ITEM, base_bytes + update * growth_bytes)
        units += math.ceil(size / _WRITE_UNIT)
    return units
