"""Parquet to the rows of a COPY: columns by position, types as Redshift demands them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from local_aws.redshift.catalog import Column
from local_aws.redshift.errors import LoadError

_ROWS_AT_A_TIME = 65_536
_CSV = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")

_SIMPLE = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def parquet_as_csv(content: bytes, url: str, columns: tuple[Column, ...]) -> Iterator[bytes]:
    """Yield the rows of a Parquet file as CSV, in pieces.

    Raises
    ------
    LoadError : it is no Parquet file, or its columns do not fit the table's.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(content))
    except pa.ArrowInvalid as broken:
        raise _scan_error(f"File '{url}' has an invalid Parquet format: {broken}") from broken
    _check_schema(file.schema_arrow, url, columns)
    for batch in file.iter_batches(_ROWS_AT_A_TIME):
        if batch.num_rows:
            yield _csv_of(batch, url, columns)


def _check_schema(schema: pa.Schema, url: str, columns: tuple[Column, ...]) -> None:
    if len(schema) != len(columns):
        raise _scan_error(
            "Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(schema)}, File name: {url}"
        )
    for field, column in zip(schema, columns, strict=True):
        if not _fits(field.type, column.type_name):
            raise _scan_error(
                f"File '{url}' has an incompatible Parquet schema for column '{column.name}'. "
                f"Column type: {column.type_name.upper()}, Parquet schema: {field}"
            )


def _fits(given: pa.DataType, wanted: str) -> bool:
    if wanted in _SIMPLE:
        return bool(given == _SIMPLE[wanted])
    if wanted.startswith(("character varying", "character(")):
        return bool(pa.types.is_string(given) or pa.types.is_large_string(given))
    if wanted == "timestamp without time zone":
        return bool(pa.types.is_timestamp(given))
    decimal = re.fullmatch(r"numeric\((\d+),(\d+)\)", wanted)
    if decimal and pa.types.is_decimal(given):
        return (given.precision, given.scale) == (int(decimal[1]), int(decimal[2]))
    return False


def _csv_of(batch: pa.RecordBatch, url: str, columns: tuple[Column, ...]) -> bytes:
    arrays = [
        _as_stored(array, url, column) for array, column in zip(batch.columns, columns, strict=True)
    ]
    names = [str(index) for index in range(len(arrays))]  # CSV needs no names, Arrow does
    written = io.BytesIO()
    pyarrow.csv.write_csv(pa.record_batch(arrays, names), written, _CSV)
    return written.getvalue()


def _as_stored(array: Any, url: str, column: Column) -> Any:
    if pa.types.is_timestamp(array.type):
        try:
            return array.cast(pa.timestamp("us"))  # UTC's wall clock; a zone is dropped
        except pa.ArrowInvalid as lossy:
            raise _scan_error(
                f"Column '{column.name}' of '{url}' has timestamps finer than microseconds"
            ) from lossy
    limit = re.fullmatch(r"character(?: varying)?\((\d+)\)", column.type_name)
    if limit:
        longest = pc.max(pc.binary_length(array)).as_py() or 0
        if longest > int(limit[1]):
            raise _scan_error(
                f"The length of the data column {column.name} is longer than the length defined "
                f"in the table. Table: {limit[1]}, Data: {longest}, File name: {url}"
            )
    return array


def _scan_error(message: str) -> LoadError:
    return LoadError("Spectrum Scan Error", f"code: 15001; {message}")
