"""What is known of one run: its execution's history, and its items of the run ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cli.errors import CliError
from cli.run.command import read_cause
from cli.run.executions import LATEST, describe_execution, execution_name, read_history
from cli.run.ledger import LedgerItem, read_ledger
from cli.run.steps import Step, fold_loops, read_steps
from cli.target import Target

_FAILED_ATTEMPTS = ("TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "TaskStartFailed")


@dataclass(frozen=True)
class FailedAttempt:
    """An attempt at a state that failed, whether or not a later one did what it could not."""

    state: str
    at: datetime
    error: str
    cause: str


@dataclass(frozen=True)
class Run:
    """One execution.

    Attributes
    ----------
    name : of the execution: the run's id everywhere.
    status : RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED; NOTHING_PENDING for a success that
        had nothing to do.
    started, stopped : None where it is not known, or not so yet.
    error, cause, job_run : of a failure; job_run is the Glue run that it is about.
    has_history : False where Step Functions has forgotten the execution (after 90 days).
    steps : the passages through its states.
    failures : all attempts that failed.
    ledger : items by stage, `execution` among them.
    cost : in USD at list price, None where it is not known.
    """

    name: str
    status: str
    started: datetime | None
    stopped: datetime | None
    input: Mapping[str, Any]
    error: str
    cause: str
    job_run: str | None
    has_history: bool
    steps: Sequence[Step]
    failures: Sequence[FailedAttempt]
    ledger: Mapping[str, LedgerItem]
    cost: Decimal | None = None


def read_run(target: Target, wanted: str) -> Run:
    """Return what is known of a run.

    Parameters
    ----------
    wanted : name or ARN of its execution; `latest` is the pipeline's execution started last.

    Raises
    ------
    CliError : there is no such run.
    """
    states = target.client("stepfunctions")
    name = execution_name(target, states, wanted)
    described = describe_execution(target, states, name)
    table = target.session.resource("dynamodb").Table(target.output("LedgerTable"))
    ledger = read_ledger(table, name)
    if described is None:
        if not ledger:
            raise CliError(f"there is no run {name}: `--run {LATEST}` shows the one started last")
        return _from_ledger(name, ledger)
    events = read_history(states, described["executionArn"])
    cause, job_run = read_cause(described.get("cause") or "")
    return Run(
        name=name,
        status=_status(described),
        started=described["startDate"],
        stopped=described.get("stopDate"),
        input=_object(described.get("input")),
        error=described.get("error") or "",
        cause=cause,
        job_run=job_run,
        has_history=True,
        steps=fold_loops(read_steps(events)),
        failures=read_failures(events),
        ledger=ledger,
    )


def read_failures(events: Iterable[Mapping[str, Any]]) -> list[FailedAttempt]:
    """Return the attempts that an execution's history tells of as failed, in their order."""
    failures: list[FailedAttempt] = []
    state = ""
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            state = event["stateEnteredEventDetails"]["name"]
        elif kind in _FAILED_ATTEMPTS:
            details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
            cause, _ = read_cause(details.get("cause") or "")
            failures.append(
                FailedAttempt(state, event["timestamp"], details.get("error", kind), cause)
            )
    return failures


def _from_ledger(name: str, ledger: Mapping[str, LedgerItem]) -> Run:
    own = ledger.get("execution", {})
    started = own.get("started_at")
    return Run(
        name=name,
        status=str(own.get("status", "UNKNOWN")),
        started=datetime.fromisoformat(str(started)) if started else None,
        stopped=None,
        input={},
        error="",
        cause=str(own.get("cause", "")),
        job_run=None,
        has_history=False,
        steps=(),
        failures=(),
        ledger=ledger,
    )


def _status(described: Mapping[str, Any]) -> str:
    outcome = _object(described.get("output")).get("outcome")
    return "NOTHING_PENDING" if outcome == "NOTHING_PENDING" else str(described["status"])


def _object(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
