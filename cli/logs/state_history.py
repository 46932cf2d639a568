"""Tells an execution's history as log lines: its states, and what failed in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cli.logs.lines import Line, Source
from cli.run.command import read_cause
from cli.run.steps import stage_of

SOURCE = "states"
STAGES = ("cleanse", "partition", "publish", "load_warehouse", "compact")

_SQL = "Sql"  # states of the loop of SQL are named so; they work for the load once it has begun
_TASK = "TaskState"
_BAD_ENDS = ("Failed", "TimedOut", "Aborted")


def history_lines(events: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Yield a line for each task that was begun and ended, each failure, and the two ends.

    The states between tasks only choose and wait.
    """
    state, stage = "", None
    for event in events:
        kind, at = str(event["type"]), event["timestamp"]
        if kind.endswith("StateEntered"):
            state = event["stateEnteredEventDetails"]["name"]
            stage = stage if _SQL in state else stage_of(state, STAGES)
            if kind.startswith(_TASK):
                yield Line(at, Source(SOURCE, stage), "INFO", f"{state} entered")
        elif kind.startswith(_TASK) and kind.endswith("StateExited"):
            left = event["stateExitedEventDetails"]["name"]
            yield Line(at, Source(SOURCE, stage), "INFO", f"{left} exited")
        elif kind.startswith("Execution"):
            level = "ERROR" if kind.endswith(_BAD_ENDS) else "INFO"
            yield Line(at, Source(SOURCE), level, _words(kind), _failure(kind, event))
        elif kind.endswith(_BAD_ENDS):
            failure = _failure(kind, event)
            yield Line(at, Source(SOURCE, stage), "ERROR", f"{state}: {_words(kind)}", failure)


def _failure(kind: str, event: Mapping[str, Any]) -> dict[str, Any]:
    details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails") or {}
    told = {"error": details.get("error"), "cause": details.get("cause")}
    if told["cause"]:
        told["cause"], _ = read_cause(told["cause"])
    return {name: value for name, value in told.items() if value}


def _words(kind: str) -> str:
    """Return `TaskTimedOut` as `task timed out`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in kind).strip()
