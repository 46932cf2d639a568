"""Counts what raw/ holds: rows and amounts of every object, spread over processes.

It shares the contract with the pipeline and nothing else, so it can tell whether the pipeline
lost something. Garbage lines are rows without an amount; an object that cannot be read to its end
counts as one unreadable object and no rows, as the cleanse job sees it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from cli.amounts import LineAmounts
from cli.raw_objects import (
    UnreadableObjectError,
    list_raw_objects,
    open_raw_object,
    read_lines,
)
from cli.settings import Settings
from cli.target import Target, open_target
from contracts.dates import received_moment
from contracts.fields import INPUT_NAMES
from contracts.literals import NumberLiteral, literal
from contracts.raw_zone import RawObject

# Below this many stored bytes one process is done before a second one has started.
_WORTH_A_POOL = 16_000_000


@dataclass
class ObjectCount:
    """What one raw object holds.

    Attributes
    ----------
    rows : lines that are not blank.
    line_amount : of the lines that the contract accepts, in ten-thousandths.
    places : positions by request id, of the requests asked for.
    """

    key: str
    rows: int = 0
    line_amount: int = 0
    places: dict[str, set[int]] = field(default_factory=dict)
    unreadable: bool = False


@dataclass
class RawCount:
    """What raw/ holds in all.

    Attributes
    ----------
    rows_of : rows by object key, readable objects only.
    unreadable : keys of the objects that cannot be read.
    """

    line_amount: int = 0
    rows_of: dict[str, int] = field(default_factory=dict)
    places: dict[str, set[int]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Lines of the readable objects."""
        return sum(self.rows_of.values())

    def add(self, count: ObjectCount) -> None:
        """Add one object."""
        if count.unreadable:
            self.unreadable.append(count.key)
            return
        self.rows_of[count.key] = count.rows
        self.line_amount += count.line_amount
        for name, positions in count.places.items():
            self.places.setdefault(name, set()).update(positions)


def scan_raw(target: Target, request_ids: Collection[str], shop_time_zone: str) -> RawCount:
    """Read all of raw/ and count it; `request_ids` are those whose positions are asked for."""
    objects = list(list_raw_objects(target.client("s3"), target.output("LakeBucket")))
    total = RawCount()
    for count in _counts(target, objects, frozenset(request_ids), shop_time_zone):
        total.add(count)
    return total


def _counts(
    target: Target, objects: list[RawObject], request_ids: frozenset[str], shop_time_zone: str
) -> Iterator[ObjectCount]:
    setting = (target.settings, target.output("LakeBucket"), request_ids, shop_time_zone)
    processes = min(os.cpu_count() or 1, len(objects))
    if processes < 2 or sum(each.size for each in objects) < _WORTH_A_POOL:
        yield from map(_Scanner(*setting).count, objects)
        return
    with ProcessPoolExecutor(
        processes,
        # A forked process would inherit connections and locks of this one's threads.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=setting,
    ) as pool:
        chunk = max(1, len(objects) // (processes * 16))
        yield from pool.map(_count_in_worker, objects, chunksize=chunk)


class _Scanner:
    """Counts objects one after the other, remembering the values met."""

    def __init__(
        self, settings: Settings, bucket: str, request_ids: frozenset[str], shop_time_zone: str
    ) -> None:
        self._s3 = open_target(settings).client("s3")
        self._bucket = bucket
        self._counter = LineCounter(request_ids, ZoneInfo(shop_time_zone))

    def count(self, raw_object: RawObject) -> ObjectCount:
        content = open_raw_object(self._s3, self._bucket, raw_object.key)
        return self._counter.count(raw_object.key, read_lines(content), raw_object.last_modified)


class LineCounter:
    """Counts lines of raw objects and adds up their amounts.

    Parameters
    ----------
    request_ids : those whose positions are collected.
    shop_zone : time zone of dates without an offset.
    """

    def __init__(self, request_ids: Collection[str], shop_zone: tzinfo) -> None:
        self._request_ids = request_ids
        self._amount_of = LineAmounts(shop_zone).of
        self._received: dict[object, datetime] = {}
        # Numbers keep their literal, and integers of any length pass.
        self._decode = json.JSONDecoder(parse_float=NumberLiteral, parse_int=NumberLiteral).decode

    def count(self, key: str, lines: Iterable[bytes], modified: datetime) -> ObjectCount:
        """Count one object's lines; `modified` is the receipt of lines that name none."""
        result = ObjectCount(key)
        self._received.clear()
        try:
            for line in lines:
                result.rows += 1
                record = self._record(line)
                if record is not None:
                    self._add(result, record, modified)
        except UnreadableObjectError:
            return ObjectCount(key, unreadable=True)
        return result

    def _record(self, line: bytes) -> dict[str, Any] | None:
        try:
            record = self._decode(line.decode())
        except (ValueError, RecursionError):
            return None
        return record if isinstance(record, dict) else None

    def _add(self, result: ObjectCount, record: dict[str, Any], modified: datetime) -> None:
        fields = [record.get(name) for name in INPUT_NAMES]
        texts = [each if each.__class__ is str else literal(each) for each in fields]
        received_at = self._receipt(record.get("received_at"), modified)
        result.line_amount += self._amount_of(texts, received_at) or 0
        request_id, position = record.get("request_id"), record.get("request_position")
        if not isinstance(request_id, str) or request_id not in self._request_ids:
            return
        if isinstance(position, NumberLiteral) and position.isdecimal():
            result.places.setdefault(request_id, set()).add(int(position))

    def _receipt(self, text: object, modified: datetime) -> datetime:
        if not isinstance(text, str):
            return modified
        if text not in self._received:
            self._received[text] = received_moment(text, modified)
        return self._received[text]


_worker: list[_Scanner] = []


def _start_worker(*setting: Any) -> None:
    _worker.append(_Scanner(*setting))


def _count_in_worker(raw_object: RawObject) -> ObjectCount:
    return _worker[0].count(raw_object)
