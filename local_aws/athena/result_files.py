"""Write results where Athena puts them, and read them back page by page."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.athena.dialect import types
from local_aws.athena.dialect.casts import render_text
from local_aws.athena.dialect.coercion import Typed, row_field, text_literal
from local_aws.athena.dialect.queries import QueryPlan
from local_aws.athena.dialect.types import SqlType
from local_aws.athena.errors import not_supported
from local_aws.athena.tables.session import Session, split_url

Row = list[str | None]
_CHUNK = 1024 * 1024
# A field of our files is quoted, or empty for NULL.
_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)")?([,\n])')


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result, as GetQueryResults describes it."""

    name: str
    kind: SqlType

    def as_column_info(self) -> dict[str, Any]:
        """Return the ColumnInfo structure."""
        kind = self.kind
        names = {types.REAL: "float", types.UNKNOWN: "unknown"}
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": names.get(kind, kind.base),
            "Precision": _precision(kind),
            "Scale": kind.scale if kind.base == "decimal" else 0,
            "Nullable": "UNKNOWN",
            "CaseSensitive": kind.base == "varchar",
        }


def _precision(kind: SqlType) -> int:
    if kind.base == "decimal":
        return kind.precision
    if kind.base == "varchar":
        return kind.precision if kind.numbers else 2147483647
    fixed = {
        types.TINYINT: 3,
        types.SMALLINT: 5,
        types.INTEGER: 10,
        types.BIGINT: 19,
        types.DOUBLE: 17,
        types.REAL: 17,
        types.VARBINARY: 1073741824,
    }
    times = {"timestamp": 3, types.TIMESTAMP_TZ: 3}
    return fixed.get(kind, times.get(kind.base, 0))


def output_text(value: Typed) -> str:
    """Return the SQL of a value as Athena's result files show it."""
    kind, sql = value.kind, value.sql
    if kind == types.UNKNOWN:
        return "CAST(NULL AS VARCHAR)"
    if kind == types.DOUBLE:
        return f"athena_double_text({sql})"
    if kind == types.REAL:
        return f"athena_real_text({sql})"
    if kind == types.VARBINARY:
        return f"rtrim(regexp_replace(lower(hex({sql})), '(..)', '\\1 ', 'g'))"
    if kind.base == "array":
        item = output_text(Typed("item", kind.inner[0]))
        items = f"list_transform({sql}, lambda item: coalesce({item}, 'null'))"
        return f"('[' || array_to_string({items}, ', ') || ']')"
    if kind.base == "map":
        key = output_text(Typed("entry.key", kind.inner[0]))
        item = output_text(Typed("entry.value", kind.inner[1]))
        pair = f"{key} || '=' || coalesce({item}, 'null')"
        items = f"list_transform(map_entries({sql}), lambda entry: {pair})"
        return f"('{{' || array_to_string({items}, ', ') || '}}')"
    if kind.base == "row":
        fields = []
        for index, inner in enumerate(kind.inner):
            text = output_text(Typed(row_field(sql, index), inner))
            name = text_literal(f"{kind.names[index] or f'field{index}'}=")
            fields.append(f"{name} || coalesce({text}, 'null')")
        listed = " || ', ' || ".join(fields)
        return f"(CASE WHEN {sql} IS NOT NULL THEN '{{' || {listed} || '}}' END)"
    plain = render_text(value)
    if plain is None:
        raise not_supported(f"A result of type {kind}")
    return plain


def write_rows(plan: QueryPlan, session: Session) -> Path:
    """Run a query and return the file of its rows: every field quoted, NULL as nothing."""
    texts = ", ".join(
        output_text(Typed(f'"result"."c{index}"', column.kind)) + f' AS "c{index}"'
        for index, column in enumerate(plan.columns)
    )
    rows = session.folder / "rows.csv"
    session.connection.execute(
        f'COPY (SELECT {texts} FROM ({plan.sql}) AS "result") TO {text_literal(str(rows))} '
        "(FORMAT csv, HEADER false, FORCE_QUOTE *, NULLSTR '', QUOTE '\"', ESCAPE '\"')"
    )
    result = session.folder / "result.csv"
    with result.open("wb") as whole:
        header = ",".join(_quoted(column.label) for column in plan.columns)
        whole.write(f"{header}\n".encode())
        with rows.open("rb") as body:
            while chunk := body.read(_CHUNK):
                whole.write(chunk)
    rows.unlink()
    return result


def _quoted(text: str) -> str:
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def upload(s3: Any, file: Path, url: str) -> None:
    """Put a file at an S3 URL."""
    bucket, key = split_url(url)
    s3.upload_file(str(file), bucket, key)


def put(s3: Any, content: bytes, url: str) -> None:
    """Put bytes at an S3 URL."""
    bucket, key = split_url(url)
    s3.put_object(Bucket=bucket, Key=key, Body=content)


def describe_columns(columns: Sequence[ResultColumn]) -> bytes:
    """Return the content of the `.metadata` object (Athena's own is binary)."""
    return json.dumps([column.as_column_info() for column in columns]).encode()


def read_page(s3: Any, url: str, token: str | None, limit: int) -> tuple[list[Row], str | None]:
    """Return at most `limit` rows of a result file, and the token of the next page.

    The token names the byte where the next page starts, so no page costs more than its rows.

    Raises
    ------
    ValueError : the token is none of ours.
    """
    bucket, key = split_url(url)
    start = int(base64.urlsafe_b64decode(token)) if token else 0
    rows: list[Row] = []
    size = s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
    for row, end in _records(_ranges(s3, bucket, key, start, size)):
        rows.append(row)
        if len(rows) == limit:
            more = start + end < size
            return rows, base64.urlsafe_b64encode(
                str(start + end).encode()
            ).decode() if more else None
    return rows, None


def _ranges(s3: Any, bucket: str, key: str, start: int, size: int) -> Iterator[bytes]:
    while start < size:
        last = min(start + _CHUNK, size) - 1
        span = f"bytes={start}-{last}"
        yield s3.get_object(Bucket=bucket, Key=key, Range=span)["Body"].read()
        start = last + 1


def _records(chunks: Iterator[bytes]) -> Iterator[tuple[Row, int]]:
    """Yield the records of a result file, each with the place of its end."""
    buffer, dropped, offset, row = b"", 0, 0, Row()
    while True:
        match = _FIELD.match(buffer, offset)
        if match is None:
            chunk = next(chunks, None)
            if chunk is None:
                return
            buffer, dropped, offset = buffer[offset:] + chunk, dropped + offset, 0
            continue
        quoted = match.group(1)
        row.append(None if quoted is None else quoted.replace(b'""', b'"').decode())
        offset = match.end()
        if match.group(2) == b"\n":
            yield row, dropped + offset
            row = []
