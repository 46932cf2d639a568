"""Names the lake's Iceberg tables and creates those that are missing."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession

from contracts.fields import (
    CHANGED_INVOICES,
    CLEANSED,
    QUARANTINE,
    TRANSACTIONS,
    Column,
    iceberg_columns,
)

CATALOG = "glue_catalog"

# Version 2 keeps Athena able to read and merge; old metadata files would otherwise pile up, one a
# commit; zstd reads as fast as snappy and is a third smaller on this data.
_COMMON = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}
# Rows arrive by raw object, and a raw object is of one day: a shuffle by day would only move them
# all to one task.
_APPENDED_AS_READ = {
    "write.distribution-mode": "none",
    "write.spark.fanout.enabled": "true",
}
# Bounds of files are cut to 16 characters else, which all keys of raw objects have in common.
_WHOLE_KEYS = {"write.metadata.metrics.column.raw_object": "full"}


@dataclass(frozen=True)
class Lake:
    """The lake's tables in one Glue database, by their full Spark SQL names."""

    database: str

    @property
    def cleansed(self) -> str:
        """Every accepted record, every version: the audit trail."""
        return f"{CATALOG}.{self.database}.cleansed"

    @property
    def quarantine(self) -> str:
        """Rejected lines with their reason."""
        return f"{CATALOG}.{self.database}.quarantine"

    @property
    def transactions(self) -> str:
        """The truth now: one row an event."""
        return f"{CATALOG}.{self.database}.transactions"

    @property
    def changed_invoices(self) -> str:
        """Append-only: the invoices that each run touched."""
        return f"{CATALOG}.{self.database}.changed_invoices"


def create_missing_tables(spark: SparkSession, lake: Lake, target_file_size_mb: int) -> None:
    """Create the tables that are not in the catalog yet; leave the others as they are."""
    size = {"write.target-file-size-bytes": str(target_file_size_mb * 1024 * 1024)}
    create = _TableCreator(spark)
    appended = {**_COMMON, **_APPENDED_AS_READ, **_WHOLE_KEYS, **size}
    create(lake.cleansed, CLEANSED, "ingest_date", appended)
    create(lake.quarantine, QUARANTINE, "ingest_date", {**_COMMON, **size})
    create(lake.changed_invoices, CHANGED_INVOICES, None, _COMMON)
    create(
        lake.transactions,
        TRANSACTIONS,
        "months(invoice_ts)",
        {**_COMMON, **size, "write.merge.mode": "merge-on-read"},
        write_order="DISTRIBUTED BY PARTITION LOCALLY ORDERED BY invoice_no",
    )


@dataclass(frozen=True)
class _TableCreator:
    spark: SparkSession

    def __call__(
        self,
        table: str,
        columns: tuple[Column, ...],
        partition: str | None,
        properties: dict[str, str],
        write_order: str | None = None,
    ) -> None:
        if not self.spark.catalog.tableExists(table):
            partitioned = f"PARTITIONED BY ({partition})" if partition else ""
            listed = ", ".join(f"'{key}'='{value}'" for key, value in properties.items())
            self.spark.sql(
                f"CREATE TABLE IF NOT EXISTS {table} ({iceberg_columns(columns)}) "
                f"USING iceberg {partitioned} TBLPROPERTIES ({listed})"
            )
        # A commit of its own: who died between the two has left a table without an order.
        if write_order and not self._has_order(table):
            self.spark.sql(f"ALTER TABLE {table} WRITE {write_order}")

    def _has_order(self, table: str) -> bool:
        shown = self.spark.sql(f"SHOW TBLPROPERTIES {table}").collect()
        return any(row.key == "sort-order" for row in shown)
