"""What functions used, from the REPORT lines that Lambda writes into their logs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

_REPORT = re.compile(
    r"^REPORT RequestId: .*\tBilled Duration: (?P<milliseconds>\d+) ms"
    r"\tMemory Size: (?P<megabytes>\d+) MB"
)
_EVENT_OVERHEAD = 26  # bytes that CloudWatch Logs adds to each event: its pricing


@dataclass(frozen=True)
class LogUse:
    """What a log tells.

    Attributes
    ----------
    invocations, gb_seconds : of the functions that wrote it.
    log_bytes : billed bytes of the log.
    """

    invocations: int = 0
    gb_seconds: Decimal = Decimal(0)
    log_bytes: int = 0

    def __add__(self, other: LogUse) -> LogUse:
        return LogUse(
            self.invocations + other.invocations,
            self.gb_seconds + other.gb_seconds,
            self.log_bytes + other.log_bytes,
        )

    def share(self, invocations: int) -> LogUse:
        """Return what so many invocations used on average; nothing if none is known."""
        if not self.invocations:
            return LogUse()
        part = Decimal(invocations) / self.invocations
        return LogUse(invocations, self.gb_seconds * part, int(self.log_bytes * part))


def read_log(logs: Any, group: str, start: datetime, end: datetime) -> LogUse:
    """Return what the log group tells of the time from `start` to `end`."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        startTime=int(start.timestamp() * 1000),
        endTime=int(end.timestamp() * 1000) + 1,
    )
    return count_use(event["message"] for page in pages for event in page["events"])


def count_use(messages: Iterable[str]) -> LogUse:
    """Return what the log's messages tell."""
    invocations, milliseconds_megabytes, log_bytes = 0, 0, 0
    for message in messages:
        log_bytes += len(message.encode()) + _EVENT_OVERHEAD
        report = _REPORT.match(message)
        if report:
            invocations += 1
            milliseconds_megabytes += int(report["milliseconds"]) * int(report["megabytes"])
    return LogUse(invocations, Decimal(milliseconds_megabytes) / 1000 / 1024, log_bytes)
