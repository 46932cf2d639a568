"""What an execution has done so far: its states, and what its stages wrote into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

_ENTERED, _EXITED = "StateEntered", "StateExited"
_FIGURES = (
    "duplicates",
    "corrections",
    "older_versions",
    "vanished",
    "items_written",
    "items_deleted",
    "write_units",
    "repeated_calls",
)
# States that begin a passage through the loop of SQL; the loop's own states are named for it.
_LOOP_HEADS = ("PrepareWarehouse", "LoadWarehouse")
_OF_LOOP = "Sql"


@dataclass
class Step:
    """One passage through a state.

    Attributes
    ----------
    state : its name in the state machine.
    entered, exited : when; `exited` is None while it lasts, and where it failed for good.
    failures : error names of the attempts that failed.
    """

    state: str
    entered: datetime
    exited: datetime | None = None
    failures: list[str] | None = None

    def seconds(self, now: datetime) -> float:
        """Return how long it took, or has taken so far."""
        return ((self.exited or now) - self.entered).total_seconds()


@dataclass(frozen=True)
class StageFigures:
    """What a stage wrote into the run ledger.

    Attributes
    ----------
    rows_in, rows_out : None where the stage does not say.
    remarks : what else is worth reading: rejects by reason, duplicates, corrections.
    """

    rows_in: int | None
    rows_out: int | None
    remarks: str


def read_steps(events: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return the steps that an execution's history tells of, in their order."""
    steps: list[Step] = []
    for event in events:
        kind = event["type"]
        if kind.endswith(_ENTERED):
            steps.append(Step(event["stateEnteredEventDetails"]["name"], event["timestamp"]))
        elif kind.endswith(_EXITED):
            name = event["stateExitedEventDetails"]["name"]
            step = next(each for each in reversed(steps) if each.state == name)
            step.exited = event["timestamp"]
        elif kind in {"TaskFailed", "TaskTimedOut"} and steps:
            details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
            steps[-1].failures = [*(steps[-1].failures or []), details.get("error", kind)]
    return steps


def fold_loops(steps: Iterable[Step]) -> list[Step]:
    """Return the steps with each passage through the loop of SQL as one, named by its head.

    The last one lasts until another step follows: between two states of the loop it has not ended.
    """
    folded: list[Step] = []
    for step in steps:
        head = folded[-1] if folded else None
        if head is None or head.state not in _LOOP_HEADS or _OF_LOOP not in step.state:
            folded.append(replace(step))
            continue
        head.exited = step.exited
        if step.failures:
            head.failures = [*(head.failures or []), *step.failures]
    if folded and folded[-1].state in _LOOP_HEADS:
        folded[-1].exited = None
    return folded


def read_figures(item: Mapping[str, Any]) -> StageFigures:
    """Return what a ledger item (as boto3's table resource gives it) says of its stage."""
    remarks = [
        f"{name.replace('_', ' ')} {int(item[name]):,}" for name in _FIGURES if item.get(name)
    ]
    rejects = item.get("rejects") or {}
    if rejects:
        total = sum(int(rows) for rows in rejects.values())
        reasons = ", ".join(f"{reason} {int(rows):,}" for reason, rows in sorted(rejects.items()))
        remarks.append(f"{total:,} rejected: {reasons}")
    return StageFigures(
        rows_in=_whole(item.get("rows_in")),
        rows_out=_whole(item.get("rows_out")),
        remarks="; ".join(remarks),
    )


def stage_of(state: str, stages: Iterable[str]) -> str | None:
    """Return the stage that a state runs: CleanseTransactions runs `cleanse`."""
    named = (stage for stage in stages if state.lower().startswith(stage.replace("_", "")))
    return next(named, None)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
