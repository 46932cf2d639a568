"""Finds past executions of the state machines, and what their history tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.errors import CliError
from cli.target import Target

LATEST = "latest"
_MACHINES = ("StateMachineArn", "CompactStateMachineArn")
_GONE = ("ExecutionDoesNotExist", "InvalidArn")


@dataclass(frozen=True)
class Execution:
    """One execution.

    Attributes
    ----------
    name : its run id.
    stopped : None while it runs.
    history : its events, oldest first.
    """

    name: str
    started: datetime
    stopped: datetime | None
    history: list[dict[str, Any]]

    @property
    def end(self) -> datetime:
        """When it stopped, or now."""
        return self.stopped or datetime.now(UTC)


def find_execution(target: Target, wanted: str) -> Execution:
    """Return an execution.

    Parameters
    ----------
    wanted : its name or ARN; `latest` is the pipeline's execution started last.

    Raises
    ------
    CliError : there is no such execution.
    """
    states = target.client("stepfunctions")
    name = execution_name(target, states, wanted)
    described = describe_execution(target, states, name)
    if described is None:
        raise CliError(f"there is no run {name}: `--run {LATEST}` is the one started last")
    history = read_history(states, described["executionArn"])
    return Execution(name, described["startDate"], described.get("stopDate"), history)


def execution_name(target: Target, states: Any, wanted: str) -> str:
    """Return the name of the execution that `wanted` is the name or ARN of, or of the latest.

    Raises
    ------
    CliError : the latest is wanted, and there was none yet.
    """
    if wanted != LATEST:
        return wanted.rpartition(":")[2]
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=target.output("StateMachineArn"),
        PaginationConfig={"MaxItems": 100, "PageSize": 100},  # the latest come first
    )
    executions = [each for page in pages for each in page["executions"]]
    if not executions:
        raise CliError("there was no run yet: start one with `etl run`")
    return str(max(executions, key=lambda each: each["startDate"])["name"])


def describe_execution(target: Target, states: Any, name: str) -> dict[str, Any] | None:
    """Return what Step Functions says of an execution of either machine; None if it knows none."""
    for machine in _MACHINES:
        arn = target.output(machine).replace(":stateMachine:", ":execution:") + f":{name}"
        try:
            described: dict[str, Any] = states.describe_execution(executionArn=arn)
        except states.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise
        else:
            return described
    return None


def read_history(states: Any, arn: str) -> list[dict[str, Any]]:
    """Return all events of an execution, with what went in and came out, oldest first."""
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=True, maxResults=1000
    )
    return [event for page in pages for event in page["events"]]
