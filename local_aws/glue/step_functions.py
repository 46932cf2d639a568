"""The Step Functions integration `glue:startJobRun`, alone and with `.sync`."""

from __future__ import annotations

import json
from typing import Any

from local_aws.faults import task_calls
from local_aws.glue.errors import GlueApiError
from local_aws.glue.job_runs import JobRuns
from local_aws.glue.run_records import find_run, shown
from local_aws.stepfunctions import integrations, permissions
from local_aws.stepfunctions.errors import TaskError
from local_aws.stepfunctions.execution import task_is_cancelled

_GLUE = "arn:aws:states:::glue:"
_POLL_SECONDS = 0.1
_TIMES = ("StartedOn", "LastModifiedOn", "CompletedOn")


def register(runs: JobRuns) -> None:
    """Let Step Functions run jobs."""

    def start_job_run(resource: str, arguments: dict[str, Any]) -> Any:
        try:
            # A fault strikes the call itself, not the wait for the run that follows.
            run_id = task_calls.meet(resource, arguments, lambda: runs.start(arguments))
        except GlueApiError as refusal:
            raise TaskError(f"Glue.{refusal.code}", refusal.message) from None
        if not resource.endswith(".sync"):
            return {"JobRunId": run_id}
        return _wait_for(runs, arguments["JobName"], run_id)

    integrations.register("glue:startJobRun", start_job_run)


def _wait_for(runs: JobRuns, job_name: str, run_id: str) -> dict[str, Any]:
    """Return the run that succeeded; fail the task with the run as its cause if it did not."""
    told_to_stop = False
    run_of_job = {"JobName": job_name, "RunId": run_id}
    permissions.demand(f"{_GLUE}getJobRun", run_of_job)
    while not runs.wait(run_id, _POLL_SECONDS):
        if not told_to_stop and task_is_cancelled():
            permissions.demand(f"{_GLUE}batchStopJobRun", run_of_job)
            runs.stop(job_name, [run_id])
            told_to_stop = True
    run = shown(find_run(job_name, run_id))
    result = {**run, **{name: int(run[name] * 1000) for name in _TIMES if name in run}}
    if run["JobRunState"] != "SUCCEEDED":
        raise TaskError("States.TaskFailed", json.dumps(result, separators=(",", ":")))
    return result
