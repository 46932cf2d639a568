"""Compares what the jobs wrote with what DuckDB wrote, row for row."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from benchmarks.pipeline import Pipeline
from contracts.fields import CLEANSED, TRANSACTIONS

# The run's name is the jobs' own. Of an event's equal rows any may be kept: its object says which.
_CLEANSED = [column.name for column in CLEANSED if column.name != "run_id"]
_TRANSACTIONS = [c.name for c in TRANSACTIONS if c.name not in ("run_id", "raw_object")]
_QUARANTINE = ["quarantine_id", "raw_object", "line_hash", "raw_line", "reason", "field",
               "ingest_date"]  # fmt: skip
_SLICES_OF = 4_000_000


@dataclass(frozen=True)
class Comparison:
    """How two tables compare.

    Attributes
    ----------
    rows : that the jobs wrote.
    only_spark, only_duckdb : rows that the other does not have, or not as often.
    """

    table: str
    rows: int
    only_spark: int
    only_duckdb: int

    @property
    def is_equal(self) -> bool:
        """Whether every row is in both, equally often."""
        return not (self.only_spark or self.only_duckdb)


def compare(engine: duckdb.DuckDBPyConnection, pipeline: Pipeline, target: str) -> list[Comparison]:
    """Return how the tables that the jobs wrote compare with DuckDB's files below `target`."""
    files = f"s3://{pipeline.bucket}/{target}"
    return [
        _compare(engine, pipeline, "cleansed", f"{files}/cleansed/*/*.parquet", _CLEANSED),
        _compare(engine, pipeline, "quarantine", f"{files}/quarantine.parquet", _QUARANTINE),
        _compare(
            engine, pipeline, "transactions", f"{files}/transactions/*/*.parquet", _TRANSACTIONS
        ),
    ]


def _compare(
    engine: duckdb.DuckDBPyConnection,
    pipeline: Pipeline,
    table: str,
    files: str,
    columns: list[str],
) -> Comparison:
    """Compare whole rows as bags; slice by slice, which bounds the memory."""
    spark = f"iceberg_scan('{pipeline.table_metadata(table)}')"
    duck = f"read_parquet('{files}', hive_partitioning = false)"
    listed, key = ", ".join(columns), columns[0]
    rows = _number(engine, f"SELECT count(*) FROM {spark}")
    slices = 1 + rows // _SLICES_OF
    only = [0, 0]
    for part in range(slices):
        sides = [
            f"(SELECT {listed} FROM {side} WHERE hash({key}) % {slices} = {part})"
            for side in (spark, duck)
        ]
        for at, (one, other) in enumerate((sides, reversed(sides))):
            only[at] += _number(
                engine, f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})"
            )
    return Comparison(table, rows, *only)


def _number(engine: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = engine.execute(sql).fetchone()
    return int(found[0]) if found else 0
