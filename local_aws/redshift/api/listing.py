"""Listings of the Data API: statements, databases, schemas, tables and columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from local_aws.redshift.api.json_service import ApiError, required, validation
from local_aws.redshift.api.runner import Connect, error_text
from local_aws.redshift.api.statements import Statement, StatementStore

_MOST_STATEMENTS = 100
_MOST_NAMES = 1000

_TABLES = """
SELECT table_schema, table_name, table_type FROM svv_tables
 WHERE table_schema LIKE $1 AND table_name LIKE $2 ORDER BY 1, 2
"""
_COLUMNS = """
SELECT column_name, data_type, is_nullable, character_maximum_length, numeric_precision,
       numeric_scale, column_default
  FROM svv_columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position
"""
_SCHEMAS = "SELECT schema_name FROM svv_all_schemas WHERE schema_name LIKE $1 ORDER BY 1"
_DATABASES = """
SELECT datname FROM pg_database
 WHERE datname NOT LIKE 'template%' AND datname <> 'postgres' ORDER BY 1
"""
_SHORT_NAMES = {
    "bigint": "int8",
    "boolean": "bool",
    "character": "bpchar",
    "character varying": "varchar",
    "double precision": "float8",
    "integer": "int4",
    "json": "super",
    "real": "float4",
    "smallint": "int2",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
}


def list_statements(store: StatementStore, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ListStatements: newest first, by name prefix and status."""
    status = request.get("Status", "ALL")
    prefix = request.get("StatementName", "")
    found = [
        statement
        for statement in store.newest_first()
        if status in ("ALL", statement.status) and (statement.name or "").startswith(prefix)
    ]
    shown, token = _page(found, request, _MOST_STATEMENTS)
    return {"Statements": [_listed(statement) for statement in shown], **token}


def _listed(statement: Statement) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "Id": statement.id,
        "Status": statement.status,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "IsBatchStatement": statement.batch,
        "ResultFormat": statement.result_format,
    }
    texts = [part.sql for part in statement.parts]
    listed |= {"QueryStrings": texts} if statement.batch else {"QueryString": texts[0]}
    optional = {
        "StatementName": statement.name,
        "SecretArn": statement.secret,
        "QueryParameters": statement.parameters,
    }
    return listed | {name: value for name, value in optional.items() if value}


def list_databases(connect: Connect, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ListDatabases."""
    names = [row[0] for row in _rows(connect, _DATABASES)]
    shown, token = _page(names, request, _MOST_NAMES)
    return {"Databases": shown, **token}


def list_schemas(connect: Connect, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ListSchemas."""
    rows = _rows(connect, _SCHEMAS, request.get("SchemaPattern") or "%")
    shown, token = _page([row[0] for row in rows], request, _MOST_NAMES)
    return {"Schemas": shown, **token}


def list_tables(connect: Connect, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ListTables."""
    patterns = (request.get(name) or "%" for name in ("SchemaPattern", "TablePattern"))
    tables = [
        {"schema": schema, "name": name, "type": "TABLE" if kind == "BASE TABLE" else kind}
        for schema, name, kind in _rows(connect, _TABLES, *patterns)
    ]
    shown, token = _page(tables, request, _MOST_NAMES)
    return {"Tables": shown, **token}


def describe_table(connect: Connect, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeTable."""
    schema, table = request.get("Schema") or "public", required(request, "Table")
    columns = [
        {
            "name": name,
            "label": name,
            "typeName": _SHORT_NAMES.get(kind, kind),
            "nullable": 1 if nullable == "YES" else 0,
            "length": length or 0,
            "precision": precision or 0,
            "scale": scale or 0,
            "schemaName": schema,
            "tableName": table,
            **({"columnDefault": default} if default is not None else {}),
        }
        for name, kind, nullable, length, precision, scale, default in _rows(
            connect, _COLUMNS, schema, table
        )
    ]
    shown, token = _page(columns, request, _MOST_NAMES)
    return {"TableName": table, "ColumnList": shown, **token}


def _rows(connect: Connect, sql: str, *arguments: str) -> list[tuple[Any, ...]]:
    try:
        with connect() as connection:
            cursor = psycopg.RawCursor(connection)
            cursor.execute(sql.encode(), arguments or None)
            return cursor.fetchall()
    except psycopg.Error as failed:
        raise ApiError("DatabaseConnectionException", error_text(failed)) from failed


def _page(
    items: list[Any], request: Mapping[str, Any], most: int
) -> tuple[list[Any], dict[str, str]]:
    try:
        first = int(request.get("NextToken") or 0)
    except ValueError:
        raise validation("The NextToken is not one of this operation.") from None
    size = min(int(request.get("MaxResults") or most), most)
    token = {"NextToken": str(first + size)} if first + size < len(items) else {}
    return items[first : first + size], token


Listing = Callable[[Connect, Mapping[str, Any]], dict[str, Any]]
"""A listing that asks the warehouse."""
