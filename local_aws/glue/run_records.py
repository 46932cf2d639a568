"""The records of job runs, as GetJobRun shows them, in MiniStack's store."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import glue

from local_aws.glue.errors import GlueApiError, invalid, not_found

Run = dict[str, Any]

ACTIVE_STATES = frozenset({"STARTING", "RUNNING", "STOPPING"})
GLUE_VERSION = "5.1"  # Spark 3.5.6 and Iceberg 1.10.0, which run here
_COMMAND = "glueetl"


def check_job(name: str | None) -> dict[str, Any]:
    """Return the job, if it is there and can run locally.

    Raises
    ------
    GlueApiError : EntityNotFoundException or InvalidInputException.
    """
    job: dict[str, Any] | None = glue._jobs.get(name)
    if job is None:
        raise not_found(f"Failed to start job run due to missing metadata: job {name}")
    if job["Command"].get("Name") != _COMMAND:
        raise invalid(f"The local cloud runs jobs of command {_COMMAND} only")
    if job["GlueVersion"] != GLUE_VERSION:
        raise invalid(
            f"The local cloud runs Glue {GLUE_VERSION} only, and job {name} has "
            f"{job['GlueVersion']}"
        )
    return job


def check_room(job: dict[str, Any]) -> None:
    """Raise ConcurrentRunsExceededException where the job has as many runs as it may."""
    most = (job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1)
    runs = glue._job_runs.get(job["Name"], [])
    if sum(run["JobRunState"] in ACTIVE_STATES for run in runs) >= most:
        raise GlueApiError(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']}"
        )


def find_run(job_name: str | None, run_id: str | None) -> Run:
    """Return a run's record, or raise EntityNotFoundException."""
    runs = glue._job_runs.get(job_name, [])
    found: Run | None = next((run for run in runs if run["Id"] == run_id), None)
    if found is None:
        raise not_found(f"Job run {run_id} of job {job_name} is not found")
    return found


def update_run(run: Run, **changes: Any) -> None:
    """Put a changed record in the place of the run's.

    A record is never changed in place: the state may be saved at the same moment.

    Raises
    ------
    LookupError : the run is not there any more.
    """
    runs = glue._job_runs[run["JobName"]]
    position = next(i for i, other in enumerate(runs) if other["Id"] == run["Id"])
    runs[position] = {**runs[position], **changes, "LastModifiedOn": time.time()}


def shown(run: Run) -> Run:
    """Return the record as the API shows it: ExecutionTime counts on while the run is active."""
    visible = {name: value for name, value in run.items() if value not in (None, "")}
    if run["JobRunState"] in ACTIVE_STATES:
        visible["ExecutionTime"] = round(time.time() - run["StartedOn"])
    return visible
