"""A run is ended in time, and never outlives the local cloud."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack.services import glue

from local_aws.glue.job_arguments import JobArguments
from local_aws.glue.job_runs import JobRuns
from local_aws.glue.run_records import find_run
from local_aws.glue.spark_process import Caller, JobFiles, start_process
from local_aws.iam.roles import ROOT
from local_aws.settings import CloudSettings, default_jars_dir
from tests.local_aws.glue.conftest import Jobs

SLEEPS = "import time; time.sleep(100)"


@pytest.fixture
def settings(jobs: Jobs, tmp_path: Path) -> CloudSettings:
    """Return settings of a cloud in this process, which fetches scripts from the running one."""
    port = int(jobs.cloud.endpoint.rpartition(":")[2])
    return CloudSettings(state_dir=tmp_path, port=port, jars_dir=default_jars_dir())


@pytest.fixture
def job(jobs: Jobs) -> Iterator[dict[str, Any]]:
    """Return a job of this process's MiniStack that sleeps."""
    name = jobs.make(SLEEPS)
    definition = jobs.glue.get_job(JobName=name)["Job"]
    glue._jobs[name] = definition
    yield definition
    glue._jobs.pop(name)
    glue._job_runs.pop(name, None)


def test_a_run_that_takes_longer_than_its_timeout_is_ended(
    settings: CloudSettings, job: dict[str, Any]
) -> None:
    runs = JobRuns(settings, minute_seconds=0.5)
    run_id = runs.start({"JobName": job["Name"], "Timeout": 1})
    assert runs.wait(run_id, 30)
    assert find_run(job["Name"], run_id)["JobRunState"] == "TIMEOUT"
    assert not list((settings.state_dir / "glue-work").iterdir())


def test_at_the_end_of_the_cloud_its_runs_fail(
    settings: CloudSettings, job: dict[str, Any]
) -> None:
    runs = JobRuns(settings)
    run_id = runs.start({"JobName": job["Name"]})
    runs.end_all()
    run = find_run(job["Name"], run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == (
        "FAILED",
        "The local cloud ended during the run",
    )


def test_runs_that_a_killed_cloud_has_left_behind_fail_at_the_next_start(
    settings: CloudSettings, job: dict[str, Any]
) -> None:
    left = {"JobName": job["Name"], "StartedOn": time.time(), "Attempt": 0}
    glue._job_runs[job["Name"]] = [
        {**left, "Id": "jr_1", "JobRunState": "RUNNING"},
        {**left, "Id": "jr_2", "JobRunState": "SUCCEEDED"},
    ]
    JobRuns(settings).fail_orphans()
    assert find_run(job["Name"], "jr_1")["JobRunState"] == "FAILED"
    assert find_run(job["Name"], "jr_2")["JobRunState"] == "SUCCEEDED"


def test_a_process_ends_when_the_cloud_that_started_it_is_gone(
    settings: CloudSettings, tmp_path: Path
) -> None:
    script = tmp_path / "job.py"
    script.write_text(f"print('up', flush=True); {SLEEPS}")
    files = JobFiles(tmp_path, script, python_path=[])
    process = start_process(
        settings, "job", JobArguments(script=[]), files, Caller(ROOT, "glue.job.0")
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"up\n"
    group = process.pid
    process.stdin.close()  # as the end of the cloud does
    assert process.wait(10) != 0
    assert processes_of(group) == []


def processes_of(group: int) -> list[str]:
    """Return the processes of a group that are still alive, a moment after its end."""
    alive: list[str] = []
    for _ in range(50):
        listed = subprocess.run(
            ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
        alive = [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]
        if not alive:
            break
        time.sleep(0.1)
    return alive
