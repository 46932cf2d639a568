"""Finds past executions of the pipeline, and what their history tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.errors import CliError
from cli.target import Target

LATEST = "latest"


@dataclass(frozen=True)
class Execution:
    """One execution of the pipeline.

    Attributes
    ----------
    name : its run id.
    stopped : None while it runs.
    history : its events, oldest first.
    """

    name: str
    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    history: list[dict[str, Any]]

    @property
    def end(self) -> datetime:
        """When it stopped, or now."""
        return self.stopped or datetime.now(UTC)


def find_execution(target: Target, run: str) -> Execution:
    """Return the execution named `run`, or the latest one for `latest`.

    Raises
    ------
    CliError : there is no such execution.
    """
    states = target.client("stepfunctions")
    machine = target.output("StateMachineArn")
    arn = _latest(states, machine) if run == LATEST else _arn(machine, run)
    try:
        found = states.describe_execution(executionArn=arn)
    except states.exceptions.ExecutionDoesNotExist as error:
        raise CliError(f"there is no execution {run}") from error
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=False, maxResults=1000
    )
    return Execution(
        name=found["name"],
        arn=arn,
        status=found["status"],
        started=found["startDate"],
        stopped=found.get("stopDate"),
        history=[event for page in pages for event in page["events"]],
    )


def _latest(states: Any, machine: str) -> str:
    found = states.list_executions(stateMachineArn=machine, maxResults=1)["executions"]
    if not found:
        raise CliError("the pipeline has not run yet")
    arn: str = found[0]["executionArn"]
    return arn


def _arn(machine: str, run: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:')}:{run}"
