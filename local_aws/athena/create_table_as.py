"""CREATE TABLE AS: the rows as Parquet objects, and a table of the catalog over them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from local_aws.athena.catalog_tables import GlueCatalog
from local_aws.athena.dialect import tree, types
from local_aws.athena.dialect.coercion import quoted, text_literal
from local_aws.athena.dialect.queries import QueryPlan
from local_aws.athena.dialect.relations import OutputColumn
from local_aws.athena.errors import QueryError, not_supported
from local_aws.athena.executions import keep_columns
from local_aws.athena.result_files import ResultColumn, put, upload
from local_aws.athena.tables.hive_types import to_hive
from local_aws.athena.tables.session import Session, split_url

_COMPRESSIONS = {"GZIP": "gzip", "SNAPPY": "snappy", "ZSTD": "zstd", "NONE": "uncompressed"}
_KNOWN = ("external_location", "format", "write_compression", "parquet_compression")


def create_table_as(
    statement: tree.CreateTableAs,
    plan: QueryPlan,
    catalog: GlueCatalog,
    session: Session,
    record: dict[str, Any],
) -> None:
    """Write the query's rows below the table's location and create the table.

    Raises
    ------
    QueryError : the table exists, a column has no name or no type in Hive, a property is not
        one of Parquet tables, or the location is not empty.
    """
    position = statement.position
    database, name = catalog.resolve(statement.table, position)
    properties = _properties(statement)
    compression = _compression(properties, statement)
    if not catalog.has_database(database):
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", position)
    if _exists(catalog, database, name):
        if statement.if_not_exists:
            return
        raise QueryError(
            "TABLE_ALREADY_EXISTS",
            f"Table 'awsdatacatalog.{database}.{name}' already exists",
            position,
        )
    output = record["ResultConfiguration"]["OutputLocation"]
    location = properties.get("external_location", output).rstrip("/") + "/"
    columns = [
        _hive_column(column, index, plan, location) for index, column in enumerate(plan.columns)
    ]
    _refuse_used(location, name, session)
    urls, rows = [], 0
    if statement.with_data:
        file, rows = _write(plan, compression, session)
        session.check()
        if rows:
            urls.append(f"{location}{record['QueryExecutionId']}_00000")
            upload(session.metadata_s3, file, urls[0])
    manifest = f"{output}-manifest.csv"
    put(session.metadata_s3, "".join(f"{url}\n" for url in urls).encode(), manifest)
    put(session.metadata_s3, b"", f"{output}.metadata")
    record["Statistics"]["DataManifestLocation"] = manifest
    catalog.glue.create_table(
        DatabaseName=database, TableInput=_table_input(name, columns, location, compression)
    )
    keep_columns(record, [ResultColumn("rows", types.BIGINT)])
    record["_rows"] = rows


def _properties(statement: tree.CreateTableAs) -> dict[str, str]:
    properties: dict[str, str] = {}
    for name, value in statement.properties:
        if name not in _KNOWN:
            raise not_supported(f"The table property {name}", statement.position)
        if not isinstance(value, tree.Literal) or value.kind != "string":
            raise QueryError(
                "INVALID_TABLE_PROPERTY", f"Invalid value for '{name}'", statement.position
            )
        properties[name] = value.text
    return properties


def _compression(properties: dict[str, str], statement: tree.CreateTableAs) -> str:
    layout = properties.get("format", "PARQUET").upper()
    if layout != "PARQUET":
        raise not_supported(f"CREATE TABLE AS in the format {layout}", statement.position)
    chosen = properties.get("write_compression", properties.get("parquet_compression", "GZIP"))
    if chosen.upper() not in _COMPRESSIONS:
        raise not_supported(f"The compression {chosen}", statement.position)
    return _COMPRESSIONS[chosen.upper()]


def _exists(catalog: GlueCatalog, database: str, name: str) -> bool:
    pages = catalog.glue.get_paginator("get_tables").paginate(
        DatabaseName=database, Expression=re.escape(name)
    )
    return any(table["Name"] == name for page in pages for table in page["TableList"])


def _hive_column(
    column: OutputColumn, index: int, plan: QueryPlan, location: str
) -> tuple[str, str]:
    if re.fullmatch(r"_col\d+", column.name):
        raise QueryError(
            "MISSING_COLUMN_NAME", f"Column name not specified at position {index + 1}"
        )
    if [other.name for other in plan.columns].count(column.name) > 1:
        raise QueryError(
            "DUPLICATE_COLUMN_NAME", f"Column name '{column.name}' specified more than once"
        )
    if column.kind == types.UNKNOWN:
        raise QueryError("COLUMN_TYPE_UNKNOWN", f"Column type is unknown: {column.name}")
    kind = to_hive(column.kind)
    if kind is not None:
        return column.name, kind
    if column.kind.base == "timestamp":
        why = (
            f"Incorrect timestamp precision for {column.kind}; the configured precision is "
            f"MILLISECONDS; column name: {column.name}"
        )
    else:
        why = f"Unsupported Hive type: {column.kind}"
    raise QueryError(
        "NOT_SUPPORTED",
        f"{why}. You may need to manually clean the data at location '{location}' before "
        "retrying. Athena will not delete data in your account.",
    )


def _refuse_used(location: str, name: str, session: Session) -> None:
    bucket, prefix = split_url(location)
    found = session.metadata_s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    if found.get("KeyCount", 0):
        raise QueryError(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory for table '{name}' already exists: {location}",
        )


def _write(plan: QueryPlan, compression: str, session: Session) -> tuple[Path, int]:
    named = ", ".join(
        f'"result"."c{index}" AS {quoted(column.name)}' for index, column in enumerate(plan.columns)
    )
    file = session.folder / "table.parquet"
    written = session.connection.execute(
        f'COPY (SELECT {named} FROM ({plan.sql}) AS "result") TO {text_literal(str(file))} '
        f"(FORMAT parquet, COMPRESSION {compression})"
    ).fetchone()
    return file, int(written[0]) if written else 0


def _table_input(
    name: str, columns: list[tuple[str, str]], location: str, compression: str
) -> dict[str, Any]:
    hive = "org.apache.hadoop.hive.ql.io.parquet"
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "has_encrypted_data": "false",
            "parquet.compression": compression.upper(),
        },
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": location.rstrip("/"),
            "InputFormat": f"{hive}.MapredParquetInputFormat",
            "OutputFormat": f"{hive}.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": f"{hive}.serde.ParquetHiveSerDe"},
        },
    }
