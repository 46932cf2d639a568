"""What a consumer of an append-only Iceberg table has still to read, and its position."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


class Extent(Enum):
    """How much of a table a consumer must read."""

    NOTHING = "nothing"
    APPENDS = "appends"
    REWRITTEN = "rewritten"
    WHOLE = "whole"


@dataclass(frozen=True)
class Snapshot:
    """One entry of an Iceberg table's log."""

    snapshot_id: int
    parent_id: int | None
    operation: str


@dataclass(frozen=True)
class PendingRead:
    """The part of a table between a consumer's position and the table's current snapshot.

    Attributes
    ----------
    extent : NOTHING, the APPENDS after `start`, what was REWRITTEN since `start`, or the WHOLE
        table as of `end`.
    start : snapshot already consumed; None when the consumer has consumed nothing.
    end : the table's current snapshot; None for an empty table.
    """

    extent: Extent
    start: int | None
    end: int | None


def pending_read(
    snapshots: list[Snapshot], current: int | None, consumed: int | None
) -> PendingRead:
    """Return what lies between the consumed snapshot and the current one.

    A range that holds an overwrite or a delete cannot be read as appends (Iceberg's incremental
    read skips overwrites without an error): what was REWRITTEN follows from comparing its ends. A
    range whose start has expired asks for the whole table. Compaction (`replace`) changes no row
    and counts as nothing.
    """
    if current is None or current == consumed:
        return PendingRead(Extent.NOTHING, consumed, current)
    if consumed is None:
        return PendingRead(Extent.WHOLE, None, current)
    by_id = {snapshot.snapshot_id: snapshot for snapshot in snapshots}
    operations = set()
    cursor: int | None = current
    while cursor != consumed:
        snapshot = by_id.get(cursor) if cursor is not None else None
        if snapshot is None:
            return PendingRead(Extent.WHOLE, consumed, current)
        operations.add(snapshot.operation)
        cursor = snapshot.parent_id
    if operations <= {"replace"}:
        return PendingRead(Extent.NOTHING, consumed, current)
    if operations <= {"append", "replace"}:
        return PendingRead(Extent.APPENDS, consumed, current)
    return PendingRead(Extent.REWRITTEN, consumed, current)


def read_snapshots(spark: SparkSession, table: str) -> list[Snapshot]:
    """Return the table's retained snapshots."""
    log = spark.table(f"{table}.snapshots").select("snapshot_id", "parent_id", "operation")
    return [Snapshot(*row) for row in log.collect()]


def current_snapshot(spark: SparkSession, table: str) -> int | None:
    """Return the id of the table's current snapshot; None for an empty table."""
    main = spark.table(f"{table}.refs").where("name = 'main'").select("snapshot_id").first()
    return None if main is None else int(main[0])


def read_position(spark: SparkSession, table: str, position: str) -> int | None:
    """Return the snapshot id that the table's property holds; None when it was never set."""
    properties = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    return int(properties[position]) if position in properties else None


def write_position(spark: SparkSession, table: str, position: str, snapshot_id: int) -> None:
    """Set the table's property: call it after the data commit that the position stands for."""
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('{position}'='{snapshot_id}')")


def read_pending(spark: SparkSession, table: str, pending: PendingRead) -> DataFrame:
    """Return the rows that the pending read asks for: the whole table if not the appends."""
    reader = spark.read.format("iceberg")
    if pending.extent is Extent.APPENDS:
        reader = reader.option("start-snapshot-id", str(pending.start))
        reader = reader.option("end-snapshot-id", str(pending.end))
    else:
        reader = reader.option("snapshot-id", str(pending.end))
    return reader.load(table)


def rewritten_rows(
    spark: SparkSession, table: str, pending: PendingRead, partition: str
) -> DataFrame:
    """Return the rows, before and after, of the partitions whose files have changed in the range.

    More than what was rewritten, never less: bounded by partitions, without a look at the rows.

    Parameters
    ----------
    partition : the column by which the table is partitioned, as it is.
    """
    before, after = (_as_of(spark, table, at) for at in (pending.start, pending.end))
    files = [
        _as_of(spark, f"{table}.files", at).select("file_path", f"partition.{partition}")
        for at in (pending.start, pending.end)
    ]
    changed = files[0].exceptAll(files[1]).unionByName(files[1].exceptAll(files[0]))
    values = [row[partition] for row in changed.select(partition).distinct().collect()]
    in_changed = F.col(partition).isin(values)
    return before.where(in_changed).unionByName(after.where(in_changed))


def _as_of(spark: SparkSession, table: str, snapshot_id: int | None) -> DataFrame:
    reader = spark.read.format("iceberg").option("snapshot-id", str(snapshot_id))
    return reader.load(table)
