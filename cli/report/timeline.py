"""A run's states on one line of time: when each began, how long it took, what failed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.report.figures import duration, words
from cli.report.runs import Run
from cli.run.steps import Step, stage_of

WIDTH = 1000.0
_NARROWEST = 3.0
_WORTH_A_ROW = 0.5  # seconds


@dataclass(frozen=True)
class Mark:
    """A piece of the line, in thousandths of the run's time."""

    x: float
    width: float
    tone: str  # good, bad or wait


@dataclass(frozen=True)
class Row:
    """A state with all passages through it.

    Attributes
    ----------
    after : from the run's start to the first passage.
    failed : attempts that failed.
    """

    state: str
    title: str
    after: str
    took: str
    passages: int
    failed: int
    status: str
    tone: str
    marks: tuple[Mark, ...]

    @property
    def has_ended_well(self) -> bool:
        """Whether the last passage came to its end."""
        return self.tone == "good"


def timeline(run: Run, now: datetime) -> tuple[list[Row], list[Row]]:
    """Return the rows worth drawing, and those of the states that were passed in no time."""
    if run.started is None or not run.steps:
        return [], []
    end = run.stopped or now
    rows = {}
    for state in dict.fromkeys(step.state for step in run.steps):
        passages = [step for step in run.steps if step.state == state]
        rows[state] = _row(run, passages, run.started, end)
    drawn = [rows[state] for state in rows if _is_worth_a_row(run, rows[state], end)]
    return drawn, [row for row in rows.values() if row not in drawn and row.has_ended_well]


def _is_worth_a_row(run: Run, row: Row, end: datetime) -> bool:
    took = sum(_seconds(step, end) for step in run.steps if step.state == row.state)
    is_stage = stage_of(row.state, run.ledger) is not None
    return took >= _WORTH_A_ROW or is_stage or bool(row.failed) or row.tone == "wait"


def _row(run: Run, passages: Sequence[Step], start: datetime, end: datetime) -> Row:
    last = passages[-1]
    failed = [each for each in run.failures if each.state == last.state]
    tone, status = _ending(run, last)
    total = max((end - start).total_seconds(), 0.001)

    def place(when: datetime) -> float:
        return round(min(max((when - start).total_seconds() / total, 0), 1) * WIDTH, 1)

    marks = [
        _mark(place(step.entered), place(step.exited or end), tone if step is last else "good")
        for step in passages
    ]
    marks += [_mark(place(each.at), place(each.at), "bad") for each in failed]
    return Row(
        state=last.state,
        title=words(last.state),
        after=duration(max((passages[0].entered - start).total_seconds(), 0)),
        took=duration(sum(_seconds(step, end) for step in passages)),
        passages=len(passages),
        failed=len(failed),
        status=status,
        tone=tone,
        marks=tuple(marks),
    )


def _ending(run: Run, last: Step) -> tuple[str, str]:
    if run.status == "RUNNING" and last.exited is None and last is run.steps[-1]:
        return "wait", "under way"
    # A state that caught its error was left, but it did not do what it is for.
    gave_up = last.failures and run.error in last.failures and run.status == "FAILED"
    if gave_up or (last.exited is None and last.state == "Failed"):
        return "bad", "failed"
    if last.exited is None and run.status in {"FAILED", "TIMED_OUT", "ABORTED"}:
        return "bad", "broken off"
    return "good", "done"


def _mark(start: float, end: float, tone: str) -> Mark:
    width = max(round(end - start, 1), _NARROWEST)
    return Mark(min(start, WIDTH - width), width, tone)


def _seconds(step: Step, end: datetime) -> float:
    return step.seconds(end.astimezone(UTC))
