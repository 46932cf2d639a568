"""The raw objects in S3: where they are, and which of them cleanse has consumed.

Cleanse reads by Glue's job bookmark, whose content is not documented. So it writes its position
into an item of its own: the greatest LastModified consumed (the mark), and which objects of the
900 seconds before it. S3 gives times by the second and uploads end out of order, so within this
band a name decides, below it the time (AWS Glue: S3 connection options maxBand, maxFilesInBand).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

RAW_PREFIX = "raw/transactions/"
POSITION_ITEM = "position#cleanse"

BAND = timedelta(seconds=900)
MOST_FILES_IN_BAND = 10_000
"""How many objects of the band the bookmark remembers; it leaves more than these for the next run.

Their names, in 16 hexadecimal digits each, fit into a DynamoDB item of at most 400 KB.
"""

_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class RawObject:
    """One object below raw/ as S3 lists it; `size` in bytes."""

    key: str
    last_modified: datetime
    size: int


@dataclass(frozen=True)
class Position:
    """How far cleanse has read.

    Attributes
    ----------
    high_water_mark : the greatest LastModified consumed.
    names_in_band : `short_name` of the consumed objects within BAND of it.
    """

    high_water_mark: datetime
    names_in_band: frozenset[str]

    def covers(self, raw: RawObject) -> bool:
        """Return whether the object has been consumed."""
        if raw.last_modified > self.high_water_mark:
            return False
        in_band = raw.last_modified >= self.high_water_mark - BAND
        return not in_band or short_name(raw.key) in self.names_in_band


def stored_position(high_water_mark: str, names_in_band: Iterable[str]) -> Position:
    """Return a position from the attributes of its item."""
    return Position(datetime.fromisoformat(high_water_mark), frozenset(names_in_band))


def listed_objects(contents: Iterable[Mapping[str, Any]]) -> list[RawObject]:
    """Return the entries of an S3 listing that a job reads.

    Empty objects hold nothing, and Hadoop, by which Glue reads, passes over names that start with
    an underscore or a full stop.
    """
    return [
        RawObject(entry["Key"], entry["LastModified"], entry["Size"])
        for entry in contents
        if entry["Size"] > 0 and not entry["Key"].rpartition("/")[2].startswith(("_", "."))
    ]


def short_name(key: str) -> str:
    """Return what stands for a key in a position."""
    return hashlib.sha256(key.encode()).hexdigest()[:_NAME_DIGITS]


def position_after(consumed: Iterable[RawObject]) -> Position | None:
    """Return the position at which these objects are consumed.

    None when it cannot be told: there is no object, or the band holds more than the bookmark
    takes in one run.
    """
    objects = list(consumed)
    if not objects:
        return None
    mark = max(raw.last_modified for raw in objects)
    in_band = [raw.key for raw in objects if raw.last_modified >= mark - BAND]
    if len(in_band) > MOST_FILES_IN_BAND:
        return None
    return Position(mark, frozenset(map(short_name, in_band)))
