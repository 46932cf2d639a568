"""Find tables in the Glue catalog, as they are when the query starts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from local_aws.athena.dialect.catalog import AsOf, Table
from local_aws.athena.errors import Position, QueryError, not_supported
from local_aws.athena.tables.hive import HiveTable
from local_aws.athena.tables.iceberg import IcebergTable, choose_snapshot
from local_aws.athena.tables.iceberg_metadata import METADATA_TABLES, IcebergMetadataTable
from local_aws.athena.tables.session import split_url

CATALOG = "awsdatacatalog"


@dataclass(frozen=True)
class GlueCatalog:
    """The tables of the Glue catalog.

    Attributes
    ----------
    glue, s3 : boto3 clients; S3's serves the metadata files of Iceberg tables.
    database : where a name without a database is looked up; None if the query gave none.
    now : the query's start, UTC.
    """

    glue: Any
    s3: Any
    database: str | None
    now: datetime

    def find_table(self, parts: tuple[str, ...], as_of: AsOf | None, position: Position) -> Table:
        """Return the table of a dotted name.

        Raises
        ------
        QueryError : CATALOG_NOT_FOUND, SCHEMA_NOT_FOUND, TABLE_NOT_FOUND, or INVALID_ARGUMENTS
            for a moment at which it had no snapshot.
        """
        database, written = self.resolve(parts, position)
        name, _, metadata_table = written.partition("$")
        definition = self.definition(database, name, position)
        if _is_iceberg(definition):
            table = self._iceberg(definition, as_of, position)
            if not metadata_table:
                return table
            if metadata_table not in METADATA_TABLES:
                raise not_supported(f'The metadata table "{written}"', position)
            return IcebergMetadataTable(table, metadata_table)
        if metadata_table:
            raise not_supported(f'The table "{written}"', position)
        if as_of is not None:
            raise QueryError(
                "NOT_SUPPORTED", "This connector does not support versioned tables", position
            )
        if definition.get("TableType") == "VIRTUAL_VIEW":
            raise not_supported(f"The view {database}.{name}", position)
        return HiveTable(definition, self.glue, self.now)

    def resolve(self, parts: tuple[str, ...], position: Position) -> tuple[str, str]:
        """Return the database and the table of a dotted name."""
        if len(parts) > 3:
            raise QueryError(
                "SYNTAX_ERROR", f"Too many dots in table name: {'.'.join(parts)}", position
            )
        if len(parts) == 3 and parts[0] != CATALOG:
            raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{parts[0]}' does not exist", position)
        if len(parts) == 1:
            if self.database is None:
                raise QueryError(
                    "MISSING_SCHEMA_NAME",
                    "Schema must be specified when session schema is not set",
                    position,
                )
            return self.database, parts[0]
        return parts[-2], parts[-1]

    def definition(self, database: str, name: str, position: Position) -> dict[str, Any]:
        """Return Glue's definition of a table.

        Raises
        ------
        QueryError : SCHEMA_NOT_FOUND or TABLE_NOT_FOUND.
        """
        try:
            found = self.glue.get_table(DatabaseName=database, Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
        else:
            table: dict[str, Any] = found["Table"]
            return table
        if not self.has_database(database):
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", position)
        raise QueryError(
            "TABLE_NOT_FOUND", f"Table '{CATALOG}.{database}.{name}' does not exist", position
        )

    def has_database(self, name: str) -> bool:
        """Tell whether the catalog has a database."""
        try:
            self.glue.get_database(Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return False
            raise
        return True

    def _iceberg(
        self, definition: dict[str, Any], as_of: AsOf | None, position: Position
    ) -> IcebergTable:
        location = definition["Parameters"]["metadata_location"]
        bucket, key = split_url(location)
        try:
            content = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise QueryError(
                "ICEBERG_INVALID_METADATA", f"Error reading metadata file {location}", position
            ) from error
        metadata = json.loads(content)
        database, name = definition["DatabaseName"].lower(), definition["Name"].lower()
        snapshot = choose_snapshot(metadata, as_of, f'"{database}"."{name}"', position)
        return IcebergTable(database, name, location, metadata, snapshot, as_of is not None)


def _is_iceberg(definition: dict[str, Any]) -> bool:
    parameters = definition.get("Parameters", {})
    return str(parameters.get("table_type", "")).upper() == "ICEBERG"
