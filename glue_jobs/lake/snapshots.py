"""What a consumer of an append-only Iceberg table has still to read, and its position."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pyspark.sql import DataFrame, SparkSession


class Extent(Enum):
    """How much of a table a consumer must read."""

    NOTHING = "nothing"
    APPENDS = "appends"
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
    extent : NOTHING, the APPENDS after `start`, or the WHOLE table as of `end`.
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

    A range whose start has expired, or that holds an overwrite or a delete, cannot be read as
    appends (Iceberg's incremental read skips overwrites without an error), so it asks for the
    whole table. Compaction (`replace`) adds no rows and counts as nothing.
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
    return PendingRead(Extent.WHOLE, consumed, current)


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
    """Return the rows that the pending read asks for."""
    reader = spark.read.format("iceberg")
    if pending.extent is Extent.APPENDS:
        reader = reader.option("start-snapshot-id", str(pending.start))
        reader = reader.option("end-snapshot-id", str(pending.end))
    else:
        reader = reader.option("snapshot-id", str(pending.end))
    return reader.load(table)
