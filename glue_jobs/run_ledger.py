"""Writes what a stage did to the run ledger: for people and alarms, never for correctness."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


@dataclass
class StageReport:
    """The figures of one stage, filled in while it works.

    `figures` holds counts by their ledger names (rows_in, rows_out, duplicates, …); `rejects`
    the rejected rows by reason.
    """

    figures: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)


@contextmanager
def reported_stage(ledger: Table, run_id: str, stage: str) -> Iterator[StageReport]:
    """Write the stage's ledger item when it starts and again when it ends or fails."""
    report = StageReport()
    item: dict[str, Any] = {
        "run_id": run_id,
        "stage": stage,
        "started_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    started = time.monotonic()
    ledger.put_item(Item={**item, "status": "RUNNING"})
    try:
        yield report
    except Exception as error:
        cause = f"{type(error).__name__}: {error}".splitlines()[0][:1000]
        ledger.put_item(Item=item | _ending(report, started) | {"status": "FAILED", "cause": cause})
        raise
    ledger.put_item(Item=item | _ending(report, started) | {"status": "SUCCEEDED"})


def _ending(report: StageReport, started: float) -> dict[str, Any]:
    seconds = Decimal(f"{time.monotonic() - started:.3f}")
    return {**report.figures, "rejects": report.rejects, "seconds": seconds}
