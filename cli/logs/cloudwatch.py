"""Reads CloudWatch Logs, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

MOST_EVENTS = 10_000  # of one log group: a log is read by people


@dataclass(frozen=True)
class Found:
    """Events of a log group, oldest first.

    Attributes
    ----------
    is_cut : there are more.
    """

    events: list[dict[str, Any]]
    is_cut: bool = False


def read_events(
    logs: Any, group: str, start: datetime, end: datetime, streams: list[str] | None = None
) -> Found:
    """Return what the log group, if there is one, holds of the time from `start` to `end`.

    Parameters
    ----------
    streams : of these log streams only.
    """
    chosen = {} if streams is None else {"logStreamNames": streams}
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        startTime=int(start.timestamp() * 1000),
        endTime=int(end.timestamp() * 1000) + 1,
        PaginationConfig={"MaxItems": MOST_EVENTS},
        **chosen,
    )
    try:
        events = [event for page in pages for event in page["events"]]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return Found([])
    return Found(events, is_cut=len(events) >= MOST_EVENTS)


def find_streams(logs: Any, group: str, names: set[str]) -> list[str]:
    """Return which of the log streams there are."""
    found = []
    for name in sorted(names):
        try:
            answer = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return []
        found += [each["logStreamName"] for each in answer["logStreams"]]
    return [name for name in found if name in names]
