"""Of a function's log, a run gets the lines of its own invocations."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cli.logs.function_log import run_lines
from cli.logs.lines import Source

END = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEFORE = int(END.timestamp() * 1000) - 60_000
SOURCE = Source("lambda run-lock")


def event(stream: str, message: str, milliseconds: int = BEFORE) -> dict[str, Any]:
    return {"logStreamName": stream, "message": message, "timestamp": milliseconds}


def named(run_id: str, message: str = "acquired") -> str:
    return json.dumps({"level": "INFO", "message": message, "run_id": run_id})


def messages(events: list[dict[str, Any]]) -> list[str]:
    return [line.message for line in run_lines(SOURCE, events, "run-1", END)]


def test_all_lines_of_an_invocation_that_names_the_run_are_its() -> None:
    events = [
        event("a", "START RequestId: 1 Version: $LATEST"),
        event("a", "printed"),
        event("a", named("run-1")),
        event("a", "END RequestId: 1"),
        event("a", "REPORT RequestId: 1"),
        event("a", "START RequestId: 2 Version: $LATEST"),
        event("a", named("run-2")),
        event("a", "REPORT RequestId: 2"),
    ]

    assert messages(events) == [
        "START RequestId: 1 Version: $LATEST",
        "printed",
        "acquired",
        "END RequestId: 1",
        "REPORT RequestId: 1",
    ]


def test_invocations_side_by_side_are_told_apart_by_their_streams() -> None:
    events = [
        event("a", "START RequestId: 1"),
        event("b", "START RequestId: 2"),
        event("b", "of the other"),
        event("a", "of ours"),
        event("b", named("run-2")),
        event("a", named("run-1")),
    ]

    assert messages(events) == ["START RequestId: 1", "of ours", "acquired"]


def test_an_invocation_that_died_before_it_named_its_run_is_shown() -> None:
    events = [event("a", "START RequestId: 1"), event("a", "RequestId: 1 Error: Runtime exited")]

    assert len(messages(events)) == 2


def test_what_began_after_the_run_is_not_its() -> None:
    after = int(END.timestamp() * 1000) + 5

    assert messages([event("a", "START RequestId: 1", after), event("a", "died", after)]) == []


def test_the_rest_of_an_invocation_that_began_before_is_left_out() -> None:
    assert messages([event("a", "printed"), event("a", "REPORT RequestId: 0")]) == []


def test_a_trace_in_one_event_is_several_lines_of_one_error() -> None:
    trace = "[ERROR] LoadFailed: not in\nTraceback (most recent call last):\n  File x\n"
    events = [event("a", "START RequestId: 1"), event("a", trace)]

    lines = run_lines(SOURCE, events, "run-1", END)

    assert [line.is_error for line in lines] == [False, True, True, True]
