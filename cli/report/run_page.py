"""The page of one run: how it went, step by step, and what became of its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cli import console
from cli.report.figures import count, duration, moment, words
from cli.report.page import render
from cli.report.runs import FailedAttempt, Run
from cli.report.timeline import Row, timeline

# In the order of the pipeline; stages that are not named here come after these.
_STAGES = ("cleanse", "partition", "publish", "load_warehouse", "compact")
_SAID_ELSEWHERE = frozenset(("rows_in", "rows_out", "seconds"))
_ENDINGS = {
    "SUCCEEDED": ("good", "succeeded"),
    "NOTHING_PENDING": ("good", "had nothing to do"),
    "RUNNING": ("wait", "is under way"),
    "FAILED": ("bad", "failed"),
    "TIMED_OUT": ("bad", "timed out"),
    "ABORTED": ("bad", "was stopped"),
}


@dataclass(frozen=True)
class Stage:
    """What a stage wrote into the ledger, in words."""

    name: str
    status: str
    tone: str
    took: str
    rows_in: str
    rows_out: str
    others: str
    cause: str


@dataclass(frozen=True)
class Reason:
    """Rows that went into quarantine for one reason, and their part of the most frequent's."""

    name: str
    rows: int
    share: float


def render_run(run: Run, source: str, now: datetime) -> str:
    """Return the page of a run as HTML; of one that still lasts, as it is `now`."""
    tone, ending = _ENDINGS.get(run.status, ("wait", words(run.status)))
    shown, passed = timeline(run, now)
    return render(
        "run.html.j2",
        scripts=("theme.js",),
        run=run,
        tone=tone,
        ending=ending,
        source=source,
        made=moment(now),
        headlines=_headlines(run, now),
        timeline=shown,
        passed=[row.state for row in passed],
        failures=[_failure(each, shown) for each in run.failures],
        stages=[_stage(name, item) for name, item in _in_order(run.ledger)],
        reasons=_reasons(run.ledger),
    )


def _headlines(run: Run, now: datetime) -> list[tuple[str, str]]:
    cleanse = run.ledger.get("cleanse", {})
    partition = run.ledger.get("partition", {})
    found: list[tuple[str, str | None]] = [
        ("Took" if run.stopped else "So far", _took(run, now)),
        ("Records read", _number(cleanse.get("rows_in"))),
        ("Accepted", _number(cleanse.get("rows_out"))),
        ("In quarantine", _number(_rejected(cleanse))),
        ("Duplicates", _number(partition.get("duplicates"))),
        ("Corrections", _number(partition.get("corrections"))),
        ("Cost", None if run.cost is None else f"{run.cost:.4f} USD"),
    ]
    return [(label, value) for label, value in found if value is not None]


def _took(run: Run, now: datetime) -> str | None:
    if run.started is None:
        return None
    if run.has_history:
        return duration(((run.stopped or now) - run.started).total_seconds())
    seconds = run.ledger.get("execution", {}).get("seconds")
    return None if seconds is None else duration(float(seconds))


def _rejected(item: Mapping[str, Any]) -> int | None:
    rejects = item.get("rejects")
    return None if rejects is None else sum(int(rows) for rows in rejects.values())


def _in_order(ledger: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    names = [name for name in _STAGES if name in ledger]
    names += sorted(set(ledger) - {*_STAGES, "execution"})
    return [(name, ledger[name]) for name in names]


def _stage(name: str, item: Mapping[str, Any]) -> Stage:
    status = str(item.get("status", ""))
    others = [
        f"{words(each).lower()} {_figure(each, item[each])}"
        for each in sorted(set(item) - _SAID_ELSEWHERE)
        if isinstance(item[each], Decimal | int) and item[each]
    ]
    seconds = item.get("seconds")
    return Stage(
        name=words(name),
        status=words(status),
        tone=_ENDINGS.get(status, ("wait", ""))[0],
        took="" if seconds is None else duration(float(seconds)),
        rows_in=_number(item.get("rows_in")) or "",
        rows_out=_number(item.get("rows_out")) or "",
        others="; ".join(others),
        cause=str(item.get("cause", "")),
    )


def _figure(name: str, value: Decimal | int) -> str:
    return console.size(int(value)) if "bytes" in name else count(int(value))


def _reasons(ledger: Mapping[str, Mapping[str, Any]]) -> list[Reason]:
    rejects: Mapping[str, Any] = ledger.get("cleanse", {}).get("rejects") or {}
    rows = sorted(((int(n), name) for name, n in rejects.items() if n), reverse=True)
    most = rows[0][0] if rows else 1
    return [Reason(words(name), number, round(number / most, 4)) for number, name in rows]


def _failure(attempt: FailedAttempt, rows: Iterable[Row]) -> dict[str, str]:
    passed = next((row.has_ended_well for row in rows if row.state == attempt.state), False)
    return {
        "state": words(attempt.state),
        "at": f"{attempt.at:%H:%M:%S}",
        "error": attempt.error,
        "cause": attempt.cause,
        "then": "a later attempt went well" if passed else "",
    }


def _number(value: Any) -> str | None:
    return None if value is None else count(int(value))
