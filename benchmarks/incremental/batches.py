"""Runs the same batches over a history and over an empty lake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.pipeline import Files, Pipeline, StageRun
from benchmarks.raw_zone.landing import History, RawZone
from benchmarks.results_file import median

_STAGES = ("cleanse", "partition")


@dataclass(frozen=True)
class _Batch:
    """One batch's stages, and the data files they wrote."""

    stages: tuple[StageRun, ...]
    files: int
    bytes_written: int

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)


def measure_batches(
    pipeline: Pipeline, zone: RawZone, history: History, rows: int, repetitions: int
) -> Iterator[dict[str, Any]]:
    """Yield the figures, as far as measured, after each batch over the empty lake.

    The batches follow each other over the history, as a shop's do; over nothing each is alone.
    Call it when the lake holds the history. The raw zone is emptied.
    """
    over_history = []
    for number in range(repetitions):
        zone.land_batch(history, number, rows)
        over_history.append(_run(pipeline))
        print(
            f"batch {number + 1} over {history.rows:,} rows: {_line(over_history[-1])}", flush=True
        )
    over_nothing: list[_Batch] = []
    for number in range(repetitions):
        pipeline.empty(raw=True)
        zone.land_batch(history, number, rows)
        over_nothing.append(_run(pipeline))
        print(f"batch {number + 1} over nothing: {_line(over_nothing[-1])}", flush=True)
        yield _figures(history, over_history, over_nothing)


def _run(pipeline: Pipeline) -> _Batch:
    before, run_id = pipeline.data_files(), pipeline.new_run()
    stages = tuple(pipeline.run_stage(stage, run_id) for stage in _STAGES)
    return _Batch(stages, *_written(pipeline.data_files(), before))


def _written(after: Files, before: Files) -> tuple[int, int]:
    return after.since(before)


def _figures(
    history: History, over_history: list[_Batch], over_nothing: list[_Batch]
) -> dict[str, Any]:
    sides = {"history": over_history, "empty": over_nothing}
    medians = {name: median(batch.seconds for batch in side) for name, side in sides.items()}
    return {
        "history_rows": history.rows,
        "batch_rows": int(over_nothing[0].stages[0].ledger["rows_in"]),
        "repetitions": len(over_nothing),
        "history_over_empty": round(medians["history"] / medians["empty"], 2),
        "seconds": medians,
        "stages": {
            name: {
                stage: median(batch.stages[at].seconds for batch in side)
                for at, stage in enumerate(_STAGES)
            }
            for name, side in sides.items()
        },
        "files_written": {name: median(batch.files for batch in s) for name, s in sides.items()},
        "bytes_written": {
            name: median(batch.bytes_written for batch in s) for name, s in sides.items()
        },
        "runs": {name: [round(batch.seconds, 2) for batch in s] for name, s in sides.items()},
    }


def _line(batch: _Batch) -> str:
    stages = ", ".join(f"{stage.stage} {stage.seconds:.1f} s" for stage in batch.stages)
    return f"{stages}; {batch.files} files, {batch.bytes_written / 2**20:.1f} MiB"
