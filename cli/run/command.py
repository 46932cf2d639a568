"""`etl run`: starts an execution, shows each state as it goes, and says plainly how it ended."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cli import console
from cli.errors import CliError
from cli.run.ledger import read_ledger
from cli.run.steps import (
    StageFigures,
    Step,
    fold_loops,
    read_figures,
    read_steps,
    stage_of,
)
from cli.target import Target

_PAUSE_LOCAL, _PAUSE_AWS = 0.25, 1.0
_SHOWN_CAUSE = 600  # characters; Spark adds its whole plan to a message


class RunFailed(CliError):  # noqa: N818
    """The execution ended, but not well."""


def run_pipeline(
    target: Target,
    *,
    force: bool = False,
    follow: bool = True,
    order: Mapping[str, Any] | None = None,
) -> None:
    """Start an execution; with `follow`, show its states until it ends.

    Parameters
    ----------
    order : what else the execution's input asks for: `replay`, `rebuild`.

    Raises
    ------
    RunFailed : it failed, timed out or was stopped; the message names state, error and cause.
    """
    states = target.client("stepfunctions")
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    execution = states.start_execution(
        stateMachineArn=target.output("StateMachineArn"),
        name=name,
        input=json.dumps({"force": force, **(order or {})}),
    )["executionArn"]
    console.out().print(f"execution {name}", markup=False)
    if not follow:
        return
    try:
        _Follower(target, states, execution, name).follow()
    except KeyboardInterrupt:
        console.say("the execution goes on; to stop it: "
                    f"aws stepfunctions stop-execution --execution-arn {execution}")  # fmt: skip
        raise


class _Follower:
    """Prints a line for each state that has ended, and shows the one that lasts."""

    def __init__(self, target: Target, states: Any, execution: str, name: str) -> None:
        self._target = target
        self._states = states
        self._execution = execution
        self._name = name
        self._ledger = target.session.resource("dynamodb").Table(target.output("LedgerTable"))
        self._pause = _PAUSE_LOCAL if target.endpoint else _PAUSE_AWS
        self._printed = 0

    def follow(self) -> None:
        with console.err().status("starting") as spinner:
            while True:
                # Described before its history is read: what has ended is in the history whole.
                described = self._states.describe_execution(executionArn=self._execution)
                steps = fold_loops(read_steps(self._history()))
                has_ended = described["status"] != "RUNNING"
                self._print_ended(steps, has_ended=has_ended)
                if has_ended:
                    break
                if steps:
                    now = datetime.now(UTC)
                    spinner.update(f"{steps[-1].state} {console.seconds(steps[-1].seconds(now))}")
                time.sleep(self._pause)
        self._print_end(described, steps)

    def _history(self) -> list[dict[str, Any]]:
        pages = self._states.get_paginator("get_execution_history").paginate(
            executionArn=self._execution, includeExecutionData=False, maxResults=1000
        )
        return [event for page in pages for event in page["events"]]

    def _print_ended(self, steps: list[Step], *, has_ended: bool) -> None:
        """Print the lines of the steps up to the first that lasts; at the end, all."""
        ended = 0
        while ended < len(steps) and (has_ended or steps[ended].exited is not None):
            ended += 1
        if ended <= self._printed:
            return
        figures = self._figures()
        for step in steps[self._printed : ended]:
            stage = stage_of(step.state, figures)
            console.out().print(
                _line(step, figures[stage] if stage else None), markup=False, soft_wrap=True
            )
        self._printed = ended

    def _figures(self) -> dict[str, StageFigures]:
        items = read_ledger(self._ledger, self._name)
        return {stage: read_figures(item) for stage, item in items.items()}

    def _print_end(self, described: Mapping[str, Any], steps: list[Step]) -> None:
        took = (described["stopDate"] - described["startDate"]).total_seconds()
        if described["status"] != "SUCCEEDED":
            raise RunFailed(self._failure(described, steps, took))
        outcome = json.loads(described.get("output") or "{}")
        if outcome.get("outcome") == "NOTHING_PENDING":
            message = outcome.get("message", "")
            console.out().print(f"NOTHING_PENDING after {console.seconds(took)}: {message}")
        else:
            console.out().print(f"SUCCEEDED after {console.seconds(took)}")

    def _failure(self, described: Mapping[str, Any], steps: list[Step], took: float) -> str:
        error = described.get("error", "no error name")
        # States that clean up after the failure may have failed as well.
        failed = next((step for step in steps if error in (step.failures or ())), None)
        where = f" in {failed.state}" if failed else ""
        cause, job_run = read_cause(described.get("cause", "no cause"))
        log = f" (log: {self._log(job_run)})" if job_run else ""
        ended = f"{described['status']}{where} after {console.seconds(took)}"
        return f"the execution ended as {ended}: {error}: {cause}{log}"

    def _log(self, job_run: str) -> str:
        """Return where a job run's log is."""
        if self._target.endpoint:
            return str(self._target.settings.state_dir / "logs" / "glue" / f"{job_run}.log")
        group = f"/aws-glue/jobs/{self._target.settings.stack_name}/error"
        return f"CloudWatch, log group {group}, stream {job_run}"


def _line(step: Step, figures: StageFigures | None) -> str:
    took = step.seconds(step.exited or datetime.now(UTC))
    parts = [f"{step.state:<24}{took:>8.1f} s"]
    if figures and figures.rows_in is not None:
        parts.append(f"{figures.rows_in:>12,} rows in")
    if figures and figures.rows_out is not None:
        parts.append(f"{figures.rows_out:>12,} rows out")
    if figures and figures.remarks:
        parts.append(f"  {figures.remarks}")
    if step.failures:
        parts.append(f"  after {len(step.failures)} failed: {', '.join(step.failures)}")
    return "".join(parts)


def read_cause(cause: str) -> tuple[str, str | None]:
    """Return what a person needs of a cause, and the job run that it is about, if it is.

    The cause of a failed job run is the run as JSON, that of a failed function its error.
    """
    try:
        details = json.loads(cause)
    except ValueError:
        details = None
    if not isinstance(details, dict):
        return _shortened(cause), None
    message = details.get("ErrorMessage") or details.get("errorMessage") or cause
    return _shortened(str(message)), details.get("Id")


def _shortened(message: str) -> str:
    return message if len(message) <= _SHOWN_CAUSE else f"{message[:_SHOWN_CAUSE]}…"
