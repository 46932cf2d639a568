"""Writes docs/reliability.json and docs/reliability.md from what a chaos run has shown."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.campaign import Round
from tests.chaos.catalogue import FaultPoint

DOCS = Path(__file__).resolve().parents[2] / "docs"
FINDINGS = Path(__file__).with_name("findings.md")


@dataclass(frozen=True)
class Outcome:
    """A whole chaos run.

    Attributes
    ----------
    minutes : after which no round began.
    scenarios : names of the concurrency scenarios that ended in the truth.
    seconds : from the first start of a cloud to the last comparison.
    """

    seed: int
    minutes: float
    points: Sequence[FaultPoint]
    rounds: Sequence[Round]
    scenarios: Sequence[str]
    executions: int
    failed: int
    seconds: float
    lost: int
    doubled: int
    rows_compared: int

    @property
    def fired(self) -> Counter[str]:
        """How often each point has struck."""
        return sum((each.fired for each in self.rounds), Counter())


def write_report(outcome: Outcome, folder: Path = DOCS) -> None:
    """Write both files."""
    content = as_json(outcome)
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "reliability.json").write_text(text + "\n", "utf-8")
    (folder / "reliability.md").write_text(as_markdown(content), "utf-8")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return what docs/reliability.json holds."""
    fired = outcome.fired
    struck = [point for point in outcome.points if point.id in fired]
    return {
        "fault_points": len(struck),
        "faults_struck": fired.total(),
        "executions": outcome.executions,
        "failed_executions": outcome.failed,
        "lost_rows": outcome.lost,
        "doubled_rows": outcome.doubled,
        "rows_compared": outcome.rows_compared,
        "copies_made_by_repeated_requests": outcome.rounds[-1].checked.copies,
        "seeds": [outcome.seed],
        "command": f"make chaos SEED={outcome.seed} MINUTES={outcome.minutes:g}",
        "seconds": round(outcome.seconds),
        "machine": machine(),
        "concurrency": list(outcome.scenarios),
        "rounds": [
            {
                "name": each.name,
                "faults_struck": each.fired.total(),
                "executions": each.executions,
                "failed_executions": each.failed,
                "rows": each.checked.rows,
            }
            for each in outcome.rounds
        ],
        "points": [
            {
                "id": point.id,
                "stage": point.stage,
                "place": point.place,
                "caller": point.caller,
                "service": point.service,
                "action": point.action,
                "resource": point.resource,
                "effect": point.effect,
                "struck": fired[point.id],
            }
            for point in struck
        ],
        "not_met": [point.id for point in outcome.points if point.id not in fired],
    }


def machine() -> str:
    """Return what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def as_markdown(content: dict[str, Any]) -> str:
    """Return docs/reliability.md."""
    points = content["points"]
    rounds = content["rounds"]
    stages = Counter(point["stage"] for point in points)
    rows = [
        f"| {stage} | {count} | {_deaths(points, stage)} | {_struck(points, stage)} |"
        for stage, count in stages.items()
    ]
    places = [
        f"| {point['stage']} | {point['place']} | {point['effect'].replace('_', ' ')} of "
        f"`{point['action']}` |"
        for point in points
        if point["place"] and point["effect"].startswith("kill")
    ]
    last = rounds[-1]["rows"]
    held = [f"| {store.replace('_', ' ')} | {count:,} |" for store, count in last.items()]
    findings = FINDINGS.read_text("utf-8")
    scenarios = "\n".join(f"- {name.replace('_', ' ')}" for name in content["concurrency"])
    minutes = content["seconds"] / 60
    return f"""# What breaks, and what is left afterwards

`{content["command"]}` runs the real pipeline on the local cloud, lets its calls fail and its
processes die at **{content["fault_points"]} fault points**, and compares every store with the
truth, row by row, after each round:
**{content["lost_rows"]} rows lost, {content["doubled_rows"]} doubled**.

| | |
|---|---|
| fault points that struck in the pipeline's own calls | {content["fault_points"]} |
| points of the catalogue that this run did not reach | {len(content["not_met"])} |
| faults that struck, repeats included | {content["faults_struck"]} |
| executions | {content["executions"]} |
| of these failed, and mended by the next | {content["failed_executions"]} |
| rows compared | {content["rows_compared"]:,} |
| rows lost | {content["lost_rows"]} |
| rows doubled | {content["doubled_rows"]} |
| time | {minutes:.0f} minutes on {content["machine"]} |
| seed | {", ".join(map(str, content["seeds"]))} |

A fault point is a caller, a service, an action, a kind of resource, an effect and a place. It
counts only if the injector's log shows that it struck a call of the pipeline itself. The catalogue
is [tests/chaos/fault_points.json](../tests/chaos/fault_points.json); a test fails when the pipeline
makes a call that no point of it strikes. All figures, with the points one by one, are in
[reliability.json](reliability.json).

## How it is proven

1. A seeded generator makes waves of records: sales, cancellations, adjustments, guests, duplicates
   within a send and across sends, corrections (some move an invoice to another month or another
   customer), records received out of order, invoices that shrink, files that others drop into raw/,
   garbage, and files that cannot be read.
2. A wave is sent by `etl send`, and the state machine is executed, while the faults of the round
   strike. Where an execution fails a new one is started, as an operator would.
3. An oracle in plain Python computes from what was sent what each store must hold. It shares
   nothing with the pipeline but the names of the fields. From raw/ it takes only when each record
   was received, and raw/ itself is compared with what was sent.
4. Every store is read whole, by Athena, the Data API and a scan, and compared row by row: rows
   lost, doubled, foreign or changed. A header without its chunks, or a mark of unfinished work,
   is a failure too.

A record that raw/ holds twice because a request was repeated is no doubled row: identity settles it
in `transactions`. There were {content["copies_made_by_repeated_requests"]} of these.

## Fault points by stage

| stage | points | of which deaths | struck |
|---|---|---|---|
{chr(10).join(rows)}

## Deaths

| stage | place | by |
|---|---|---|
{chr(10).join(places)}

## At the same time

Each of these ended in the truth:

{scenarios}

## What the stores held at the end

| store | rows |
|---|---|
{chr(10).join(held)}

{findings}
## Repeat it

```
make chaos                    # all of it, with the seed above
make chaos SEED=7             # other data, other combinations
.venv/bin/python -m tests.chaos --points 'publish/*' --soak 0 --no-report
.venv/bin/pytest tests/chaos  # the part that `make test` runs
```

The seed decides the records, which faults meet in a round, and the random ones. What it cannot
decide is which of two processes is first, so a count of struck faults may differ by a few.
"""


def _deaths(points: list[dict[str, Any]], stage: str) -> int:
    return sum(p["stage"] == stage and p["effect"].startswith("kill") for p in points)


def _struck(points: list[dict[str, Any]], stage: str) -> int:
    return sum(p["struck"] for p in points if p["stage"] == stage)
