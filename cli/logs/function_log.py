"""Picks a run's invocations out of a function's log.

An execution environment has a log stream of its own and answers one request after the other, so
the lines from a START to the next belong to one invocation. Whose it was, its own lines tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.logs.lines import Line, Source, parse_object, read_line

_START = re.compile(r"^START RequestId: ")


@dataclass
class _Invocation:
    events: list[dict[str, Any]] = field(default_factory=list)
    run_ids: set[str] = field(default_factory=set)


def run_lines(
    source: Source, events: Iterable[dict[str, Any]], run_id: str, end: datetime
) -> list[Line]:
    """Return the lines of the run's invocations, of which none began after its end.

    One that was ended before it could name its run is taken for the run's: one run at a time is
    at work, and who waits for its turn names itself.
    """
    lines: list[Line] = []
    for invocation in _invocations(events):
        is_over = invocation.events[0]["timestamp"] > end.timestamp() * 1000
        if not is_over and (not invocation.run_ids or run_id in invocation.run_ids):
            lines += _lines(source, invocation)
    return lines


def _invocations(events: Iterable[dict[str, Any]]) -> Iterator[_Invocation]:
    under_way: dict[str, _Invocation] = {}
    for event in events:
        stream, message = event["logStreamName"], event["message"]
        if _START.match(message):
            if stream in under_way:
                yield under_way[stream]
            under_way[stream] = _Invocation()
        # Without a START it began before the time that was asked for: it is of no interest.
        if stream in under_way:
            under_way[stream].events.append(event)
            named = (parse_object(message) or {}).get("run_id")
            if isinstance(named, str):
                under_way[stream].run_ids.add(named)
    yield from under_way.values()


def _lines(source: Source, invocation: _Invocation) -> Iterator[Line]:
    before = None
    for event in invocation.events:
        # Lambda writes a trace as one event of several lines.
        for text in event["message"].rstrip("\n").split("\n"):
            before = read_line(source, event["timestamp"], text, before)
            yield before
