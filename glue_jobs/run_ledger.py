"""Writes what a stage did to the run ledger and the log: for people and alarms alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from glue_jobs.job_log import JobLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from glue_jobs.job_arguments import JobArguments


@dataclass
class StageReport:
    """The figures of one stage, filled in while it works.

    `figures` holds counts by their ledger names (rows_in, rows_out, duplicates, …); `rejects`
    the rejected rows by reason; `moments` times by their ledger names.
    """

    figures: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)


@contextmanager
def reported_stage(ledger: Table, arguments: JobArguments, stage: str) -> Iterator[StageReport]:
    """Write the stage's ledger item and a log line when it starts and when it ends or fails."""
    report, log = StageReport(), JobLog(arguments.run_id, arguments.job_name, stage)
    item: dict[str, Any] = {
        "run_id": arguments.run_id,
        "stage": stage,
        "started_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    started = time.monotonic()
    ledger.put_item(Item={**item, "status": "RUNNING"})
    log.info("stage started")
    try:
        yield report
    except Exception as error:
        # The log gets the kind alone: a message may quote a record.
        log.failure("stage failed", error=type(error).__name__, **_ending(report, started))
        cause = f"{type(error).__name__}: {error}".splitlines()[0][:1000]
        ledger.put_item(Item=item | _ending(report, started) | {"status": "FAILED", "cause": cause})
        raise
    ending = _ending(report, started)
    ledger.put_item(Item=item | ending | {"status": "SUCCEEDED"})
    log.info("stage ended", **ending)


def _ending(report: StageReport, started: float) -> dict[str, Any]:
    seconds = Decimal(f"{time.monotonic() - started:.3f}")
    moments = {name: at.isoformat(timespec="seconds") for name, at in report.moments.items()}
    return {**report.figures, **moments, "rejects": report.rejects, "seconds": seconds}
