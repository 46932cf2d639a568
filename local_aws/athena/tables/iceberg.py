"""Iceberg tables: which snapshot a query sees, and the view through which it reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from local_aws.athena.dialect import types
from local_aws.athena.dialect.catalog import PATH_COLUMN, AsOf, Scan, TableColumn
from local_aws.athena.dialect.coercion import quoted, text_literal
from local_aws.athena.dialect.types import duckdb_type
from local_aws.athena.errors import Position, QueryError
from local_aws.athena.tables.hive_types import iceberg_type
from local_aws.athena.tables.session import Session


@dataclass(frozen=True)
class IcebergTable:
    """An Iceberg table at one snapshot.

    Attributes
    ----------
    metadata : its metadata file's content.
    snapshot : the snapshot to read; None for a table without one.
    is_past : the query named a time or a snapshot, and so sees that snapshot's own schema.
    """

    database: str
    name: str
    metadata_location: str
    metadata: dict[str, Any]
    snapshot: dict[str, Any] | None
    is_past: bool = False

    @cached_property
    def _fields(self) -> list[dict[str, Any]]:
        """The schema's fields."""
        schema_id = self.metadata["current-schema-id"]
        if self.snapshot and self.is_past:
            schema_id = self.snapshot.get("schema-id", schema_id)
        schemas = {schema["schema-id"]: schema for schema in self.metadata["schemas"]}
        fields: list[dict[str, Any]] = schemas[schema_id]["fields"]
        return fields

    @cached_property
    def columns(self) -> tuple[TableColumn, ...]:
        """Its columns and `$path`."""
        named = tuple(
            TableColumn(field["name"].lower(), iceberg_type(field["type"]))
            for field in self._fields
        )
        return (*named, TableColumn(PATH_COLUMN, types.VARCHAR, hidden=True))

    def prepare(self, scan: Scan, session: Session) -> None:
        """Create the view that the query reads; DuckDB prunes files and columns through it."""
        names = {field["name"].lower(): field["name"] for field in self._fields}
        listed = []
        for column in self.columns:
            if column.kind.base == "unreadable":
                continue
            target = quoted(column.name)
            if self.snapshot is None:
                listed.append(f"CAST(NULL AS {duckdb_type(column.kind)}) AS {target}")
            elif column.name == PATH_COLUMN:
                listed.append(f"filename AS {target}")
            elif column.kind.base == types.TIMESTAMP_TZ:
                listed.append(f"timezone('UTC', {quoted(names[column.name])}) AS {target}")
            else:
                listed.append(f"{quoted(names[column.name])} AS {target}")
        source = "(SELECT 1 WHERE FALSE)"
        if self.snapshot is not None:
            location = text_literal(self.metadata_location)
            past = f", snapshot_from_id = {self.snapshot['snapshot-id']}" if self.is_past else ""
            source = f"iceberg_scan({location}{past})"
        session.connection.execute(
            f"CREATE TEMP VIEW {quoted(scan.view)} AS SELECT {', '.join(listed)} FROM {source}"
        )


def choose_snapshot(
    metadata: dict[str, Any], as_of: AsOf | None, table: str, position: Position
) -> dict[str, Any] | None:
    """Return the snapshot that a query sees: the current one, or one of the past.

    Raises
    ------
    QueryError : INVALID_ARGUMENTS, when there is none at that moment or of that number.
    """
    snapshots = {snapshot["snapshot-id"]: snapshot for snapshot in metadata.get("snapshots", [])}
    found: dict[str, Any] | None
    if as_of is None:
        found = snapshots.get(metadata.get("current-snapshot-id"))
    elif as_of.moment is not None:
        found = _snapshot_at(metadata, as_of.moment, table, position)
    else:
        found = snapshots.get(as_of.snapshot_id)
        if found is None:
            raise QueryError(
                "INVALID_ARGUMENTS",
                f"Iceberg snapshot ID does not exists: {as_of.snapshot_id}",
                position,
            )
    return found


def _snapshot_at(
    metadata: dict[str, Any], moment: datetime, table: str, position: Position
) -> dict[str, Any]:
    """Return the snapshot that was current at a moment, by the table's log of snapshots."""
    snapshots = {snapshot["snapshot-id"]: snapshot for snapshot in metadata.get("snapshots", [])}
    milliseconds = moment.timestamp() * 1000
    past = [
        entry for entry in metadata.get("snapshot-log", []) if entry["timestamp-ms"] <= milliseconds
    ]
    if not past or past[-1]["snapshot-id"] not in snapshots:  # none yet, or it has expired
        raise QueryError(
            "INVALID_ARGUMENTS",
            f"No version history table {table} at or before {moment:%Y-%m-%dT%H:%M:%SZ}",
            position,
        )
    found: dict[str, Any] = snapshots[past[-1]["snapshot-id"]]
    return found


def moment_text(milliseconds: int) -> str:
    """Return a DuckDB timestamp literal of a moment in milliseconds since 1970."""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}.{milliseconds % 1000:03d}'"
