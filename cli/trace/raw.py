"""Finds the lines of raw/ that hold an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from cli.quarantine.records import landed_record, parse_object, retried_id
from cli.raw_objects import UnreadableObjectError, open_raw_object, read_lines
from cli.target import Target
from contracts.dates import received_moment
from contracts.raw_zone import RawObject
from contracts.transaction import Transaction, canonicalise

_READERS = 4
_PLAIN = re.compile(r"[A-Z0-9]+")  # cannot be written in JSON or spread over white space otherwise


@dataclass(frozen=True)
class RawLine:
    """A line of a raw object that holds a version of the event.

    Attributes
    ----------
    line : its number in the object, from 1, blank lines not counted.
    request_id, position : of the request that brought it; None in what others have dropped there.
    retry_of : the quarantine row that it was sent again for.
    """

    raw_object: str
    line: int
    received_at: str
    content_hash: str
    request_id: str | None
    position: int | None
    retry_of: str | None


@dataclass(frozen=True)
class Sought:
    """The event to look for, its invoice, and the zone of dates without an offset."""

    event_id: str
    invoice: str
    shop_zone: ZoneInfo


def find_lines(target: Target, objects: Iterable[RawObject], sought: Sought) -> list[RawLine]:
    """Return the lines that hold the event, by reading the objects whole.

    An object that is gone, or that cannot be read to its end, has none.
    """
    find = partial(_lines_of, target.client("s3"), target.output("LakeBucket"), sought)
    with ThreadPoolExecutor(_READERS) as pool:
        return [line for lines in pool.map(find, objects) for line in lines]


def _lines_of(s3: Any, bucket: str, sought: Sought, raw: RawObject) -> list[RawLine]:
    try:
        content = open_raw_object(s3, bucket, raw.key)
        lines = enumerate(read_lines(content), start=1)
        return list(_matching(lines, raw, sought))
    except UnreadableObjectError:
        return []
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return []


def _matching(
    lines: Iterator[tuple[int, bytes]], raw: RawObject, sought: Sought
) -> Iterator[RawLine]:
    needle = sought.invoice.encode() if _PLAIN.fullmatch(sought.invoice) else b""
    for number, line in lines:
        if needle not in line.upper():
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError:  # garbage to the contract
            continue
        record, landed = landed_record(text), parse_object(text) or {}
        if record is None:
            continue
        received_at = received_moment(landed.get("received_at"), raw.last_modified)
        found = canonicalise(record.fields, received_at, sought.shop_zone)
        if isinstance(found, Transaction) and found.event_id == sought.event_id:
            position = landed.get("request_position")
            yield RawLine(
                raw_object=raw.key,
                line=number,
                received_at=_shown(received_at),
                content_hash=found.content_hash,
                request_id=landed.get("request_id"),
                position=int(position) if position is not None else None,
                retry_of=retried_id(text),
            )


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
