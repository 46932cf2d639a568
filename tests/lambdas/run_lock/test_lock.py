"""Who gets the lock, who waits, and from whom it is stolen: moto's DynamoDB, fake executions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.errors import LockHeld
from lambdas.run_lock.lock import RunLock

TABLE = "etl-dev-pipeline-state"
FIRST = "arn:aws:states:us-east-1:123456789012:execution:etl-dev-retail-etl:first"
SECOND = "arn:aws:states:us-east-1:123456789012:execution:etl-dev-retail-etl:second"
JOBS = ("etl-dev-cleanse-transactions", "etl-dev-partition-transactions")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Executions:
    """Step Functions' answers: the status of each execution known."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.while_describing: Any = None

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803
        if self.while_describing:
            self.while_describing()
        if executionArn not in self.status:
            error = {"Error": {"Code": "ExecutionDoesNotExist", "Message": "no"}}
            raise ClientError(error, "DescribeExecution")
        return {"status": self.status[executionArn]}


class JobRuns:
    """Glue's answers: the states of each job's runs, newest first."""

    def __init__(self) -> None:
        self.states: dict[str, list[str]] = {job: [] for job in JOBS}

    def get_job_runs(self, JobName: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        if JobName not in self.states:
            error = {"Error": {"Code": "EntityNotFoundException", "Message": "no"}}
            raise ClientError(error, "GetJobRuns")
        runs = [
            {"Id": f"jr_{i}", "JobRunState": state} for i, state in enumerate(self.states[JobName])
        ]
        return {"JobRuns": runs[:MaxResults]}


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        )
        yield client


@pytest.fixture
def executions() -> Executions:
    return Executions()


@pytest.fixture
def runs() -> JobRuns:
    return JobRuns()


@pytest.fixture
def lock(dynamodb: Any, executions: Any, runs: Any) -> RunLock:
    return RunLock(dynamodb, executions, runs, TABLE, JOBS, now=lambda: NOW)


def owner(lock: RunLock) -> str | None:
    holder = lock.holder()
    return holder.owner if holder else None


def test_a_free_lock_is_taken_and_released(lock: RunLock):
    lock.acquire(FIRST)
    assert owner(lock) == FIRST
    assert lock.release(FIRST)
    assert owner(lock) is None


def test_the_holder_may_acquire_again_even_while_its_job_runs(
    lock: RunLock, executions: Executions, runs: JobRuns
):
    lock.acquire(FIRST)
    executions.status[FIRST] = "RUNNING"
    runs.states[JOBS[0]] = ["RUNNING"]
    lock.acquire(FIRST)
    assert owner(lock) == FIRST


def test_another_execution_waits_for_one_that_runs_and_is_told_which(
    lock: RunLock, executions: Executions
):
    lock.acquire(FIRST)
    executions.status[FIRST] = "RUNNING"
    with pytest.raises(LockHeld, match="first"):
        lock.acquire(SECOND)
    assert owner(lock) == FIRST


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_the_lock_is_stolen_from_an_execution_that_has_ended(
    lock: RunLock, executions: Executions, status: str
):
    lock.acquire(FIRST)
    executions.status[FIRST] = status
    lock.acquire(SECOND)
    assert owner(lock) == SECOND
    assert not lock.release(FIRST)
    assert owner(lock) == SECOND


@pytest.mark.parametrize("state", ["STARTING", "RUNNING", "STOPPING", "WAITING"])
def test_the_lock_is_not_stolen_while_a_job_run_of_the_dead_execution_is_active(
    lock: RunLock, executions: Executions, runs: JobRuns, state: str
):
    lock.acquire(FIRST)
    executions.status[FIRST] = "TIMED_OUT"
    runs.states[JOBS[1]] = ["SUCCEEDED", state]
    with pytest.raises(LockHeld, match="jr_1"):
        lock.acquire(SECOND)
    runs.states[JOBS[1]] = ["SUCCEEDED", "STOPPED"]
    lock.acquire(SECOND)
    assert owner(lock) == SECOND


def test_a_free_lock_is_not_given_while_a_job_run_is_active(lock: RunLock, runs: JobRuns):
    runs.states[JOBS[0]] = ["RUNNING"]
    with pytest.raises(LockHeld, match=JOBS[0]):
        lock.acquire(FIRST)
    assert owner(lock) is None


def test_a_job_that_is_not_deployed_keeps_nobody_waiting(lock: RunLock, runs: JobRuns):
    del runs.states[JOBS[0]]
    lock.acquire(FIRST)
    assert owner(lock) == FIRST


def test_an_unknown_owner_loses_the_lock_only_after_a_minute(
    dynamodb: Any, executions: Any, runs: Any
):
    RunLock(dynamodb, executions, runs, TABLE, JOBS, now=lambda: NOW).acquire(FIRST)
    soon = RunLock(dynamodb, executions, runs, TABLE, JOBS, now=lambda: NOW + timedelta(seconds=59))
    with pytest.raises(LockHeld):
        soon.acquire(SECOND)
    later = RunLock(
        dynamodb, executions, runs, TABLE, JOBS, now=lambda: NOW + timedelta(seconds=61)
    )
    later.acquire(SECOND)
    assert owner(later) == SECOND


def test_of_two_that_steal_at_once_one_wins(lock: RunLock, executions: Executions):
    lock.acquire(FIRST)
    executions.status |= {FIRST: "FAILED", SECOND: "RUNNING"}
    third = FIRST.replace("first", "third")

    def the_other_steals_first() -> None:
        executions.while_describing = None
        lock.acquire(SECOND)

    executions.while_describing = the_other_steals_first
    with pytest.raises(LockHeld):
        lock.acquire(third)
    assert owner(lock) == SECOND


def test_of_many_that_come_at_once_one_wins(lock: RunLock, executions: Executions):
    names = [FIRST.replace("first", f"run-{i}") for i in range(8)]
    executions.status = dict.fromkeys(names, "RUNNING")
    won: list[str] = []

    def come(name: str) -> None:
        try:
            lock.acquire(name)
        except LockHeld:
            return
        won.append(name)

    threads = [threading.Thread(target=come, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [owner(lock)]


def test_releasing_twice_and_releasing_a_free_lock_do_nothing(lock: RunLock):
    lock.acquire(FIRST)
    assert lock.release(FIRST)
    assert not lock.release(FIRST)
    assert not lock.release(SECOND)


def test_an_error_of_aws_is_not_taken_for_a_dead_owner(lock: RunLock, executions: Executions):
    lock.acquire(FIRST)

    def throttle() -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Describe")

    executions.while_describing = throttle
    with pytest.raises(ClientError):
        lock.acquire(SECOND)
    assert owner(lock) == FIRST
