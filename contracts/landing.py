"""From the body of a request to the lines that are landed in raw/."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from contracts.dates import stamp
from contracts.fields import INPUT_NAMES
from contracts.literals import NumberLiteral, json_text, literal
from contracts.rejections import Reason, Rejection

DEEPEST = 32
"""Levels of objects and arrays within one event."""

_JSON_SPACE = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """A JSON object of a request: its place among the request's events, and its fields."""

    index: int
    record: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stood at a place of a request, but is no event."""

    index: int
    rejection: Rejection


class _Repeated(dict[str, object]):
    """An object in which a name comes twice: nobody can say which of its values was meant."""


class _Constant(NumberLiteral):
    """NaN, Infinity or -Infinity: Python writes them, JSON has no such numbers."""

    __slots__ = ()


def parse_events(body: bytes) -> list[Event | Refusal]:
    """Return the events of a request body: one object, an array of objects, or NDJSON.

    Every number keeps its literal. A byte order mark, blank lines and CRLF are taken. What is
    no event is refused alone; an array that is not JSON is refused as a whole.

    Returns
    -------
    list[Event | Refusal]
        In the order of the body, indexes from 0; empty for an empty body. Nothing is raised.
    """
    text = body.removeprefix(_BYTE_ORDER_MARK).strip(_JSON_SPACE)
    lines = [line for line in text.split(b"\n") if line.strip(_JSON_SPACE)]
    if not lines:
        return []
    first = _parse(lines[0])
    if text.startswith(b"[") or isinstance(first, Rejection):
        whole = _parse(text)
        if isinstance(whole, list):
            return [_event(index, item) for index, item in enumerate(whole)]
        if isinstance(whole, dict) or (text.startswith(b"[") and isinstance(first, Rejection)):
            return [_event(0, whole)]
    return [_event(index, _parse(line)) for index, line in enumerate(lines)]


def land(event: Event, received_at: datetime, request_id: str, position: int) -> bytes:
    """Return the line of raw/ that keeps an event: one JSON object in ASCII, with its newline.

    The contract's fields are strings that hold the literal sent: a null stays null, an absent
    field stays absent, a nested value is its JSON text. All other fields go, as the JSON text
    of one object, into `extra`; so no sender can fill what the ingest itself says.

    Parameters
    ----------
    event
        An event of `parse_events`.
    received_at
        When the request was received, with its time zone.
    request_id, position
        The request, and the event's place in it.
    """
    line: dict[str, object] = {
        name: literal(event.record[name]) for name in INPUT_NAMES if name in event.record
    }
    unknown = {name: value for name, value in event.record.items() if name not in line}
    if unknown:
        line["extra"] = json_text(unknown, ascii_only=True)
    line["received_at"] = stamp(received_at)
    line["request_id"] = request_id
    line["request_position"] = position
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(pairs)
    return unique if len(unique) == len(pairs) else _Repeated(pairs)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=NumberLiteral,
    parse_int=NumberLiteral,
    parse_constant=_Constant,
)


def _parse(text: bytes) -> object:
    """Return the JSON value of `text`, or why there is none."""
    try:
        return cast("object", _DECODER.decode(text.decode()))
    except UnicodeDecodeError as error:
        return _not_an_object(f"is not UTF-8: byte {error.start} is wrong")
    except RecursionError:
        return _not_an_object("is nested too deeply")
    except ValueError as error:
        return _not_an_object(f"is not JSON: {error}")


def _event(index: int, value: object) -> Event | Refusal:
    if isinstance(value, Rejection):
        return Refusal(index, value)
    if not isinstance(value, dict):
        return Refusal(index, _not_an_object("is no JSON object: send one for each transaction"))
    if isinstance(value, _Repeated):
        return Refusal(index, _not_an_object("has a name that comes twice: send each field once"))
    for name, member in value.items():
        if type(member) is not str and (flaw := _flaw(name, member)):
            return Refusal(index, flaw)
    return Event(index, value)


def _flaw(field: str, member: object) -> Rejection | None:
    """Return what makes a field's value unfit to be landed, at any depth of it."""
    level = [member]
    for _ in range(DEEPEST):
        deeper: list[object] = []
        for value in level:
            if isinstance(value, _Constant):
                detail = f"{value} is no number of JSON: send a number, or null for none"
                return Rejection(Reason.NOT_A_NUMBER, field, detail)
            if isinstance(value, _Repeated):
                return _not_an_object("holds an object in which a name comes twice", field)
            if isinstance(value, dict):
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
        if not deeper:
            return None
        level = deeper
    return _not_an_object(f"is nested more than {DEEPEST} levels deep", field)


def _not_an_object(detail: str, field: str | None = None) -> Rejection:
    return Rejection(Reason.NOT_AN_OBJECT, field, detail)
