"""The pipeline's lock: one DynamoDB item that survives its owner and outlives nobody.

An execution takes the lock by a conditional write and releases it at its end. An execution that
died cannot release it, so the lock is stolen from an owner that no longer runs. Nobody gets the
lock while a job run of the pipeline is active: the run of a dead execution may still write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.errors import LockHeld

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_stepfunctions import SFNClient

LOCK_ITEM = "lock"

# Glue: JobRunState values of a run that writes or may come to write.
ACTIVE_RUN_STATES = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})

# DescribeExecution is eventually consistent, so an execution that has just started may be
# unknown to it. A lock younger than this is not stolen for that.
SETTLING = timedelta(seconds=60)

# One run at a time is allowed, so an active run is among the latest; a page is plenty.
_RUNS_LOOKED_AT = 20


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, since when."""

    owner: str
    acquired_at: datetime


@dataclass(frozen=True)
class RunLock:
    """The lock of one pipeline.

    Attributes
    ----------
    dynamodb, states, glue : boto3 clients.
    table : name of the state table.
    jobs : names of the Glue jobs that write the lake.
    now : the clock.
    """

    dynamodb: DynamoDBClient
    states: SFNClient
    glue: GlueClient
    table: str
    jobs: tuple[str, ...]
    now: Callable[[], datetime] = _now

    def acquire(self, execution: str) -> None:
        """Take the lock for `execution` (an execution ARN); it may hold the lock already.

        Raises
        ------
        LockHeld : another execution holds it, or a job run is still active.
        """
        holder = self.holder()
        if holder and holder.owner == execution:
            return
        if holder and self._may_run(holder):
            raise LockHeld(f"{holder.owner} holds the lock since {holder.acquired_at.isoformat()}")
        self._refuse_while_a_job_runs()
        # Whoever else found the lock free, or the same dead owner, loses here.
        if not self._take(execution, holder):
            raise LockHeld("another execution took the lock just now")

    def release(self, execution: str) -> bool:
        """Give the lock back if `execution` holds it; return whether it did."""
        try:
            self.dynamodb.delete_item(
                TableName=self.table,
                Key={"item": {"S": LOCK_ITEM}},
                ConditionExpression="#owner = :execution",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":execution": {"S": execution}},
            )
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def holder(self) -> Holder | None:
        """Return who holds the lock now."""
        found = self.dynamodb.get_item(
            TableName=self.table, Key={"item": {"S": LOCK_ITEM}}, ConsistentRead=True
        ).get("Item")
        if not found:
            return None
        return Holder(found["owner"]["S"], datetime.fromisoformat(found["acquired_at"]["S"]))

    def _take(self, execution: str, former: Holder | None) -> bool:
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#owner)",
            "ExpressionAttributeNames": {"#owner": "owner"},
        }
        if former:
            condition["ConditionExpression"] = "#owner = :former"
            condition["ExpressionAttributeValues"] = {":former": {"S": former.owner}}
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item={
                    "item": {"S": LOCK_ITEM},
                    "owner": {"S": execution},
                    "acquired_at": {"S": self.now().isoformat(timespec="milliseconds")},
                },
                **condition,
            )
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _refuse_while_a_job_runs(self) -> None:
        # Also where the lock is free: its last owner may have given up on a run that goes on.
        for job in self.jobs:
            run = self._active_run(job)
            if run:
                raise LockHeld(f"nobody holds the lock, but run {run} of job {job} is active")

    def _may_run(self, holder: Holder) -> bool:
        try:
            described = self.states.describe_execution(executionArn=holder.owner)
        except ClientError as error:
            if _code(error) not in {"ExecutionDoesNotExist", "InvalidArn"}:
                raise
            return self.now() - holder.acquired_at < SETTLING
        # An execution to be redriven is not one that runs: it takes the lock again.
        return described["status"] == "RUNNING"

    def _active_run(self, job: str) -> str | None:
        try:
            runs = self.glue.get_job_runs(JobName=job, MaxResults=_RUNS_LOOKED_AT)["JobRuns"]
        except ClientError as error:
            if _code(error) != "EntityNotFoundException":
                raise
            return None  # a job that was deleted has no run
        return next((run["Id"] for run in runs if run["JobRunState"] in ACTIVE_RUN_STATES), None)


def _code(error: ClientError) -> str:
    code: str = error.response["Error"]["Code"]
    return code
