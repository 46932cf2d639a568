"""SHOW, DESCRIBE and the DDL that only the catalog answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_aws.athena.catalog_tables import GlueCatalog
from local_aws.athena.dialect import tree
from local_aws.athena.dialect.types import SqlType
from local_aws.athena.errors import QueryError, not_supported
from local_aws.athena.executions import keep_columns
from local_aws.athena.result_files import ResultColumn, put
from local_aws.athena.tables.partitions import registered_partitions

_WIDTH = 20  # Hive pads names in its answers
_TEXT = SqlType("string")


@dataclass(frozen=True)
class CatalogStatements:
    """Answers statements from the catalog.

    Attributes
    ----------
    s3 : boto3 client that writes the result file.
    """

    catalog: GlueCatalog
    s3: Any

    def run(self, statement: tree.CatalogStatement, record: dict[str, Any]) -> None:
        """Carry out a statement and write its answer as lines of text.

        Raises
        ------
        QueryError : what it names is missing, or must not be dropped here.
        """
        columns, lines = {
            "show databases": self._databases,
            "show tables": self._tables,
            "show columns": self._columns,
            "show partitions": self._partitions,
            "show create table": self._create_statement,
            "describe": self._describe,
            "create database": self._create_database,
            "drop database": self._drop_database,
            "drop table": self._drop_table,
        }[statement.verb](statement)
        text = "".join(f"{line}\n" for line in lines)
        put(self.s3, text.encode(), record["ResultConfiguration"]["OutputLocation"])
        record["_lines"] = lines  # the columns' names, and each line with its tabs in one value
        keep_columns(record, [ResultColumn(name, _TEXT) for name in columns.split()])

    def _databases(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        pages = self.catalog.glue.get_paginator("get_databases").paginate()
        names = (database["Name"] for page in pages for database in page["DatabaseList"])
        return "database_name", _matching(names, statement.pattern)

    def _tables(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        database = statement.name[-1] if statement.name else self.catalog.database
        if database is None:
            raise QueryError("FAILED", "SemanticException No database was given")
        if not self.catalog.has_database(database):
            raise _missing_database(database)
        pages = self.catalog.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        names = (table["Name"] for page in pages for table in page["TableList"])
        return "tab_name", _matching(names, statement.pattern)

    def _columns(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        definition = self._definition(statement)
        return "field", [name.ljust(_WIDTH) for name, _, _ in _all_columns(definition)]

    def _describe(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        definition = self._definition(statement)
        lines = [_described(*column) for column in _all_columns(definition)]
        keys = definition.get("PartitionKeys", [])
        if keys:
            lines += [
                "",
                "# Partition Information",
                _described("# col_name", "data_type", "comment"),
                "",
            ]
            lines += [_described(*column) for column in _named(keys)]
        return "col_name data_type comment", lines

    def _partitions(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        definition = self._definition(statement)
        keys = [key["Name"] for key in definition.get("PartitionKeys", [])]
        if not keys:
            raise QueryError(
                "FAILED",
                "Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
                f"Table {definition['Name']} is not a partitioned table",
            )
        found = registered_partitions(self.catalog.glue, definition)
        lines = [
            "/".join(f"{key}={value}" for key, value in zip(keys, item.values, strict=True))
            for item in found
        ]
        return "partition", lines

    def _create_statement(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        definition = self._definition(statement)
        parameters = dict(definition.get("Parameters", {}))
        is_iceberg = parameters.get("table_type", "").upper() == "ICEBERG"
        storage = definition["StorageDescriptor"]
        name = f"`{definition['DatabaseName']}`.`{definition['Name']}`"
        start = f"CREATE TABLE {name}(" if is_iceberg else f"CREATE EXTERNAL TABLE {name}("
        lines = [start, *_listed(storage["Columns"])]
        if definition.get("PartitionKeys"):
            lines += ["PARTITIONED BY (", *_listed(definition["PartitionKeys"])]
        serde = storage.get("SerdeInfo", {})
        if serde.get("SerializationLibrary"):
            lines += ["ROW FORMAT SERDE", f"  '{serde['SerializationLibrary']}'"]
            if serde.get("Parameters"):
                lines += ["WITH SERDEPROPERTIES (", *_pairs(serde["Parameters"])]
        if not is_iceberg:
            lines += ["STORED AS INPUTFORMAT", f"  '{storage.get('InputFormat', '')}'"]
            lines += ["OUTPUTFORMAT", f"  '{storage.get('OutputFormat', '')}'"]
        lines += ["LOCATION", f"  '{storage['Location']}'"]
        return "createtab_stmt", [*lines, "TBLPROPERTIES (", *_pairs(parameters)]

    def _create_database(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        name = statement.name[-1]
        if self.catalog.has_database(name):
            if statement.optional:
                return "", []
            raise _ddl_failure(f"AlreadyExistsException(message:Database {name} already exists)")
        details: dict[str, str] = {"Name": name}
        if statement.pattern:
            details["LocationUri"] = statement.pattern
        if statement.comment:
            details["Description"] = statement.comment
        self.catalog.glue.create_database(DatabaseInput=details)
        return "", []

    def _drop_database(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        name = statement.name[-1]
        if statement.cascade:
            raise not_supported("DROP DATABASE … CASCADE", statement.position)
        if not self.catalog.has_database(name):
            if statement.optional:
                return "", []
            raise _missing_database(name)
        if self.catalog.glue.get_tables(DatabaseName=name)["TableList"]:
            raise _ddl_failure(
                f"InvalidOperationException(message:Database {name} is not empty. "
                "One or more tables exist.)"
            )
        self.catalog.glue.delete_database(Name=name)
        return "", []

    def _drop_table(self, statement: tree.CatalogStatement) -> tuple[str, list[str]]:
        database, name = self.catalog.resolve(statement.name, statement.position)
        try:
            definition = self.catalog.glue.get_table(DatabaseName=database, Name=name)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            if statement.optional:
                return "", []
            raise QueryError(
                "FAILED", f"SemanticException [Error 10001]: Table not found {database}.{name}"
            ) from error
        if definition.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
            # It would delete the table's data as well.
            raise not_supported("DROP TABLE of an Iceberg table", statement.position)
        self.catalog.glue.delete_table(DatabaseName=database, Name=name)
        return "", []

    def _definition(self, statement: tree.CatalogStatement) -> dict[str, Any]:
        database, name = self.catalog.resolve(statement.name, statement.position)
        try:
            return self.catalog.definition(database, name, statement.position)
        except QueryError as error:
            raise QueryError(
                "FAILED", f"SemanticException [Error 10001]: Table not found {database}.{name}"
            ) from error


def _missing_database(name: str) -> QueryError:
    return QueryError("FAILED", f"SemanticException [Error 10072]: Database does not exist: {name}")


def _ddl_failure(message: str) -> QueryError:
    task = "Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
    return QueryError("FAILED", f"{task} {message}")


def _matching(names: Iterator[str], pattern: str | None) -> list[str]:
    """Return the sorted names that Hive's pattern takes: `*` for anything, `|` for or."""
    if pattern is None:
        return sorted(names)
    parts = [re.escape(part).replace(r"\*", ".*") for part in pattern.lower().split("|")]
    expression = re.compile("|".join(parts))
    return sorted(name for name in names if expression.fullmatch(name.lower()))


def _named(columns: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(item["Name"], item["Type"], item.get("Comment", "")) for item in columns]


def _all_columns(definition: dict[str, Any]) -> list[tuple[str, str, str]]:
    stored = _named(definition["StorageDescriptor"]["Columns"])
    return stored + _named(definition.get("PartitionKeys", []))


def _described(name: str, kind: str, comment: str) -> str:
    return "\t".join(text.ljust(_WIDTH) for text in (name, kind, comment))


def _listed(columns: list[dict[str, str]]) -> list[str]:
    lines = [f"  `{name}` {kind}" for name, kind, _ in _named(columns)]
    return [*(f"{line}," for line in lines[:-1]), f"{lines[-1]})"]


def _pairs(properties: dict[str, str]) -> list[str]:
    lines = [f"  '{name}'='{value}'" for name, value in sorted(properties.items())]
    return [*(f"{line}," for line in lines[:-1]), f"{lines[-1]})"] if lines else [")"]
