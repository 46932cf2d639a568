"""Job runs: StartJobRun starts real Spark, and a run's record tells what became of it."""

from __future__ import annotations

import contextlib
import contextvars
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ministack.services import glue

from local_aws.faults import callers
from local_aws.glue.errors import invalid
from local_aws.glue.job_arguments import merge_arguments, read_arguments
from local_aws.glue.job_files import fetch_job_files
from local_aws.glue.job_role import job_role
from local_aws.glue.run_logs import LOG_GROUP, RunLogs
from local_aws.glue.run_records import (
    ACTIVE_STATES,
    Run,
    check_job,
    check_room,
    find_run,
    update_run,
)
from local_aws.glue.spark_process import Caller, describe_exit, kill, start_process
from local_aws.settings import CloudSettings

_CLOUD_ENDED = "The local cloud ended during the run"


@dataclass
class _Active:
    """A run that has not ended: its process, and why it was told to end (if it was)."""

    process: subprocess.Popen[bytes] | None = None
    told_to_end: str | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class JobRuns:
    """Starts, stops and watches the runs of every job.

    Parameters
    ----------
    settings : of this local cloud.
    minute_seconds : length of the minute in which a Timeout is counted.
    """

    def __init__(self, settings: CloudSettings, minute_seconds: float = 60.0) -> None:
        self._settings = settings
        self._minute_seconds = minute_seconds
        self._work_root = settings.state_dir / "glue-work"
        self._active: dict[str, _Active] = {}
        self._lock = threading.Lock()

    def start(self, request: dict[str, Any]) -> str:
        """Start a run as StartJobRun asks; return its id.

        Raises
        ------
        GlueApiError : no such job, a job that cannot run locally, too many runs at once.
        """
        job = check_job(request.get("JobName"))
        previous = None
        if retried := request.get("JobRunId"):
            previous = find_run(job["Name"], retried)
        run = _new_run(job, request, previous)
        self._launch(job, run)
        return str(run["Id"])

    def stop(self, job_name: str, run_ids: Iterable[str]) -> dict[str, Any]:
        """Stop runs as BatchStopJobRun asks; return its answer."""
        stopped, errors = [], []
        for run_id in run_ids:
            names = {"JobName": job_name, "JobRunId": run_id}
            refusal = self._stop_one(job_name, run_id)
            if refusal is None:
                stopped.append(names)
            else:
                code, message = refusal
                errors.append(
                    {**names, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": message}}
                )
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def wait(self, run_id: str, seconds: float) -> bool:
        """Wait for the run's end for some seconds; return whether it has ended."""
        active = self._active.get(run_id)
        return active is None or active.ended.wait(seconds)

    def fail_orphans(self) -> None:
        """At the cloud's start: fail the runs that an earlier cloud has left unfinished."""
        shutil.rmtree(self._work_root, ignore_errors=True)
        for runs in glue._job_runs._data.values():
            for position, run in enumerate(runs):
                if run["JobRunState"] in ACTIVE_STATES:
                    ended = {"JobRunState": "FAILED", "ErrorMessage": _CLOUD_ENDED}
                    runs[position] = {**run, **ended, "CompletedOn": time.time()}

    def end_all(self) -> None:
        """At the cloud's stop: kill every run and record that it failed."""
        for active in list(self._active.values()):
            self._tell_to_end(active, "FAILED")
        for active in list(self._active.values()):
            active.ended.wait(10)

    def _stop_one(self, job_name: str, run_id: str) -> tuple[str, str] | None:
        runs = glue._job_runs.get(job_name, [])
        run = next((run for run in runs if run["Id"] == run_id), None)
        if run is None:
            return "EntityNotFoundException", f"Job run {run_id} is not found"
        active = self._active.get(run_id)
        if active is None or run["JobRunState"] not in ("STARTING", "RUNNING"):
            return "InvalidInputException", f"Job run {run_id} is in state {run['JobRunState']}"
        update_run(run, JobRunState="STOPPING")
        self._tell_to_end(active, "STOPPED")
        return None

    def _tell_to_end(self, active: _Active, state: str) -> None:
        with self._lock:
            active.told_to_end = active.told_to_end or state
            process = active.process
        if process is not None:
            kill(process)

    def _launch(self, job: dict[str, Any], run: Run) -> None:
        with self._lock:
            check_room(job)
            glue._job_runs.setdefault(job["Name"], []).append(run)
            self._active[run["Id"]] = _Active()
        # MiniStack's stores answer for the account and region of the context.
        context = contextvars.copy_context()
        threading.Thread(
            target=context.run, args=(self._carry_out, job, run), name=run["Id"], daemon=True
        ).start()

    def _carry_out(self, job: dict[str, Any], run: Run) -> None:
        active = self._active[run["Id"]]
        try:
            state, message = self._run_script(job, run, active)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the run has failed of it
            state, message = "FAILED", f"{type(error).__name__}: {error}"
        if active.told_to_end is not None:
            state = active.told_to_end
            message = _CLOUD_ENDED if state == "FAILED" else ""
        self._end(run, state, message)
        active.ended.set()
        del self._active[run["Id"]]
        attempt = run["Attempt"] + 1
        if state == "FAILED" and active.told_to_end is None and attempt <= job["MaxRetries"]:
            self._launch(job, _new_run(job, run, run))

    def _run_script(self, job: dict[str, Any], run: Run, active: _Active) -> tuple[str, str]:
        """Run the job's script to its end; return the run's final state and error message."""
        work_dir = self._work_root / run["Id"]
        script = PurePosixPath(job["Command"]["ScriptLocation"])
        caller = callers.glue_caller(script.stem, run["Id"])
        try:
            role = job_role(job)
            arguments = read_arguments(merge_arguments(job, run))
            files = fetch_job_files(self._settings, job, arguments, work_dir, role)
            with self._lock:
                if active.told_to_end is not None:
                    return active.told_to_end, ""
                process = start_process(
                    self._settings, job["Name"], arguments, files, Caller(role, caller.app_id)
                )
                active.process = process
            caller.kill = lambda: kill(process)
            try:
                update_run(run, JobRunState="RUNNING")
                log_file = self._settings.state_dir / "logs" / "glue" / f"{run['Id']}.log"
                prefix = arguments.log_group_prefix or LOG_GROUP
                logs = RunLogs(log_file, run["Id"], prefix, role)
                logs.follow(process)
                state = self._watch(process, run["Timeout"])
            finally:
                kill(process)  # also what the script has left running
                process.wait()
            logs.finish()
            return state, describe_exit(process, files) if state == "FAILED" else ""
        finally:
            callers.forget(caller)
            shutil.rmtree(work_dir, ignore_errors=True)

    def _watch(self, process: subprocess.Popen[bytes], timeout_minutes: int) -> str:
        """Wait for the process; return the state that its end means."""
        try:
            status = process.wait(timeout_minutes * self._minute_seconds)
        except subprocess.TimeoutExpired:
            return "TIMEOUT"
        return "SUCCEEDED" if status == 0 else "FAILED"

    def _end(self, run: Run, state: str, message: str) -> None:
        now = time.time()
        changes = {"JobRunState": state, "CompletedOn": now, "ErrorMessage": message}
        changes["ExecutionTime"] = round(now - run["StartedOn"])
        with contextlib.suppress(LookupError):  # the job was deleted meanwhile
            update_run(run, **changes)


def _new_run(job: dict[str, Any], asked: dict[str, Any], previous: Run | None) -> Run:
    """Return the record of a run: what was asked for it, else what its job says."""
    now = time.time()
    run = {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "JobName": job["Name"],
        "JobMode": "SCRIPT",
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": dict(asked.get("Arguments") or {}),
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": int(asked.get("Timeout") or job["Timeout"]),
        "WorkerType": asked.get("WorkerType") or job["WorkerType"],
        "NumberOfWorkers": asked.get("NumberOfWorkers") or job["NumberOfWorkers"],
        "LogGroupName": LOG_GROUP,
        "GlueVersion": job["GlueVersion"],
        "ExecutionClass": asked.get("ExecutionClass") or "STANDARD",
    }
    if run["Timeout"] < 1:
        raise invalid("Timeout should be at least 1 minute")
    if previous is not None:
        attempt = previous["Attempt"] + 1
        first = previous["Id"].partition("_attempt_")[0]
        run |= {"Id": f"{first}_attempt_{attempt}", "Attempt": attempt}
        run |= {"PreviousRunId": previous["Id"], "Arguments": dict(previous["Arguments"])}
    return run
