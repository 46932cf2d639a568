"""Hive tables: Parquet and JSON objects below partition folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from local_aws.athena.dialect import types
from local_aws.athena.dialect.catalog import PATH_COLUMN, Scan, TableColumn
from local_aws.athena.dialect.coercion import quoted, text_literal
from local_aws.athena.dialect.types import duckdb_type
from local_aws.athena.errors import not_supported
from local_aws.athena.tables.hive_types import hive_type, unreadable
from local_aws.athena.tables.json_lines import JsonColumn, JsonFormat, JsonSchema, create_view
from local_aws.athena.tables.line_reader import StoredObject
from local_aws.athena.tables.partitions import (
    Partition,
    projected_partitions,
    registered_partitions,
)
from local_aws.athena.tables.session import Session, split_url

_JSON_SERDES = (
    "org.openx.data.jsonserde.JsonSerDe",
    "org.apache.hive.hcatalog.data.JsonSerDe",
)
_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_PARTITION_TYPES = (types.VARCHAR, types.DATE, *types.INTEGERS)
# Up to so many partitions are listed one by one; more, by one walk through the table's folder.
_LISTED_SINGLY = 20


@dataclass(frozen=True)
class HiveTable:
    """A Parquet or JSON table; `definition` is Glue's."""

    definition: dict[str, Any]
    glue: Any
    now: datetime

    @property
    def database(self) -> str:
        """The name of its database."""
        return str(self.definition["DatabaseName"]).lower()

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.definition["Name"]).lower()

    @cached_property
    def _serde(self) -> dict[str, Any]:
        serde: dict[str, Any] = self.definition["StorageDescriptor"].get("SerdeInfo", {})
        return serde

    @cached_property
    def columns(self) -> tuple[TableColumn, ...]:
        """Its columns, its partition columns after them, and `$path`."""
        stored = [
            TableColumn(entry["Name"].lower(), hive_type(entry["Type"]))
            for entry in self.definition["StorageDescriptor"]["Columns"]
        ]
        partitioned = [
            TableColumn(entry["Name"].lower(), _partition_type(entry["Type"]), partition=True)
            for entry in self.definition.get("PartitionKeys", [])
        ]
        return (*stored, *partitioned, TableColumn(PATH_COLUMN, types.VARCHAR, hidden=True))

    def prepare(self, scan: Scan, session: Session) -> None:
        """Create what the query reads, from the objects of the partitions that it needs.

        Raises
        ------
        QueryError : the table's format is not one that the local engine reads, or an object is
            broken.
        """
        library = self._serde.get("SerializationLibrary", "")
        objects = self._objects(scan, session)
        if library in _JSON_SERDES:
            columns = [
                JsonColumn(column.name, column.kind, index)
                for index, column in enumerate(self._stored)
                if column.name in scan.used
            ]
            layout = JsonFormat.from_serde(self._serde.get("Parameters", {}), library)
            schema = JsonSchema(columns, self._partition_columns, layout)
            create_view(scan, schema, objects, session)
        elif library == _PARQUET_SERDE:
            self._prepare_parquet(scan, objects, session)
        else:
            raise not_supported(f"A table of the format {library or 'unknown'}")

    @property
    def _stored(self) -> list[TableColumn]:
        return [item for item in self.columns if not item.partition and not item.hidden]

    @property
    def _partition_columns(self) -> list[TableColumn]:
        return [item for item in self.columns if item.partition]

    def _prepare_parquet(self, scan: Scan, objects: list[StoredObject], session: Session) -> None:
        stored = [item for item in self._stored if item.kind.base != "unreadable"]
        keys = self._partition_columns
        listed = ['CAST(NULL AS VARCHAR) AS "$path"']
        listed += [_null(column) for column in (*stored, *keys)]
        views = [f"SELECT {', '.join(listed)} WHERE FALSE"]
        by_partition: dict[Partition, list[StoredObject]] = {}
        for item in objects:
            by_partition.setdefault(item.partition, []).append(item)
        for partition, members in by_partition.items():
            urls = ", ".join(text_literal(member.url) for member in members)
            # Trino reads timestamps of Hive tables as milliseconds, so they are rounded here.
            columns = [f"{_read(column)} AS {quoted(column.name)}" for column in stored]
            columns += [
                f"{partition_value(value, column)} AS {quoted(column.name)}"
                for value, column in zip(partition.values, keys, strict=True)
            ]
            views.append(
                f'SELECT filename AS "$path", {", ".join(columns)} '
                f"FROM read_parquet([{urls}], hive_partitioning = false, union_by_name = true)"
            )
        session.connection.execute(
            f"CREATE TEMP VIEW {quoted(scan.view)} AS {' UNION ALL '.join(views)}"
        )

    def _objects(self, scan: Scan, session: Session) -> list[StoredObject]:
        """Return the objects of the partitions that the query's conditions leave."""
        if not self.definition.get("PartitionKeys"):
            location = self.definition["StorageDescriptor"]["Location"].rstrip("/") + "/"
            return list_objects([Partition((), location)], location, session)
        parameters = self.definition.get("Parameters", {})
        if parameters.get("projection.enabled", "").lower() == "true":
            partitions = projected_partitions(self.definition, self.now)
        else:
            partitions = registered_partitions(self.glue, self.definition)
        needed = self._needed(partitions, scan, session)
        location = self.definition["StorageDescriptor"]["Location"].rstrip("/") + "/"
        return list_objects(needed, location, session)

    def _needed(self, partitions: list[Partition], scan: Scan, session: Session) -> list[Partition]:
        if not scan.partition_filters or not partitions:
            return partitions
        keys = self._partition_columns
        rows = ", ".join(
            f"({index}, {', '.join(map(partition_value, partition.values, keys))})"
            for index, partition in enumerate(partitions)
        )
        names = ", ".join(["place", *(quoted(column.name) for column in keys)])
        found = session.connection.execute(
            f"SELECT place FROM (VALUES {rows}) AS {quoted(scan.alias)}({names}) "
            f"WHERE {' AND '.join(scan.partition_filters)}"
        ).fetchall()
        return [partitions[place] for (place,) in sorted(found)]


def list_objects(
    partitions: list[Partition], location: str, session: Session
) -> list[StoredObject]:
    """Return the objects below the partitions' folders; empty and hidden ones do not count."""
    inside = all(partition.location.startswith(location) for partition in partitions)
    if len(partitions) > _LISTED_SINGLY and inside:
        by_folder = {partition.location: partition for partition in partitions}
        return [
            StoredObject(bucket, key, partition)
            for bucket, key in _walk(location, session)
            if (partition := _partition_of(f"s3://{bucket}/{key}", by_folder, location))
        ]
    return [
        StoredObject(bucket, key, partition)
        for partition in partitions
        for bucket, key in _walk(partition.location, session)
    ]


def _partition_of(url: str, folders: dict[str, Partition], location: str) -> Partition | None:
    folder = url
    while len(folder) > len(location):
        folder = folder.rstrip("/").rsplit("/", 1)[0] + "/"
        if folder in folders:
            return folders[folder]
    return None


def _walk(location: str, session: Session) -> list[tuple[str, str]]:
    session.check()
    bucket, prefix = split_url(location)
    pages = session.metadata_s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix
    )
    return [
        (bucket, entry["Key"])
        for page in pages
        for entry in page.get("Contents", [])
        if entry["Size"] > 0 and not entry["Key"].rsplit("/", 1)[-1].startswith(("_", "."))
    ]


def _partition_type(text: str) -> types.SqlType:
    kind = hive_type(text)
    return kind if kind in _PARTITION_TYPES else unreadable(text)


def partition_value(text: str, column: TableColumn) -> str:
    """Return the SQL of a partition column's value."""
    return f"CAST({text_literal(text)} AS {duckdb_type(column.kind)})"


def _null(column: TableColumn) -> str:
    return f"CAST(NULL AS {duckdb_type(column.kind)}) AS {quoted(column.name)}"


def _read(column: TableColumn) -> str:
    plain = f"CAST({quoted(column.name)} AS {duckdb_type(column.kind)})"
    if column.kind == types.timestamp(3):
        return f"athena_round_time({plain}, 1000)"
    return plain
