"""UNLOAD: the rows of a query as files in S3."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from local_aws.redshift.dialect.translation import Unload
from local_aws.redshift.errors import LoadError, UnsupportedError
from local_aws.redshift.load.storage import Bucketed, Storage
from local_aws.redshift.wire.upstream import Upstream

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_ARROW = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


@dataclass(frozen=True)
class _Part:
    """The rows of one folder."""

    folder: str
    rows: pa.Table


def unload(command: Unload, upstream: Upstream, storage: Storage) -> int:
    """Write the files; return the number of rows.

    Raises
    ------
    LoadError : the role does not fit, or there are files already.
    """
    bucket = storage.open(command.role)
    rows = _read(command, upstream)
    entries = []
    parts = list(_parts(command, rows))
    for part in parts:
        _clear(command, bucket, f"{command.target}{part.folder}")
    for part in parts:
        content = _encoded(command, part.rows)
        url = f"{command.target}{part.folder}0000_part_00{_ending(command)}"
        bucket.write(url, content)
        meta = {"content_length": len(content), "record_count": part.rows.num_rows}
        entries.append({"url": url, "meta": meta})
    if command.manifest:
        bucket.write(f"{command.target}manifest", json.dumps({"entries": entries}).encode())
    upstream.query(f"SELECT set_config('redshift.unloaded', '{rows.num_rows}', false)")
    return int(rows.num_rows)


def _clear(command: Unload, bucket: Bucketed, target: str) -> None:
    """Make sure that a folder is empty; CLEANPATH empties those that get files."""
    if "ALLOWOVERWRITE" in command.options:
        return
    try:
        files = bucket.files_under(target)
    except LoadError:  # there are none
        return
    if "CLEANPATH" not in command.options:
        raise LoadError(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / "
            "prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option.",
            f"{files[0].url}",
        )
    for file in files:
        bucket.remove(file.url)


def _read(command: Unload, upstream: Upstream) -> pa.Table:
    """Return the rows with the types of the query, as text for delimited files."""
    text = b"".join(upstream.copy_out(f"COPY ({command.select}) TO STDOUT (FORMAT csv)"))
    as_text = command.file_format != "parquet"
    types = {
        name: pa.string() if as_text else _arrow_type(type_)
        for name, type_ in zip(command.names, command.types, strict=True)
    }
    if len(types) != len(command.names):
        raise LoadError("UNLOAD needs columns of different names")
    if not text:
        return pa.table({name: pa.array([], type_) for name, type_ in types.items()})
    return pyarrow.csv.read_csv(
        io.BytesIO(text),
        pyarrow.csv.ReadOptions(column_names=list(command.names)),
        pyarrow.csv.ParseOptions(newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _arrow_type(name: str) -> Any:
    if name in _ARROW:
        return _ARROW[name]
    decimal = re.fullmatch(r"numeric\((\d+),(\d+)\)", name)
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    if name.startswith(("varchar", "char", "text")):
        return pa.string()
    raise UnsupportedError(f"UNLOAD of a {name}")


def _parts(command: Unload, rows: pa.Table) -> Iterator[_Part]:
    if not command.partition_by:
        yield _Part("", rows)
        return
    keys = rows.select(list(command.partition_by)).group_by(list(command.partition_by))
    kept = [
        name
        for name in command.names
        if command.include_partitions or name not in command.partition_by
    ]
    prefix = "" if command.target.endswith("/") else "/"
    for values in keys.aggregate([]).to_pylist():
        part = rows
        for name, value in values.items():
            field = pc.field(name)
            part = part.filter(field.is_null() if value is None else field == pa.scalar(value))
        folder = "/".join(f"{name}={_shown(value)}" for name, value in values.items())
        yield _Part(f"{prefix}{folder}/", part.select(kept))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _NO_VALUE if value is None else str(value)


def _ending(command: Unload) -> str:
    if command.file_format == "parquet":
        return ".parquet"
    ending = ".csv" if command.file_format == "csv" else ""
    return ending + (".gz" if "GZIP" in command.options else "")


def _encoded(command: Unload, rows: pa.Table) -> bytes:
    if command.file_format == "parquet":
        written = io.BytesIO()
        pq.write_table(rows, written, compression="snappy")
        return written.getvalue()
    text = _delimited(command, rows).encode()
    return gzip.compress(text) if "GZIP" in command.options else text


def _delimited(command: Unload, rows: pa.Table) -> str:
    options, is_csv = command.options, command.file_format == "csv"
    null = options.get("NULL", "")
    delimiter = options.get("DELIMITER", "," if is_csv else "|")
    written = io.StringIO()
    if is_csv or "ADDQUOTES" in options:
        write = csv.writer(
            written,
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if is_csv else csv.QUOTE_ALL,
            lineterminator="\n",
        ).writerow
    else:

        def write(row: Any) -> None:
            if any(delimiter in value or "\n" in value for value in row):
                raise LoadError("UNLOAD: a value holds the delimiter or a new line: use ADDQUOTES")
            written.write(delimiter.join(row) + "\n")

    if "HEADER" in options:
        write(rows.column_names)
    columns = [column.to_pylist() for column in rows.columns]
    for row in zip(*columns, strict=True):
        write([null if value is None else value for value in row])
    return written.getvalue()
