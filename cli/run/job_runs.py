"""Finds the Glue job runs of an execution."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cli.run.executions import Execution


def job_runs(glue: Any, job: str, execution: Execution) -> Iterator[dict[str, Any]]:
    """Yield the job's runs of this execution; they are listed newest first."""
    for page in glue.get_paginator("get_job_runs").paginate(JobName=job):
        for run in page["JobRuns"]:
            if run["StartedOn"] < execution.started - timedelta(minutes=1):
                return
            if run.get("Arguments", {}).get("--run_id") == execution.name:
                yield run
