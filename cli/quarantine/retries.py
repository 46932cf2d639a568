"""Which quarantine rows were sent again, where they landed, and what became of them.

Each command that sends records again leaves items in the state table, `retry#<send id>#<part>`:
the quarantine rows, and for each the raw object in which its record was found. An item is no
store of outcomes, for these are computed when asked for: a record is judged once cleanse has
consumed its raw object; it was rejected again if `quarantine` holds a row whose line names the old
row (the records carry its id in the field `quarantine_id`), and accepted if not.

Not in the lake, since nobody but the jobs writes its tables; not found by reading raw/, since that
would cost more with every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cli.quarantine.records import ID_FIELD, retried_id
from cli.quarantine.table import QuarantineRow, rows_that_mention
from cli.target import Target
from contracts.raw_zone import Position, RawObject
from lambdas.pending_work.raw_objects import read_position

_PREFIX = "retry#"
_ROWS_AN_ITEM = 2_000  # an item holds 400 KB: about 70 bytes a row, and its raw objects


class Fate(StrEnum):
    """What became of a record that was sent again."""

    SENT = "sent"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected again"


@dataclass(frozen=True)
class Retry:
    """A quarantine row that was sent again, for the last time.

    Attributes
    ----------
    sent_at : when, as text in UTC.
    request_id : under which its record landed.
    raw_object : that holds its record; None as long as that is not known.
    fate : SENT until raw/ is known to hold it, WAITING until a run has judged it.
    successor : the quarantine row in its place, where it was rejected again.
    """

    quarantine_id: str
    sent_at: str
    request_id: str
    raw_object: RawObject | None
    fate: Fate
    successor: str | None = None

    @property
    def is_settled(self) -> bool:
        """Return whether nothing is left to do about it: it is in, or another row stands for it."""
        return self.fate in {Fate.ACCEPTED, Fate.REJECTED}


@dataclass(frozen=True)
class SentRow:
    """A quarantine row under the request that its record was sent by."""

    quarantine_id: str
    request_id: str


def note_retries(
    target: Target,
    send_id: str,
    sent_at: str,
    rows: Iterable[SentRow],
    found_in: Mapping[str, RawObject],
) -> None:
    """Write down which rows a command sends; again, with `found_in`, once they are in raw/."""
    table = target.session.resource("dynamodb").Table(target.output("StateTable"))
    listed = list(rows)
    for start in range(0, len(listed), _ROWS_AN_ITEM):
        part = listed[start : start + _ROWS_AN_ITEM]
        objects = sorted(
            {found_in[row.request_id] for row in part if row.request_id in found_in},
            key=lambda each: each.key,
        )
        places = {each: place for place, each in enumerate(objects)}
        table.put_item(
            Item={
                "item": f"{_PREFIX}{send_id}#{start // _ROWS_AN_ITEM:04d}",
                "sent_at": sent_at,
                "raw_objects": [
                    {
                        "key": each.key,
                        "last_modified": each.last_modified.isoformat(),
                        "size": each.size,
                    }
                    for each in objects
                ],
                "rows": {
                    row.quarantine_id: {
                        "request": row.request_id.removeprefix(send_id),
                        "object": places.get(found_in.get(row.request_id), -1),  # type: ignore[arg-type]
                    }
                    for row in part
                },
            }
        )


def read_retries(target: Target) -> dict[str, Retry]:
    """Return what became of each quarantine row that was ever sent again."""
    noted = list(_noted(target))
    if not noted:
        return {}
    position = read_position(target.client("dynamodb"), target.output("StateTable"))
    first_day = min(datetime.fromisoformat(retry.sent_at).date() for retry in noted)
    successors = _successors(target, first_day)
    latest: dict[str, Retry] = {}
    for retry in sorted(noted, key=lambda each: each.sent_at):
        judged = _judged(retry, position, successors)
        earlier = latest.get(retry.quarantine_id)
        if earlier is None or earlier.fate is not Fate.ACCEPTED:
            latest[retry.quarantine_id] = judged
    return latest


def _noted(target: Target) -> Iterator[Retry]:
    table = target.session.resource("dynamodb").Table(target.output("StateTable"))
    request: dict[str, Any] = {
        "ConsistentRead": True,
        "FilterExpression": "begins_with(#item, :prefix)",
        "ExpressionAttributeNames": {"#item": "item"},
        "ExpressionAttributeValues": {":prefix": _PREFIX},
    }
    while True:
        page = table.scan(**request)
        for item in page["Items"]:
            yield from _retries_of(item)
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _retries_of(item: Mapping[str, Any]) -> Iterator[Retry]:
    send_id = str(item["item"]).split("#")[1]
    objects = [
        RawObject(
            each["key"], datetime.fromisoformat(each["last_modified"]), int(each["size"])
        )
        for each in item["raw_objects"]
    ]  # fmt: skip
    for quarantine_id, sent in item["rows"].items():
        place = int(sent["object"])
        raw_object = objects[place] if place >= 0 else None
        request_id = f"{send_id}{sent['request']}"
        yield Retry(quarantine_id, item["sent_at"], request_id, raw_object, Fate.SENT)


def _successors(target: Target, since: date) -> dict[tuple[str, str], QuarantineRow]:
    """Return the rows that stand for others, by raw object and the other's id."""
    found = rows_that_mention(target, ID_FIELD, since)
    named = ((row, retried_id(row.raw_line)) for row in found)
    return {(row.raw_object, former): row for row, former in named if former}


def _judged(
    retry: Retry, position: Position | None, successors: Mapping[tuple[str, str], QuarantineRow]
) -> Retry:
    raw_object = retry.raw_object
    if raw_object is None:
        return retry
    successor = successors.get((raw_object.key, retry.quarantine_id))
    if successor is not None:
        return _ended(retry, Fate.REJECTED, successor.quarantine_id)
    is_consumed = position is not None and position.covers(raw_object)
    return _ended(retry, Fate.ACCEPTED if is_consumed else Fate.WAITING)


def _ended(retry: Retry, fate: Fate, successor: str | None = None) -> Retry:
    return replace(retry, fate=fate, successor=successor)
