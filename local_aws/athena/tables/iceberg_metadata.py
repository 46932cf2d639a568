"""Iceberg's metadata tables: `"t$snapshots"`, `"t$history"` and `"t$files"`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from local_aws.athena.dialect import types
from local_aws.athena.dialect.catalog import Scan, TableColumn
from local_aws.athena.dialect.coercion import quoted, text_literal
from local_aws.athena.dialect.types import BIGINT, INTEGER, VARCHAR, duckdb_type, timestamp_tz
from local_aws.athena.tables.iceberg import IcebergTable, moment_text
from local_aws.athena.tables.session import Session

_COLUMNS = {
    "snapshots": (
        ("committed_at", timestamp_tz(3)),
        ("snapshot_id", BIGINT),
        ("parent_id", BIGINT),
        ("operation", VARCHAR),
        ("manifest_list", VARCHAR),
        ("summary", types.map_of(VARCHAR, VARCHAR)),
    ),
    "history": (
        ("made_current_at", timestamp_tz(3)),
        ("snapshot_id", BIGINT),
        ("parent_id", BIGINT),
        ("is_current_ancestor", types.BOOLEAN),
    ),
    "files": (
        ("content", INTEGER),
        ("file_path", VARCHAR),
        ("file_format", VARCHAR),
        ("record_count", BIGINT),
        ("file_size_in_bytes", BIGINT),
    ),
}
METADATA_TABLES = tuple(_COLUMNS)


@dataclass(frozen=True)
class IcebergMetadataTable:
    """A metadata table of an Iceberg table.

    `$files` has the columns that people use most; Athena has statistics of each column besides.
    """

    table: IcebergTable
    kind: str

    @property
    def database(self) -> str:
        """The table's database."""
        return self.table.database

    @property
    def name(self) -> str:
        """The table's name with the metadata's, such as `t$files`."""
        return f"{self.table.name}${self.kind}"

    @cached_property
    def columns(self) -> tuple[TableColumn, ...]:
        """Its columns."""
        return tuple(TableColumn(name, kind) for name, kind in _COLUMNS[self.kind])

    def prepare(self, scan: Scan, session: Session) -> None:
        """Create the view that the query reads."""
        if self.kind == "files":
            rows = self._files(session)
        else:
            rows = self._snapshots() if self.kind == "snapshots" else self._history()
        names = ", ".join(quoted(name) for name, _ in _COLUMNS[self.kind])
        empty = ", ".join(f"CAST(NULL AS {duckdb_type(kind)})" for _, kind in _COLUMNS[self.kind])
        union = " UNION ALL ".join([*rows, f"SELECT {empty} WHERE FALSE"])
        session.connection.execute(
            f"CREATE TEMP VIEW {quoted(scan.view)}({names}) AS SELECT * FROM ({union})"
        )

    def _snapshots(self) -> list[str]:
        rows = []
        for snapshot in self.table.metadata.get("snapshots", []):
            summary = dict(snapshot.get("summary", {}))
            operation = summary.pop("operation", None)
            keys = ", ".join(text_literal(key) for key in summary)
            values = ", ".join(text_literal(str(value)) for value in summary.values())
            rows.append(
                f"SELECT {moment_text(snapshot['timestamp-ms'])}, {snapshot['snapshot-id']}, "
                f"{snapshot.get('parent-snapshot-id') or 'NULL'}, "
                f"{text_literal(operation) if operation else 'NULL'}, "
                f"{text_literal(snapshot['manifest-list'])}, MAP([{keys}], [{values}])"
            )
        return rows

    def _history(self) -> list[str]:
        metadata = self.table.metadata
        parents = {
            snapshot["snapshot-id"]: snapshot.get("parent-snapshot-id")
            for snapshot in metadata.get("snapshots", [])
        }
        ancestors = []
        current = metadata.get("current-snapshot-id")
        while current in parents:
            ancestors.append(current)
            current = parents[current]
        return [
            f"SELECT {moment_text(entry['timestamp-ms'])}, {entry['snapshot-id']}, "
            f"{parents.get(entry['snapshot-id']) or 'NULL'}, {entry['snapshot-id'] in ancestors}"
            for entry in metadata.get("snapshot-log", [])
        ]

    def _files(self, session: Session) -> list[str]:
        snapshot = self.table.snapshot
        if snapshot is None:
            return []
        manifests = session.connection.execute(
            f"SELECT manifest_path FROM read_avro({text_literal(snapshot['manifest-list'])})"
        ).fetchall()
        if not manifests:
            return []
        paths = ", ".join(text_literal(path) for (path,) in manifests)
        fields = ", ".join(
            f"data_file.{name}" for name, _ in _COLUMNS["files"] if name != "content"
        )
        # Status 2 is a file that this snapshot removed.
        return [f"SELECT data_file.content, {fields} FROM read_avro([{paths}]) WHERE status <> 2"]
