"""Runs as Step Functions and the ledger tell of them: one that failed after a retry, and others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cli.report.runs import Run, read_failures
from cli.run.steps import fold_loops, read_steps

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW = START + timedelta(minutes=2)
CAUSE = "IcebergError: </script><script>alert(1)</script> at row 7"


def event(after: float, kind: str, name: str = "", **details: Any) -> dict[str, Any]:
    """Return an event of an execution's history, so many seconds after its start."""
    one: dict[str, Any] = {"type": kind, "timestamp": START + timedelta(seconds=after), **details}
    for suffix in ("Entered", "Exited"):
        if kind.endswith(f"State{suffix}"):
            one[f"state{suffix}EventDetails"] = {"name": name}
    return one


def task_failed(after: float, error: str, cause: str) -> dict[str, Any]:
    """Return the event of an attempt that failed."""
    details = {"error": error, "cause": cause, "resourceType": "glue", "resource": "startJobRun"}
    return event(after, "TaskFailed", taskFailedEventDetails=details)


def _state(start: float, end: float, name: str) -> list[dict[str, Any]]:
    return [event(start, "TaskStateEntered", name), event(end, "TaskStateExited", name)]


FAILED_EVENTS = [
    event(0, "ExecutionStarted"),
    *_state(0, 0.02, "RecordStart"),
    *_state(0.02, 1.5, "AcquireLock"),
    event(1.5, "TaskStateEntered", "CleanseTransactions"),
    task_failed(10, "Glue.ThrottlingException", "Rate exceeded"),
    event(30, "TaskStateExited", "CleanseTransactions"),
    event(30, "TaskStateEntered", "PartitionTransactions"),
    task_failed(50, "States.TaskFailed", f'{{"Id": "jr_7", "ErrorMessage": "{CAUSE}"}}'),
    event(50, "TaskStateExited", "PartitionTransactions"),
    *_state(50, 50.1, "RecordFailure"),
    event(50.1, "FailStateEntered", "Failed"),
    event(50.1, "ExecutionFailed"),
]
LEDGER: dict[str, dict[str, Any]] = {
    "execution": {"run_id": "r1", "stage": "execution", "status": "FAILED"},
    "cleanse": {
        "run_id": "r1",
        "stage": "cleanse",
        "status": "SUCCEEDED",
        "started_at": "2026-11-22T12:00:01.500+00:00",
        "rows_in": Decimal(1000),
        "rows_out": Decimal(963),
        "bytes_in": Decimal(1_234_567),
        "rejects": {"too_long": Decimal(2), "not_a_date": Decimal(35)},
        "seconds": Decimal("28.123"),
    },
    "partition": {
        "run_id": "r1",
        "stage": "partition",
        "status": "FAILED",
        "rows_in": Decimal(963),
        "duplicates": Decimal(12),
        "corrections": Decimal(3),
        "cause": CAUSE,
    },
}


def make_run(events: list[dict[str, Any]], **changes: Any) -> Run:
    """Return a run with this history; a failed one with the ledger above, but for the changes."""
    values: dict[str, Any] = {
        "name": "20261122T120000-abc123",
        "status": "FAILED",
        "started": START,
        "stopped": START + timedelta(seconds=50.1),
        "input": {"force": True},
        "error": "States.TaskFailed",
        "cause": CAUSE,
        "job_run": "jr_7",
        "has_history": True,
        "steps": fold_loops(read_steps(events)),
        "failures": read_failures(events),
        "ledger": LEDGER,
    }
    return Run(**values | changes)


def failed_run(**changes: Any) -> Run:
    """Return a run whose partition failed, after cleanse had been tried twice."""
    return make_run(FAILED_EVENTS, **changes)


def running_run() -> Run:
    """Return a run whose cleanse is under way."""
    nothing = {"stopped": None, "error": "", "cause": "", "job_run": None, "ledger": {}}
    return make_run(FAILED_EVENTS[:6], status="RUNNING", **nothing)
