"""A state machine runs a Glue job, waits for it, and stops it when it is stopped itself."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from tests.local_aws.glue.conftest import Jobs


def start(jobs: Jobs, state: dict[str, Any]) -> tuple[Any, str]:
    """Start an execution of a machine with one task; return the client and its ARN."""
    client = jobs.cloud.client("stepfunctions")
    machine = client.create_state_machine(
        name=f"glue-{uuid.uuid4().hex[:8]}",
        roleArn="arn:aws:iam::000000000000:role/machine",
        definition=json.dumps(
            {
                "QueryLanguage": "JSONata",
                "StartAt": "Job",
                "States": {"Job": {"Type": "Task", "End": True, **state}},
            }
        ),
    )
    arn = machine["stateMachineArn"]
    return client, client.start_execution(stateMachineArn=arn, input="{}")["executionArn"]


def end_of(client: Any, execution: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        described: dict[str, Any] = client.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        assert time.monotonic() < deadline
        time.sleep(0.1)


def sync(job: str) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Arguments": {"JobName": job, "Arguments": {"--run_id": "{% 'r' & 1 %}"}},
    }


def test_the_output_of_sync_is_the_run(jobs: Jobs) -> None:
    job = jobs.make("pass")
    described = end_of(*start(jobs, sync(job)))
    assert described["status"] == "SUCCEEDED"
    run = json.loads(described["output"])
    assert (run["JobName"], run["JobRunState"]) == (job, "SUCCEEDED")
    assert run["Arguments"] == {"--run_id": "r1"}
    assert run["StartedOn"] > 1_700_000_000_000  # Step Functions gives milliseconds


def test_a_failed_run_fails_the_task_with_the_run_as_its_cause(jobs: Jobs) -> None:
    job = jobs.make("raise ValueError('no such month')")
    described = end_of(*start(jobs, sync(job)))
    assert (described["status"], described["error"]) == ("FAILED", "States.TaskFailed")
    run = json.loads(described["cause"])
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "ValueError: no such month"


def test_a_job_that_cannot_start_fails_the_task_with_glues_error(jobs: Jobs) -> None:
    described = end_of(*start(jobs, sync("no-such-job")))
    assert described["error"] == "Glue.EntityNotFoundException"


def test_without_sync_the_output_is_the_run_id(jobs: Jobs) -> None:
    job = jobs.make("pass")
    state = {"Resource": "arn:aws:states:::glue:startJobRun", "Arguments": {"JobName": job}}
    described = end_of(*start(jobs, state))
    run_id = json.loads(described["output"])["JobRunId"]
    assert jobs.wait(job, run_id)["JobRunState"] == "SUCCEEDED"


@pytest.mark.parametrize("how", ["stopped", "timed out"])
def test_a_task_that_nobody_waits_for_any_more_stops_its_run(jobs: Jobs, how: str) -> None:
    job = jobs.make("import time; time.sleep(100)")
    client, execution = start(
        jobs, {**sync(job), **({"TimeoutSeconds": 2} if how == "timed out" else {})}
    )
    while not (listed := jobs.glue.get_job_runs(JobName=job)["JobRuns"]):
        time.sleep(0.05)
    if how == "stopped":
        client.stop_execution(executionArn=execution)
    else:
        assert end_of(client, execution)["error"] == "States.Timeout"
    assert jobs.wait(job, listed[0]["Id"])["JobRunState"] == "STOPPED"
