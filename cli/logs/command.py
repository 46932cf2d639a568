"""`etl logs`: prints the lines of one execution in the order of their times."""

from __future__ import annotations

import sys

from cli import console
from cli.logs.gather import gather
from cli.run.executions import find_execution
from cli.target import Target


def print_logs(target: Target, run: str, *, stage: str | None, errors: bool, as_json: bool) -> None:
    """Print the lines of the run named `run`, as text or as one JSON object a line.

    Parameters
    ----------
    stage : lines of this stage only.
    errors : lines that tell of something gone wrong only.

    Raises
    ------
    CliError : there is no such run.
    """
    with console.err().status("reading the logs"):
        execution = find_execution(target, run)
        found = gather(target, execution, stage)
    chosen = [line for line in found.lines if line.is_error or not errors]
    for line in chosen:
        sys.stdout.write(f"{line.as_json() if as_json else line.as_text()}\n")
    for group in found.cut:
        console.say(f"there is more than this in log group {group}")
    kind = "no line tells of an error" if errors else "no line was found"
    if not chosen:
        where = f" in stage {stage}" if stage else ""
        console.say(f"run {execution.name}: {kind}{where}")
