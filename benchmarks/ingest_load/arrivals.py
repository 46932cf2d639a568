"""Counts the events that lie in raw/, by their ids."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_PREFIX = "raw/transactions/"
_PATIENCE = 60.0  # seconds without an arrival


@dataclass
class Arrivals:
    """What raw/ holds; each object is read once.

    Attributes
    ----------
    counts : how often each event id is there.
    """

    s3: Any
    bucket: str
    counts: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read the objects that came since the last look."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=_PREFIX
        )
        for key in [entry["Key"] for page in pages for entry in page.get("Contents", [])]:
            if key not in self._seen:
                self._seen.add(key)
                stored = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
                lines = gzip.decompress(stored).splitlines()
                self.counts.update(json.loads(line)["EventId"] for line in lines)

    def wait_for(self, accepted: list[str]) -> float:
        """Wait until every accepted event is there, or nothing has come for a minute.

        Returns
        -------
        Seconds waited.
        """
        started = last_change = time.monotonic()
        while True:
            before = len(self.counts)
            self.look()
            if len(self.counts) > before:
                last_change = time.monotonic()
            missing = any(each not in self.counts for each in accepted)
            if not missing or time.monotonic() - last_change > _PATIENCE:
                return time.monotonic() - started
            time.sleep(0.5)
