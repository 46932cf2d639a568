"""Compares what the jobs wrote with what DuckDB wrote, row for row."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from benchmarks.pipeline import Pipeline
from contracts.fields import CLEANSED, QUARANTINE, TRANSACTIONS, Column

# The run's name is the jobs' own. Of an event's equal rows any may be kept: its object says which.
_CLEANSED = [column for column in CLEANSED if column.name != "run_id"]
_TRANSACTIONS = [each for each in TRANSACTIONS if each.name not in ("run_id", "raw_object")]
# The detail is a sentence for people, made of the other two.
_QUARANTINE = [
    each
    for each in QUARANTINE
    if each.name not in ("line_number_among_equal", "detail", "received_at", "run_id")
]
_TYPES = {"string": "VARCHAR", "timestamp_ntz": "TIMESTAMP"}


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
    columns: list[Column],
) -> Comparison:
    """Compare whole rows as bags, each row by two hashes of 64 bits: so one pass does for both."""
    spark = f"iceberg_scan('{pipeline.table_metadata(table)}')"
    duck = f"read_parquet('{files}', hive_partitioning = false)"
    values = [f"CAST({each.name} AS {_TYPES.get(each.type, each.type)})" for each in columns]
    hashes = f"hash({', '.join(values)}) AS one, hash({', '.join(reversed(values))}) AS other"
    found = engine.execute(
        "SELECT sum(spark), sum(greatest(more, 0)), sum(greatest(-more, 0)) FROM ("
        "SELECT count_if(side > 0) AS spark, sum(side) AS more FROM ("
        f"SELECT {hashes}, 1 AS side FROM {spark} UNION ALL SELECT {hashes}, -1 FROM {duck}"
        ") GROUP BY one, other)"
    ).fetchone()
    rows, only_spark, only_duckdb = (int(each or 0) for each in found or (0, 0, 0))
    return Comparison(table, rows, only_spark, only_duckdb)
