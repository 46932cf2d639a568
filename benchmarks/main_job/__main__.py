"""`python -m benchmarks.main_job`: `etl send` and `etl run` of a file, on new state each time."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.deployment import Deployment, deployed, run_etl
from benchmarks.machine import ProcessWatch
from benchmarks.performance_page import PAGE, write_page
from benchmarks.results_file import LATEST, ResultsFile, median
from cli.run.steps import fold_loops, read_steps

_WORTH_A_LINE = 0.2
"""Seconds from which a state is told of by itself."""
_REAL_ROWS = 245_903
"""Lines of the Online Retail data set from December 2010 to June 2011."""


def main() -> None:
    """Measure; write the figures and the page after each run."""
    options = _options()
    results = ResultsFile(options.results)
    with tempfile.TemporaryDirectory(prefix="etl-bench-") as folder:
        file = options.file or _generated(Path(folder), options.rows)
        source = f"`{file.name}`" if options.file else "a generated file"
        runs: list[_Run] = []
        for number in range(options.repetitions):
            with deployed() as cloud:
                runs.append(_measure(cloud, file))
            print(f"run {number + 1}: {runs[-1].line}", flush=True)
            results.add("main_job", _figures(runs, source))
            write_page(options.page, results.read())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.main_job", description=__doc__)
    parser.add_argument("--file", type=Path, help="a CSV file; default: one is generated")
    parser.add_argument("--rows", type=int, default=_REAL_ROWS, help="of the generated file")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--results", type=Path, default=LATEST)
    parser.add_argument("--page", type=Path, default=PAGE)
    return parser.parse_args()


@dataclass(frozen=True)
class _Run:
    """One send and run.

    Attributes
    ----------
    send, run : seconds of the two commands.
    steps : seconds of the states, by name, in their order.
    ledger : the run's items by stage.
    peak_mib : most memory of a job's processes.
    """

    send: float
    run: float
    steps: dict[str, float]
    ledger: dict[str, dict[str, Any]]
    peak_mib: int

    @property
    def line(self) -> str:
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.steps.items())
        return f"send {self.send:.1f} s, run {self.run:.1f} s ({steps})"


def _measure(cloud: Deployment, file: Path) -> _Run:
    send = _seconds(cloud, "send", str(file))
    with ProcessWatch(cloud.pid) as watch:
        run = _seconds(cloud, "run")
    states = cloud.client("stepfunctions")
    (execution,) = states.list_executions(stateMachineArn=cloud.outputs["StateMachineArn"])[
        "executions"
    ]
    history = [
        event
        for page in states.get_paginator("get_execution_history").paginate(
            executionArn=execution["executionArn"], maxResults=1000
        )
        for event in page["events"]
    ]
    steps: dict[str, float] = defaultdict(float)
    for step in fold_loops(read_steps(history)):
        steps[step.state] += step.seconds(step.exited or execution["stopDate"])
    return _Run(send, run, dict(steps), _ledger(cloud, execution["name"]), watch.peak_mib)


def _seconds(cloud: Deployment, *arguments: str) -> float:
    """Run the command; return its seconds."""
    started = time.monotonic()
    cloud.etl(*arguments)
    return time.monotonic() - started


def _ledger(cloud: Deployment, run_id: str) -> dict[str, dict[str, Any]]:
    table = cloud.resource("dynamodb").Table(cloud.outputs["LedgerTable"])
    items = table.scan()["Items"]
    return {str(item["stage"]): item for item in items if item["run_id"] == run_id}


def _figures(runs: list[_Run], source: str) -> dict[str, Any]:
    rows = int(runs[-1].ledger["cleanse"]["rows_in"])
    names = list(dict.fromkeys(name for run in runs for name in run.steps))
    steps = {name: median(run.steps.get(name, 0.0) for run in runs) for name in names}
    send = median(run.send for run in runs)
    command = median(run.run for run in runs)
    seconds = median(run.send + run.run for run in runs)
    return {
        "source": source,
        "rows": rows,
        "repetitions": len(runs),
        "seconds": seconds,
        "seconds_by_step": {
            "etl send": send,
            **{name: seconds for name, seconds in steps.items() if seconds >= _WORTH_A_LINE},
            "all other states": round(
                sum(seconds for seconds in steps.values() if seconds < _WORTH_A_LINE), 2
            ),
            "the command itself": round(max(command - sum(steps.values()), 0), 2),
        },
        "send_rows_per_second": round(rows / send),
        **_rates(runs),
        "ledger_seconds": {
            stage: median(float(run.ledger[stage]["seconds"]) for run in runs)
            for stage in runs[0].ledger
            if "seconds" in runs[0].ledger[stage]
        },
        "runs": [{"send": round(run.send, 2), "run": round(run.run, 2)} for run in runs],
        "peak_memory_mib": {"any job": max(run.peak_mib for run in runs)},
    }


def _rates(runs: list[_Run]) -> dict[str, float]:
    """Return what publish's own work and the warehouse's step do in a second, and units a row."""
    items, rows, units = [], [], []
    for run in runs:
        publish, load = run.ledger["publish"], run.ledger["load_warehouse"]
        items.append(int(publish["items_written"]) / float(publish["seconds"]))
        units.append(int(publish["write_units"]) / int(run.ledger["cleanse"]["rows_in"]))
        rows.append(int(load["rows_out"]) / run.steps["LoadWarehouse"])
    return {
        "publish_items_per_second": round(median(items)),
        "warehouse_rows_per_second": round(median(rows)),
        "write_units_per_row": median(units),
    }


def _generated(folder: Path, rows: int) -> Path:
    file = folder / "generated.csv"
    run_etl("generate", "--out", str(file), "--rows", str(rows))
    return file


if __name__ == "__main__":
    main()
