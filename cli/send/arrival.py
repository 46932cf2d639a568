"""Waits until raw/ holds every record that the API took.

The API answers when Firehose has the records; Firehose writes them to raw/ when its buffer is
full or old enough. Each landed line carries its request's id and its position there, so what has
arrived can be counted exactly, also where a record arrived twice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from cli.errors import CliError
from cli.raw_objects import (
    UnreadableObjectError,
    list_raw_objects,
    open_raw_object,
    read_lines,
)
from contracts.raw_zone import RawObject

_MARGIN = timedelta(minutes=5)  # clocks differ between here and S3
_READERS = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.3, 5.0


class Arrival:
    """Counts the records of one send in raw/, reading each object once.

    Parameters
    ----------
    s3, bucket : where raw/ is.
    send_id : what its request ids begin with.
    expected : records taken by request id.
    since : when the send began.

    Attributes
    ----------
    found_in : by request id, the object in which a record of it was first found.
    """

    def __init__(
        self, s3: Any, bucket: str, send_id: str, expected: Mapping[str, int], since: datetime
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._expected = expected
        self._since = since - _MARGIN
        self.found_in: dict[str, RawObject] = {}
        self._seen: set[str] = set()
        self._positions: dict[str, set[int]] = {name: set() for name in expected}
        # The two stand side by side in each line: see `contracts.landing.land`.
        self._place = re.compile(
            rb'"request_id": ?"(%b-[^"]*)", ?"request_position": ?(\d+)' % send_id.encode()
        )

    @property
    def missing(self) -> int:
        """Records that no object read so far holds."""
        return sum(
            max(0, records - len(self._positions[name])) for name, records in self._expected.items()
        )

    def look(self) -> None:
        """Read the objects that came since the last look."""
        new = [
            each
            for each in list_raw_objects(self._s3, self._bucket, self._since)
            if each.key not in self._seen
        ]
        with ThreadPoolExecutor(_READERS, thread_name_prefix="arrival") as pool:
            for each, places in zip(new, pool.map(self._places, new), strict=True):
                self._seen.add(each.key)
                for name, position in places:
                    if name in self._positions:
                        self._positions[name].add(position)
                        self.found_in.setdefault(name, each)

    def _places(self, raw_object: RawObject) -> list[tuple[str, int]]:
        content = open_raw_object(self._s3, self._bucket, raw_object.key)
        try:
            found = [place for line in read_lines(content) for place in self._place.findall(line)]
        except UnreadableObjectError:  # somebody else's: Firehose writes whole objects
            return []
        return [(name.decode(), int(position)) for name, position in found]


def wait_for_arrival(
    arrival: Arrival, timeout: float, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Return when no record is missing.

    Parameters
    ----------
    timeout : seconds in which nothing arrives before it is given up.
    progress : called after each look with the records still missing.

    Raises
    ------
    CliError : nothing arrived for so long; the send can be taken up again.
    """
    pause, still_missing, waiting_since = _FIRST_PAUSE, -1, time.monotonic()
    while True:
        arrival.look()
        missing = arrival.missing
        progress(missing)
        if not missing:
            return
        if missing != still_missing:
            pause, still_missing, waiting_since = _FIRST_PAUSE, missing, time.monotonic()
        elif time.monotonic() - waiting_since > timeout:
            raise CliError(
                f"{missing:,} records were taken, but have not arrived in raw/ for "
                f"{timeout:.0f} s: look at raw-errors/ in the lake bucket, or run the same command "
                "again to go on waiting"
            )
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.3)
