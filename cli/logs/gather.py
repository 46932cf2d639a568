"""Gathers the lines of an execution: its history, its functions' logs and its jobs' logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cli.logs.cloudwatch import MOST_EVENTS, find_streams, read_events
from cli.logs.function_log import run_lines
from cli.logs.lines import Line, Source, read_line
from cli.logs.state_history import history_lines
from cli.run.executions import Execution
from cli.run.job_runs import job_runs
from cli.target import Target

_FUNCTIONS = {"run-lock": None, "pending-work": None, "warehouse-load": "load_warehouse"}
_JOBS = {
    "cleanse": "CleanseJob",
    "partition": "PartitionJob",
    "publish": "PublishJob",
    "compact": "CompactJob",
}
_OUTPUTS = ("output", "error")

# What an invocation or a job has written last is taken in after the execution has ended.
_AFTERWARDS = timedelta(minutes=2)


@dataclass
class Gathered:
    """The lines of a run.

    Attributes
    ----------
    lines : in the order of their times.
    cut : log groups of which only the first events were read.
    """

    lines: list[Line] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)


def gather(target: Target, execution: Execution, stage: str | None = None) -> Gathered:
    """Return the lines of an execution, or those of one stage of it."""
    gatherer = _Gatherer(target, execution)
    gatherer.found.lines += history_lines(execution.history)
    for name, works_for in _FUNCTIONS.items():
        if stage in {None, works_for}:
            gatherer.function(name, works_for)
    for name in _JOBS:
        if stage in {None, name}:
            gatherer.job(name)
    lines = [each for each in gatherer.found.lines if stage in {None, each.source.stage}]
    # Lines of one moment stay as they were written: the sort is stable.
    return Gathered(sorted(lines, key=lambda line: line.at), gatherer.found.cut)


class _Gatherer:
    """Reads one source after the other."""

    def __init__(self, target: Target, execution: Execution) -> None:
        self.found = Gathered()
        self._target = target
        self._execution = execution
        self._logs = target.client("logs")
        self._glue = target.client("glue")

    def function(self, name: str, stage: str | None) -> None:
        group = f"/aws/lambda/{self._target.settings.stack_name}-{name}"
        events = self._events(group)
        run_id, end = self._execution.name, self._execution.end
        self.found.lines += run_lines(Source(f"lambda {name}", stage), events, run_id, end)

    def job(self, stage: str) -> None:
        job = self._target.output(_JOBS[stage])
        runs = {run["Id"] for run in job_runs(self._glue, job, self._execution)}
        for kind in _OUTPUTS if runs else ():
            group = f"/aws-glue/jobs/{self._target.settings.stack_name}/{kind}"
            streams = find_streams(self._logs, group, runs)
            if streams:
                events = self._events(group, streams)
                self._add_job_lines(Source(f"glue {stage}", stage), events)

    def _add_job_lines(self, source: Source, events: list[dict[str, Any]]) -> None:
        before: dict[str, Line] = {}
        for event in events:
            stream = event["logStreamName"]
            line = read_line(source, event["timestamp"], event["message"], before.get(stream))
            before[stream] = line
            self.found.lines.append(line)

    def _events(self, group: str, streams: list[str] | None = None) -> list[dict[str, Any]]:
        start, end = self._execution.started, self._execution.end + _AFTERWARDS
        found = read_events(self._logs, group, start, end, streams)
        if found.is_cut:
            self.found.cut.append(f"{group} (its first {MOST_EVENTS:,} lines)")
        return found.events
