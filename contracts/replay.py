"""Which raw objects a replay derives anew: those of ranges of ingest hours, in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from contracts.raw_zone import RawObject

REPLAY_ITEM = "replay#cleanse"
"""The state table's item that remembers a replay under way."""
NO_REPLAY = "none"
"""The job argument of a run that replays nothing."""

_HOUR_FORMAT = "%Y-%m-%dT%H"
_IN_KEY = re.compile(r"ingest_date=(\d{4}-\d{2}-\d{2})/(?:ingest_hour=([01]\d|2[0-3])/)?")


@dataclass(frozen=True, order=True, slots=True)
class HourRange:
    """Ingest hours as texts like 2026-11-20T00, which sort as the hours do; both are included."""

    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"

    def covers(self, raw: RawObject) -> bool:
        """Return whether the object was landed in one of the hours."""
        return self.first <= ingest_hour(raw) <= self.last


def ingest_hour(raw: RawObject) -> str:
    """Return the hour under which an object was landed.

    Its key names it; of a file that others dropped elsewhere it is the hour of its last change.
    """
    named = _IN_KEY.search(raw.key)
    if named is None or not _is_date(named[1]):
        return raw.last_modified.astimezone(UTC).strftime(_HOUR_FORMAT)
    return f"{named[1]}T{named[2] or '00'}"


def parse_ranges(argument: str) -> list[HourRange]:
    """Return the ranges of a job argument: `first/last` pairs, separated by commas, or `none`."""
    if argument == NO_REPLAY:
        return []
    return [HourRange(*each.split("/")) for each in argument.split(",")]


def format_ranges(ranges: Iterable[HourRange]) -> str:
    """Return the job argument that names the ranges."""
    return ",".join(map(str, ranges)) or NO_REPLAY


def covered(objects: Iterable[RawObject], ranges: Iterable[HourRange]) -> list[RawObject]:
    """Return the objects that were landed in one of the ranges."""
    of = list(ranges)
    return [raw for raw in objects if any(each.covers(raw) for each in of)]


def ranges_over(objects: Iterable[RawObject], most: int) -> list[HourRange]:
    """Return at most `most` ranges that cover the objects' hours, and as little else as can be."""
    hours = sorted({ingest_hour(raw) for raw in objects})
    gaps = [(_hours_between(hours[at - 1], hours[at]), at) for at in range(1, len(hours))]
    cuts = {at for gap, at in sorted(gaps, reverse=True)[: most - 1] if gap > timedelta(hours=1)}
    starts = [at for at in range(len(hours)) if at == 0 or at in cuts]
    ends = [*(at - 1 for at in starts[1:]), len(hours) - 1]
    return [HourRange(hours[start], hours[end]) for start, end in zip(starts, ends, strict=False)]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _hours_between(earlier: str, later: str) -> timedelta:
    def moment(hour: str) -> datetime:
        return datetime.strptime(hour, _HOUR_FORMAT).replace(tzinfo=UTC)

    return moment(later) - moment(earlier)
