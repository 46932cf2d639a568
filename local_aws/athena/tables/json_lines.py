"""Read NDJSON objects as the OpenX JSON SerDe does.

Rules: the SerDe's page in the Athena guide, and the README of Trino's implementation of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from local_aws.athena.dialect import types
from local_aws.athena.dialect.catalog import PATH_COLUMN, Scan, TableColumn
from local_aws.athena.dialect.coercion import quoted, text_literal
from local_aws.athena.dialect.types import SqlType, duckdb_type
from local_aws.athena.errors import QueryError, not_supported
from local_aws.athena.tables.line_reader import StoredObject, read_lines
from local_aws.athena.tables.session import Session

# What DuckDB shows of a JSON value just as the SerDe does.
_ALIKE = "('VARCHAR', 'UBIGINT', 'BIGINT', 'BOOLEAN')"


@dataclass(frozen=True)
class JsonColumn:
    """A column to read, and its place among the table's columns."""

    name: str
    kind: SqlType
    index: int


@dataclass(frozen=True)
class JsonSchema:
    """What to read of a table, and how.

    Attributes
    ----------
    columns : the columns that the query uses.
    partitions : the partition columns.
    """

    columns: list[JsonColumn]
    partitions: list[TableColumn]
    layout: JsonFormat


@dataclass(frozen=True)
class JsonFormat:
    """The SerDe's properties.

    Attributes
    ----------
    ignore_malformed : a broken line is a row of NULLs instead of the query's failure.
    null_for_invalid : so is a value that its column's type does not take.
    mapped : column name -> the field's name where it differs.
    """

    ignore_malformed: bool
    null_for_invalid: bool
    mapped: dict[str, str]

    @classmethod
    def from_serde(cls, parameters: dict[str, str], library: str) -> JsonFormat:
        """Return the properties; those that the local engine lacks are refused."""
        for name in ("dots.in.keys", "explicit.null", "timestamp.formats"):
            if parameters.get(name, "false").lower() not in ("false", ""):
                raise not_supported(f"The JSON SerDe's property {name}")
        if parameters.get("case.insensitive", "true").lower() != "true":
            raise not_supported("The JSON SerDe's property case.insensitive = false")
        openx = "openx" in library
        chosen = {
            name
            for name in ("ignore.malformed.json", "use.null.for.invalid.data")
            if openx and parameters.get(name, "false").lower() == "true"
        }
        mapped = {
            name.removeprefix("mapping.").lower(): field
            for name, field in parameters.items()
            if name.startswith("mapping.")
        }
        return cls("ignore.malformed.json" in chosen, "use.null.for.invalid.data" in chosen, mapped)


def create_view(
    scan: Scan, schema: JsonSchema, objects: list[StoredObject], session: Session
) -> None:
    """Create the view that the query reads over the objects' lines.

    The lines are kept in a temporary table, for the fields' spelling has to be known before a
    field can be looked up without regard to case.

    Raises
    ------
    QueryError : HIVE_CURSOR_ERROR, for a broken gzip or, unless they are ignored, broken JSON.
    """
    lines, places = quoted(f"{scan.view}_lines"), quoted(f"{scan.view}_objects")
    content_counts = bool(schema.columns) or not schema.layout.ignore_malformed
    _load_lines(lines, objects, session, keep=content_counts)
    _create_places(places, objects, schema.partitions, session)
    if not schema.layout.ignore_malformed:
        _refuse_malformed(lines, session)
    fields, pointers = _fields(lines, schema, session) if schema.columns else ([], [])
    fields += [f"p.{quoted(column.name)}" for column in schema.partitions]
    fields.append(f"p.{quoted(PATH_COLUMN)}")
    wanted = f"[{', '.join(pointers)}]"
    # One look at an ordinary line gives all its fields.
    source = (
        "SELECT place, line, ordinary, "
        f"CASE WHEN ordinary THEN json_type(line, {wanted}) END AS kinds, "
        f"CASE WHEN ordinary THEN json_extract_string(line, {wanted}) END AS texts FROM {lines}"
        if pointers
        else f"SELECT place, line, ordinary FROM {lines}"
    )
    session.connection.execute(
        f"CREATE TEMP VIEW {quoted(scan.view)} AS SELECT {', '.join(fields)} "
        f"FROM ({source}) AS l JOIN {places} AS p ON l.place = p.place"
    )


def _load_lines(name: str, objects: list[StoredObject], session: Session, *, keep: bool) -> None:
    """Create the table of lines; without `keep` only their number counts.

    An ordinary line is a JSON object without a field that occurs twice, in whatever case.
    """
    run = session.connection.execute
    run(f"CREATE TEMP TABLE {name} (place INTEGER, line VARCHAR, ordinary BOOLEAN)")
    names = "list_transform(json_keys(line), lambda name: lower(name))"
    distinct = f"len(list_distinct({names})) = len({names})"
    ordinary = (
        f"CASE WHEN ltrim(line) LIKE '{{%' AND json_valid(line) THEN {distinct} ELSE FALSE END"
    )
    columns = f"line, {ordinary}" if keep else "NULL, FALSE"
    for place, item in enumerate(objects):
        for lines in read_lines(item, session):
            session.connection.register("incoming_lines", pa.table({"line": lines}))
            run(f"INSERT INTO {name} SELECT {place}, {columns} FROM incoming_lines")
            session.connection.unregister("incoming_lines")


def _create_places(
    name: str, objects: list[StoredObject], keys: list[TableColumn], session: Session
) -> None:
    """Create the table that tells each object's path and partition values."""
    typed = "".join(f", {quoted(column.name)} {duckdb_type(column.kind)}" for column in keys)
    session.connection.execute(
        f"CREATE TEMP TABLE {name} (place INTEGER, {quoted(PATH_COLUMN)} VARCHAR{typed})"
    )
    if not objects:
        return
    data: dict[str, Any] = {
        "place": pa.array(range(len(objects)), pa.int32()),
        "path": [item.url for item in objects],
    }
    for index, column in enumerate(keys):
        data[f"key_{column.name}"] = [item.partition.values[index] for item in objects]
    session.connection.register("incoming_objects", pa.table(data))
    session.connection.execute(f"INSERT INTO {name} SELECT * FROM incoming_objects")
    session.connection.unregister("incoming_objects")


def _refuse_malformed(lines: str, session: Session) -> None:
    found = session.connection.execute(
        f"SELECT line FROM {lines} WHERE ltrim(line) LIKE '{{%' AND NOT ordinary LIMIT 1"
    ).fetchone()
    if found is not None:
        raise QueryError(
            "HIVE_CURSOR_ERROR",
            f"Row is not a valid JSON Object - JSONException: {found[0][:100]}",
        )


def _fields(lines: str, schema: JsonSchema, session: Session) -> tuple[list[str], list[str]]:
    """Return the SQL of the columns, and the pointers of `kinds` and `texts` that it relies on."""
    found = session.connection.execute(
        f"SELECT DISTINCT unnest(json_keys(line)) FROM {lines} WHERE ordinary"
    ).fetchall()
    spellings: dict[str, list[str]] = {}
    for (name,) in found:
        spellings.setdefault(name.lower(), []).append(name)
    fields: list[str] = []
    pointers: list[str] = []
    for column in schema.columns:
        field = schema.layout.mapped.get(column.name, column.name).lower()
        slow = f"athena_json_field(l.line, {text_literal(field)}, {column.index})"
        known = spellings.get(field, [])
        text = slow
        if len(known) == 1:
            pointer = "/" + known[0].replace("~", "~0").replace("/", "~1")
            pointers.append(text_literal(pointer))
            place = len(pointers)
            text = (
                f"CASE WHEN NOT l.ordinary THEN {slow} "
                f"WHEN l.kinds[{place}] IS NULL OR l.kinds[{place}] = 'NULL' THEN NULL "
                f"WHEN l.kinds[{place}] IN {_ALIKE} THEN l.texts[{place}] ELSE {slow} END"
            )
        elif not known:
            text = f"CASE WHEN NOT l.ordinary THEN {slow} END"
        fields.append(f"{_as_type(f'({text})', column, schema.layout)} AS {quoted(column.name)}")
    return fields, pointers


def _as_type(text: str, column: JsonColumn, layout: JsonFormat) -> str:
    """Read a field's text as the column's type; what does not fit is an error, or NULL."""
    kind = column.kind
    if kind.base == "varchar" and not kind.numbers:
        return text
    if kind == types.BOOLEAN:
        return f"(lower({text}) = 'true')"
    pattern = (
        "[+-]?[0-9]+" if kind in types.INTEGERS else "[+-]?[0-9]+([.][0-9]*)?([eE][+-]?[0-9]+)?"
    )
    if kind not in types.INTEGERS and kind != types.DOUBLE and kind.base != "decimal":
        raise not_supported(f"A JSON column of type {kind.base} ({column.name})")
    value = f"TRY_CAST({text} AS {duckdb_type(kind)})"
    read = f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {value} END"
    if layout.null_for_invalid:
        return f"({read})"
    place = text_literal(f"Error parsing field value for field {column.index}: For input string: ")
    failure = f"error('HIVE_BAD_DATA: ' || {place} || {text})"
    return (
        f"(CASE WHEN {text} IS NULL THEN NULL WHEN ({read}) IS NULL THEN {failure} ELSE {read} END)"
    )
