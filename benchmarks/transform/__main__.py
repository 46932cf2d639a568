"""`python -m benchmarks.transform`: cleanse + partition against DuckDB; batches on top of it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.deployment import Deployment, deployed
from benchmarks.engine import MEMORY, THREADS, connect
from benchmarks.incremental.batches import measure_batches
from benchmarks.performance_page import PAGE, write_page
from benchmarks.pipeline import Pipeline, StageRun
from benchmarks.raw_zone.landing import MOST_GENERATED, OBJECT_ROWS, RawZone
from benchmarks.results_file import LATEST, ResultsFile, median, size_name
from benchmarks.transform.comparison import Comparison, compare
from local_aws.glue.spark_conf import driver_memory

_STAGES = ("cleanse", "partition")
_TARGET = "duckdb"


def main() -> None:
    """Measure each size; write the figures and the page after each repetition."""
    options = _options()
    for rows in options.rows:
        with (
            deployed() as cloud,
            tempfile.TemporaryDirectory(prefix="etl-bench-", ignore_cleanup_errors=True) as folder,
        ):
            _measure(cloud, Path(folder), rows, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transform", description=__doc__)
    parser.add_argument("--rows", type=_numbers, default=[500_000, 5_000_000], metavar="N,N,…")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument(
        "--batches", type=int, default=5, help="of 1 %% each, on top of each size; 0 for none"
    )
    parser.add_argument("--results", type=Path, default=LATEST)
    parser.add_argument("--page", type=Path, default=PAGE)
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


@dataclass(frozen=True)
class _Pair:
    """One repetition: the two stages, and DuckDB's run."""

    stages: tuple[StageRun, ...]
    duckdb: dict[str, Any]

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)

    @property
    def with_start(self) -> float:
        return sum(stage.with_start for stage in self.stages)


def _measure(cloud: Deployment, folder: Path, rows: int, options: argparse.Namespace) -> None:
    pipeline, results = Pipeline(cloud), ResultsFile(options.results)
    engine = connect(cloud.endpoint, folder / "spill")
    zone = RawZone(engine, cloud, folder)
    pipeline.prepare()
    history = zone.land_history(rows)
    say(f"{rows:,} rows are in raw/")
    pairs: list[_Pair] = []
    compared: list[Comparison] = []
    for number in range(options.repetitions):
        pairs.append(_pair(cloud, pipeline, spark_first=number % 2 == 0))
        say(f"{rows:,} rows, run {number + 1}: {_line(pairs[-1])}")
        if number == 0:
            compared = compare(engine, pipeline, _TARGET)
            for each in compared:
                say(f"  {each.table}: {each.rows:,} rows, {_verdict(each)}")
        results.add(f"transform_{size_name(rows)}", _figures(pairs, compared))
        write_page(options.page, results.read())
    pipeline.delete(_TARGET)
    if options.batches:
        measured = measure_batches(pipeline, zone, history, rows // 100, options.batches)
        for figures in measured:
            results.add(f"incremental_{size_name(rows)}", figures)
            write_page(options.page, results.read())
    engine.close()
    if not all(each.is_equal for each in compared):
        raise SystemExit("Spark and DuckDB differ")


def _pair(cloud: Deployment, pipeline: Pipeline, *, spark_first: bool) -> _Pair:
    pipeline.delete(_TARGET)
    pipeline.empty()
    before = None if spark_first else _run_duckdb(cloud, pipeline)
    run_id = pipeline.new_run()
    stages = tuple(pipeline.run_stage(stage, run_id) for stage in _STAGES)
    return _Pair(stages, before or _run_duckdb(cloud, pipeline))


def _run_duckdb(cloud: Deployment, pipeline: Pipeline) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.transform.duckdb_run"]
    done = subprocess.run(
        [*command, cloud.endpoint, pipeline.bucket, _TARGET],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"DuckDB: {done.stdout}{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _figures(pairs: list[_Pair], compared: list[Comparison]) -> dict[str, Any]:
    stages = {
        stage: {
            "seconds": median(pair.stages[at].seconds for pair in pairs),
            "with_start": median(pair.stages[at].with_start for pair in pairs),
        }
        for at, stage in enumerate(_STAGES)
    }
    return {
        "rows": int(pairs[-1].stages[0].ledger["rows_in"]),
        "repetitions": len(pairs),
        "object_rows": OBJECT_ROWS,
        "copies_above": MOST_GENERATED,
        "spark_over_duckdb": median(pair.seconds / pair.duckdb["seconds"] for pair in pairs),
        "spark_over_duckdb_with_start": median(
            pair.with_start / pair.duckdb["seconds"] for pair in pairs
        ),
        "spark": {
            "seconds": median(pair.seconds for pair in pairs),
            "with_start": median(pair.with_start for pair in pairs),
            "stages": stages,
            "heap": driver_memory(),
            "outcome": _outcome(pairs[-1]),
        },
        "duckdb": {
            "seconds": median(pair.duckdb["seconds"] for pair in pairs),
            "parse": median(pair.duckdb["steps"]["parse"] for pair in pairs),
            "write": median(pair.duckdb["steps"]["write"] for pair in pairs),
            "threads": THREADS,
            "memory_limit": MEMORY,
        },
        "runs": [
            {
                **{stage.stage: stage.seconds for stage in pair.stages},
                "with_start": round(pair.with_start, 2),
                "duckdb": pair.duckdb["seconds"],
            }
            for pair in pairs
        ],
        "peak_memory_mib": {
            **{
                stage: max(p.stages[at].peak_mib for p in pairs) for at, stage in enumerate(_STAGES)
            },
            "duckdb": max(pair.duckdb["peak_mib"] for pair in pairs),
        },
        "compared": [
            {
                "table": each.table,
                "rows": each.rows,
                "only_spark": each.only_spark,
                "only_duckdb": each.only_duckdb,
            }
            for each in compared
        ],
    }


def _outcome(pair: _Pair) -> dict[str, int]:
    cleanse, partition = (stage.ledger for stage in pair.stages)
    names = ("inserted", "corrections", "duplicates", "older_versions")
    rejected = sum(map(int, cleanse["rejects"].values()))
    return {"rejected": rejected, **{name: int(partition[name]) for name in names}}


def _line(pair: _Pair) -> str:
    stages = ", ".join(f"{stage.stage} {stage.seconds:.1f} s" for stage in pair.stages)
    ratio = pair.seconds / pair.duckdb["seconds"]
    return f"{stages}; DuckDB {pair.duckdb['seconds']:.1f} s: {ratio:.2f} times as long"


def _verdict(compared: Comparison) -> str:
    if compared.is_equal:
        return "the same in both"
    return f"{compared.only_spark:,} only in Spark's, {compared.only_duckdb:,} only in DuckDB's"


def say(line: str) -> None:
    """Print a line at once: a measurement takes long."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
