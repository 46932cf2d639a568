"""`python -m benchmarks.performance_page`: renders docs/performance.md from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.results_file import LATEST, ResultsFile

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"

_INTRODUCTION = """# How fast it is

Written by `make bench` (half an hour) and `make bench-large` (another hour) from what they
measured; the figures are in `benchmarks/results/latest.json`. Everything ran on one machine with
the local cloud beside it. **These are a laptop's times, not Glue's**: what they say about the code
is how it compares with the best that one machine can do, how its cost grows, and what it needs.
[scale.md](scale.md) says what follows for Glue, and what does not.
"""
# ruff: noqa: E501 - a row of a table is one line
_TRANSFORM = """
## Cleanse and partition, against DuckDB

The deployed jobs, started by `StartJobRun`, against DuckDB ({threads} threads, {memory} of memory,
as much as Spark's heap) doing the same work in the same run on the same raw objects over S3: read
the lines, apply the whole contract with its reasons for what is rejected, keep the latest version
of each event, and write `cleansed`, `quarantine` and `transactions` (by month, in the order of the
invoices) as zstd Parquet to S3. *Work* is what the run ledger has as each stage's seconds: without
the start of Spark's process, which *with start* includes; DuckDB's time is without its start. The
two take turns; a figure is the median over all repetitions, a ratio the median of the pairs'
ratios. The tables exist and are empty at each start: a deployment creates them once.

| rows | repetitions | cleanse s | partition s | work s | with start s | DuckDB s | **work / DuckDB** | with start / DuckDB |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|
{table}
{compared}

Of a thousand records three come twice and two are corrected later, some three are broken (two dozen
ways), and some thirty are written in another way than the rest (ISO dates with offsets, other white
space, exponents, ids with decimals). A raw object holds {object_rows:,} lines, 64 MiB before
compression. Beyond {copies:,} rows the data are copies of these, each with invoices and customers
of its own.
{linear}"""
_BETWEEN = """
### What stands between the two

Processor seconds of Spark's tasks for five million rows, on November 23, 2026 (async-profiler for
cleanse, Spark's stage metrics for partition; the clock sees half of them on two cores):

| stage | what | seconds |
|:--|:--|--:|
| cleanse | JSON: a stream and a reader for each line, a row for each object | 12.5 |
| | taking fields, tidying, numbers, moments | 17 |
| | faults, SHA-256, amounts, types, identity | 8 |
| | gunzip, lines and file names, copies of rows | 9 |
| | Parquet of `cleansed`, a third of it looking for repeated values | 12 |
| partition | telling events apart, by a hash of 64 bits | 5 |
| | changed invoices | 1.5 |
| | reading for the merge and its one shuffle | 9.5 |
| | sorting by invoice, Parquet of `transactions` | 11.5 |

Beside these the JVM compiles (some ten seconds a stage, whatever the size) and collects garbage,
and the local S3 serves the bytes. DuckDB works on vectors of columns, in one process, with nothing
to compile. Two things would bring Spark nearer and are not to be had: its JSON parser that works on
bytes belongs to the JSON source, which hands out no raw line of an object that quarantine could
keep; and with whole-stage code all rules become one method, too long to be compiled. Two are left to
do: a line that may be rejected is read a second time (one in a hundred of the others with it), and
an event's rows are read twice in partition, once for the hash.
"""
_MEMORY = """
## Memory

The most resident memory, in MiB, of a stage's JVM and Python processes together, under a heap of
{heap}; and of DuckDB's process. Of the main job it is the most that any of its jobs used, publish
among them.

| | {sizes} |
|:--|{bars}
{rows}"""
_INCREMENTAL = """
## New rows over a long history

A batch of 1 % of the history: 95 of a hundred rows are of new invoices of the newest month, five of
late invoices spread over the older months; one row in two hundred is a duplicate or a correction of
what the history holds. The batches follow each other over the history, as a shop's do; the same
batches, each alone over empty tables, are what a run costs at least. Work of cleanse and partition,
without the start of Spark.

| history | batch rows | repetitions | over it s | over nothing s | **ratio** | cleanse | partition | files written | MiB written |
|--:|--:|--:|--:|--:|--:|:--|:--|--:|--:|
{table}
Each pair is *over the history* / *over nothing*. Cleanse asks only the files that may hold the
objects it reads, so the history costs it nothing. What grows in partition: of every file in the range
of a late invoice it reads the events' ids and contents once for the comparison, and the ids once
more in the merge; late invoices all over the history are in the range of every file. Corrections
delete by position, so no file is written anew.
"""
_MAIN_JOB = """
## The main job

`etl send` and then `etl run` of {source} ({rows:,} rows) into an empty deployment, until all
stores hold it: {seconds} s, the median of {repetitions} runs, each on a state folder of its own.

| step | seconds | share |
|:--|--:|--:|
{table}
Send takes {send:,} rows a second; publish writes {publish:,} items a second (its own work, without
the start of its process); the warehouse takes {warehouse:,} rows a second (the step LoadWarehouse).
"""


def main() -> None:
    """Write the page from the figures that are there."""
    write_page(PAGE, ResultsFile(LATEST).read())


def write_page(path: Path, results: Mapping[str, Any]) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_sections(results)))


def _sections(results: Mapping[str, Any]) -> Iterator[str]:
    parts = results.get("parts", {})
    yield _INTRODUCTION
    yield _machines(parts)
    transforms = _of("transform", parts)
    if transforms:
        yield _transform(transforms, results)
        yield _BETWEEN
    if results.get("peak_memory_mib"):
        yield _memory(results["peak_memory_mib"], transforms)
    incrementals = _of("incremental", parts)
    if incrementals:
        yield _INCREMENTAL.format(table="".join(map(_incremental_row, incrementals)))
    if "main_job" in parts:
        yield _main_job(parts["main_job"])


def _of(kind: str, parts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    key = "rows" if kind == "transform" else "history_rows"
    found = [part for name, part in parts.items() if name.startswith(f"{kind}_")]
    return sorted(found, key=lambda part: int(part[key]))


def _machines(parts: Mapping[str, Any]) -> str:
    lines = {
        f"{m['cores']} cores ({m['cpu']}), {m['memory_gib']} GiB, {m['system']}, "
        f"Python {m['python']}"
        for m in (part["machine"] for part in parts.values())
    }
    days = sorted({part["measured_on"] for part in parts.values()})
    return f"\nMeasured on {' and '.join(days)}: {'; '.join(sorted(lines))}.\n" if lines else ""


def _transform(parts: list[Mapping[str, Any]], results: Mapping[str, Any]) -> str:
    last = parts[-1]
    growth = results.get("transform_50m_per_row_vs_5m")
    linear = (
        f"\nA row of fifty million takes {growth:.2f} times the work of one of five million.\n"
        if growth
        else ""
    )
    return _TRANSFORM.format(
        threads=last["duckdb"]["threads"],
        memory=last["duckdb"]["memory_limit"],
        table="".join(map(_transform_row, parts)),
        compared="\n".join(map(_compared, parts)),
        object_rows=last["object_rows"],
        copies=last["copies_above"],
        linear=linear,
    )


def _transform_row(part: Mapping[str, Any]) -> str:
    spark = part["spark"]
    cells = (
        f"{part['rows']:,}",
        part["repetitions"],
        *(f"{spark['stages'][stage]['seconds']:.1f}" for stage in ("cleanse", "partition")),
        f"{spark['seconds']:.1f}",
        f"{spark['with_start']:.1f}",
        f"{part['duckdb']['seconds']:.1f}",
        f"**{part['spark_over_duckdb']:.2f}**",
        f"{part['spark_over_duckdb_with_start']:.2f}",
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def _compared(part: Mapping[str, Any]) -> str:
    differences = sum(each["only_spark"] + each["only_duckdb"] for each in part["compared"])
    tables = ", ".join(f"{each['rows']:,} of `{each['table']}`" for each in part["compared"])
    verdict = "every row is in both" if not differences else f"**{differences:,} rows differ**"
    return (
        f"Compared row for row, each by 128 bits of hash over the columns of the contract: {tables}; "
        f"{verdict}.\n"
    )


def _memory(memory: Mapping[str, Mapping[str, int]], parts: list[Mapping[str, Any]]) -> str:
    known = {size for peaks in memory.values() for size in peaks}
    sizes = [*sorted(known - {"main_job"}, key=_number_of), *sorted(known & {"main_job"})]
    rows = "".join(
        f"| {stage} | {' | '.join(str(peaks.get(size, '')) for size in sizes)} |\n"
        for stage, peaks in memory.items()
    )
    heap = parts[-1]["spark"]["heap"] if parts else "4096m"
    return _MEMORY.format(
        heap=heap,
        sizes=" | ".join(_size_title(size) for size in sizes),
        bars="--:|" * len(sizes),
        rows=rows,
    )


def _number_of(size: str) -> float:
    return 0.5e6 if size == "05m" else float(size.replace("m", "e6"))


def _size_title(size: str) -> str:
    return "main job" if size == "main_job" else f"{_number_of(size):,.0f} rows"


def _incremental_row(part: Mapping[str, Any]) -> str:
    sides = ("history", "empty")
    cells = (
        f"{part['history_rows']:,}",
        f"{part['batch_rows']:,}",
        part["repetitions"],
        *(f"{part['seconds'][side]:.1f}" for side in sides),
        f"**{part['history_over_empty']:.2f}**",
        *(
            " / ".join(f"{part['stages'][side][stage]:.1f}" for side in sides)
            for stage in ("cleanse", "partition")
        ),
        " / ".join(f"{part['files_written'][side]:.0f}" for side in sides),
        " / ".join(f"{part['bytes_written'][side] / 2**20:.1f}" for side in sides),
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def _main_job(part: Mapping[str, Any]) -> str:
    steps, total = part["seconds_by_step"], part["seconds"]
    rows = "".join(
        f"| {step} | {seconds:.1f} | {seconds / total:.0%} |\n" for step, seconds in steps.items()
    )
    return _MAIN_JOB.format(
        source=part["source"],
        rows=part["rows"],
        seconds=total,
        repetitions=part["repetitions"],
        table=rows,
        send=part["send_rows_per_second"],
        publish=part["publish_items_per_second"],
        warehouse=part["warehouse_rows_per_second"],
    )


if __name__ == "__main__":
    main()
