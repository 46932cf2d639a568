"""Read NDJSON objects as the OpenX JSON SerDe does.

Rules: the SerDe's page in the Athena guide, and the README of Trino's implementation of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from local_aws.athena.dialect import types
from local_aws.athena.dialect.catalog import PATH_COLUMN, Scan, TableColumn
from local_aws.athena.dialect.coercion import quoted, text_literal
from local_aws.athena.dialect.types import SqlType, duckdb_type
from local_aws.athena.errors import QueryError, not_supported
from local_aws.athena.tables.session import Session

if TYPE_CHECKING:
    from local_aws.athena.tables.hive import StoredObject

_CHUNK = 8 * 1024 * 1024
_GZIP = 31  # zlib's window bits for a gzip wrapper with its checksum verified
_OTHER_CODECS = (".bz2", ".zst", ".snappy", ".lz4", ".deflate", ".lzo")


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
    mapped : column name -> the field's name where it differs.
    """

    ignore_malformed: bool
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
        ignored = parameters.get("ignore.malformed.json", "false").lower() == "true"
        mapped = {
            name.removeprefix("mapping.").lower(): field
            for name, field in parameters.items()
            if name.startswith("mapping.")
        }
        return cls(openx and ignored, mapped)


def read_lines(
    scan: Scan, schema: JsonSchema, objects: list[StoredObject], session: Session
) -> None:
    """Create the view that the query reads over the objects' lines.

    The lines are kept in a temporary table, for the fields' spelling has to be known before a
    field can be looked up without regard to case.

    Raises
    ------
    QueryError : HIVE_CURSOR_ERROR, for a broken gzip or, unless they are ignored, broken JSON.
    """
    lines = quoted(f"{scan.view}_lines")
    places = quoted(f"{scan.view}_objects")
    run = session.connection.execute
    run(f"CREATE TEMP TABLE {lines} (place INTEGER, line VARCHAR)")
    for place, item in enumerate(objects):
        for batch in _batches(item, place, session):
            session.connection.register("incoming_lines", batch)
            run(f"INSERT INTO {lines} SELECT * FROM incoming_lines")
            session.connection.unregister("incoming_lines")
    _create_places(places, objects, schema.partitions, session)
    if not schema.layout.ignore_malformed:
        _refuse_malformed(lines, session)
    spellings = _spellings(lines, session) if schema.columns else {}
    listed = [
        f"{_field(column, schema.layout, spellings)} AS {quoted(column.name)}"
        for column in schema.columns
    ]
    listed += [f"p.{quoted(column.name)}" for column in schema.partitions]
    listed.append(f"p.{quoted(PATH_COLUMN)}")
    run(
        f"CREATE TEMP VIEW {quoted(scan.view)} AS SELECT {', '.join(listed)} "
        f"FROM {lines} AS l JOIN {places} AS p ON l.place = p.place"
    )


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


def _batches(item: StoredObject, place: int, session: Session) -> Iterator[pa.Table]:
    """Yield the lines of an object, some megabytes at a time."""
    rest = b""
    for chunk in _content(item, session):
        session.check()
        text, _, rest = (rest + chunk).rpartition(b"\n")
        if text:
            yield _table(text, place)
    if rest:
        yield _table(rest, place)


def _table(content: bytes, place: int) -> pa.Table:
    # Hadoop's line reader ends a line at CR, LF or CR LF; Java replaces what is not UTF-8.
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return pa.table({"place": pa.repeat(pa.scalar(place, pa.int32()), len(lines)), "line": lines})


def _content(item: StoredObject, session: Session) -> Iterator[bytes]:
    body = session.s3.get_object(Bucket=item.bucket, Key=item.key)["Body"]
    if item.key.endswith(_OTHER_CODECS):
        raise not_supported(f"The compression of {item.url}")
    if not item.key.endswith(".gz"):
        yield from body.iter_chunks(_CHUNK)
        return
    inflater = zlib.decompressobj(_GZIP)
    for compressed in body.iter_chunks(_CHUNK):
        data = compressed
        while data:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP)  # the next member of the same file
            try:
                inflated = inflater.decompress(data, _CHUNK)
            except zlib.error as error:
                raise _broken(item, str(error)) from error
            if inflated:
                yield inflated
            data = inflater.unconsumed_tail or inflater.unused_data
    if not inflater.eof:
        raise _broken(item, "Unexpected end of input stream")


def _broken(item: StoredObject, why: str) -> QueryError:
    return QueryError("HIVE_CURSOR_ERROR", f"{why} ({item.url})")


def _refuse_malformed(lines: str, session: Session) -> None:
    found = session.connection.execute(
        f"SELECT line FROM {lines} WHERE line LIKE '{{%' AND NOT json_valid(line) LIMIT 1"
    ).fetchone()
    if found is not None:
        raise QueryError(
            "HIVE_CURSOR_ERROR",
            f"Row is not a valid JSON Object - JSONException: {found[0][:100]}",
        )


def _spellings(lines: str, session: Session) -> dict[str, list[str]]:
    """Return lower-case field name -> the spellings that occur."""
    found = session.connection.execute(
        f"SELECT DISTINCT unnest(json_keys(line)) FROM {lines} "
        "WHERE line LIKE '{%' AND json_valid(line)"
    ).fetchall()
    spellings: dict[str, list[str]] = {}
    for (name,) in sorted(found):
        spellings.setdefault(name.lower(), []).append(name)
    return spellings


def _field(column: JsonColumn, layout: JsonFormat, spellings: dict[str, list[str]]) -> str:
    field = layout.mapped.get(column.name, column.name).lower()
    slow = f"athena_json_field(l.line, {text_literal(field)}, {column.index})"
    known = spellings.get(field, [])
    text = slow
    if len(known) == 1:
        # Texts, integers, truth values and NULL of ordinary lines come from DuckDB; a line with
        # a field twice, an odd number or no object goes the slow way.
        pointer = text_literal("/" + known[0].replace("~", "~0").replace("/", "~1"))
        kind = f"json_type(l.line, {pointer})"
        fast = f"{kind} IN ('VARCHAR', 'UBIGINT', 'BIGINT', 'BOOLEAN')"
        distinct = "len(list_distinct(json_keys(l.line))) = len(json_keys(l.line))"
        text = (
            "CASE WHEN l.line NOT LIKE '{%' OR NOT json_valid(l.line) "
            f"OR NOT {distinct} THEN {slow} "
            f"WHEN {kind} IS NULL OR {kind} = 'NULL' THEN NULL "
            f"WHEN {fast} THEN json_extract_string(l.line, {pointer}) ELSE {slow} END"
        )
    elif not known:
        text = f"CASE WHEN l.line NOT LIKE '{{%' OR NOT json_valid(l.line) THEN {slow} END"
    return _as_type(f"({text})", column)


def _as_type(text: str, column: JsonColumn) -> str:
    """Read a field's text as the column's type; what does not fit is NULL."""
    kind = column.kind
    if kind.base == "varchar" and not kind.numbers:
        return text
    if kind == types.BOOLEAN:
        return f"(lower({text}) = 'true')"
    if kind in types.INTEGERS:
        whole = f"regexp_extract({text}, '^([+-]?[0-9]+)([.]0*)?$', 1)"
        return f"TRY_CAST(nullif({whole}, '') AS {duckdb_type(kind)})"
    if kind == types.DOUBLE or kind.base == "decimal":
        return f"TRY_CAST({text} AS {duckdb_type(kind)})"
    raise not_supported(f"A JSON column of type {column.kind.base} ({column.name})")
