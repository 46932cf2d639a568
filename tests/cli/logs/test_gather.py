"""The lines of a run come from all that took part in it, in order, and from nothing else."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.logs import cloudwatch
from cli.logs.gather import Gathered, gather
from cli.run.executions import Execution
from cli.settings import Settings
from cli.target import Target

# Glue says when a run began, and moto takes the time that it is.
START = datetime.now(UTC) - timedelta(seconds=30)
PREFIX = "etl-dev"
JOBS = ("cleanse", "partition", "publish", "compact")


class Deployment:
    """A deployment in moto: its log groups and its jobs."""

    def __init__(self) -> None:
        session = boto3.Session(region_name="us-east-1")
        settings = Settings(
            aws=True, project="etl", stage="dev", profile=None, region=None, state_dir=Path()
        )
        self.target = Target(settings, session, "us-east-1", None)
        outputs = {f"{job.capitalize()}Job": f"{PREFIX}-{job}" for job in JOBS}
        self.target.__dict__["outputs"] = outputs  # what the stack would tell
        self.logs: Any = session.client("logs")
        self.glue: Any = session.client("glue")
        for job in outputs.values():
            self.glue.create_job(Name=job, Role="role", Command={"Name": "glueetl"})

    def write(self, group: str, stream: str, *messages: str, second: float = 1) -> None:
        for make, names in (
            (self.logs.create_log_group, {"logGroupName": group}),
            (self.logs.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
        ):
            with contextlib.suppress(self.logs.exceptions.ResourceAlreadyExistsException):
                make(**names)
        at = int((START.timestamp() + second) * 1000)
        events = [{"timestamp": at, "message": message} for message in messages]
        self.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def job_run(self, job: str, run_id: str, message: str, *, second: float = 1) -> None:
        started = self.glue.start_job_run(JobName=f"{PREFIX}-{job}", Arguments={"--run_id": run_id})
        stream = started["JobRunId"]
        self.write(f"/aws-glue/jobs/{PREFIX}/output", stream, message, second=second)

    def lines(self, **options: Any) -> Gathered:
        history = [
            {"type": "ExecutionStarted", "timestamp": START},
            {"type": "ExecutionSucceeded", "timestamp": START + timedelta(seconds=20)},
        ]
        ended = START + timedelta(seconds=20)
        return gather(self.target, Execution("run-1", START, ended, history), **options)


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Deployment()


def invocation(run_id: str) -> tuple[str, str]:
    return "START RequestId: 1", json.dumps({"level": "INFO", "message": "said", "run_id": run_id})


def test_states_functions_and_jobs_are_read_in_the_order_of_time(deployment: Deployment) -> None:
    deployment.write(f"/aws/lambda/{PREFIX}-run-lock", "a", *invocation("run-1"), second=2)
    deployment.write(f"/aws/lambda/{PREFIX}-run-lock", "b", *invocation("run-0"), second=3)
    deployment.write(f"/aws/lambda/{PREFIX}-ingest", "a", *invocation("run-1"), second=4)
    deployment.job_run("cleanse", "run-1", "cleansed", second=5)
    deployment.job_run("publish", "run-0", "published", second=6)

    found = deployment.lines()

    assert [(line.source.name, line.message) for line in found.lines] == [
        ("states", "execution started"),
        ("lambda run-lock", "START RequestId: 1"),
        ("lambda run-lock", "said"),
        ("glue cleanse", "cleansed"),
        ("states", "execution succeeded"),
    ]
    assert found.cut == []


def test_a_stage_is_its_job_or_its_function_alone(deployment: Deployment) -> None:
    deployment.write(f"/aws/lambda/{PREFIX}-warehouse-load", "a", *invocation("run-1"))
    deployment.write(f"/aws/lambda/{PREFIX}-run-lock", "a", *invocation("run-1"))
    deployment.job_run("cleanse", "run-1", "cleansed")
    deployment.job_run("partition", "run-1", "partitioned")

    for stage, messages in {
        "cleanse": ["cleansed"],
        "load_warehouse": ["START RequestId: 1", "said"],
        "compact": [],
    }.items():
        assert [line.message for line in deployment.lines(stage=stage).lines] == messages


def test_what_was_left_out_of_a_long_log_is_told(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudwatch, "MOST_EVENTS", 3)
    deployment.write(f"/aws/lambda/{PREFIX}-run-lock", "a", *invocation("run-1"), *"abcdefgh")

    found = deployment.lines()

    assert len(found.lines) == 2 + 3
    (cut,) = found.cut
    assert f"/aws/lambda/{PREFIX}-run-lock" in cut
