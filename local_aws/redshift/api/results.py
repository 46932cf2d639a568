"""The rows and columns of a result in the forms of the Data API."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from psycopg.pq import abc

_VARIABLE_HEADER = 4
# Type names as the Data API tells them, by PostgreSQL's type numbers.
_TYPE_NAMES = {
    16: "bool",
    17: "varbyte",
    18: "char",
    19: "name",
    20: "int8",
    21: "int2",
    23: "int4",
    25: "varchar",
    26: "oid",
    700: "float4",
    701: "float8",
    1042: "bpchar",
    1043: "varchar",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamptz",
    1186: "interval",
    1266: "timetz",
    1700: "numeric",
    114: "super",
}
_INTEGERS = (20, 21, 23, 26)
_FLOATS = (700, 701)
_BOOLEAN, _BYTES, _NUMERIC = 16, 17, 1700
_TEXTS = (1042, 1043)
_DIGITS = {21: 5, 23: 10, 20: 19, 700: 8, 701: 17, 16: 1}


def as_csv(names: list[str] | None, rows: list[list[dict[str, Any]]]) -> str:
    """Return rows as CSV, as ResultFormat CSV has them; NULL is an empty field."""
    written = io.StringIO()
    writer = csv.writer(written)
    if names is not None:
        writer.writerow(names)
    for row in rows:
        writer.writerow(["" if "isNull" in field else next(iter(field.values())) for field in row])
    return written.getvalue()


def columns_of(result: abc.PGresult) -> list[dict[str, Any]]:
    """Return the ColumnMetadata of a result."""
    return [_column(result, number) for number in range(result.nfields)]


def rows_of(result: abc.PGresult) -> Iterator[str]:
    """Yield the rows of a result as JSON lists of the Data API's fields."""
    types = [result.ftype(number) for number in range(result.nfields)]
    for row in range(result.ntuples):
        fields = [
            _field(result.get_value(row, number), type_) for number, type_ in enumerate(types)
        ]
        yield json.dumps(fields)


def _field(value: bytes | None, type_: int) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    text = value.decode()
    if type_ in _INTEGERS:
        return {"longValue": int(text)}
    if type_ in _FLOATS:
        return {"doubleValue": float(text)}
    if type_ == _BOOLEAN:
        return {"booleanValue": text == "t"}
    return {"stringValue": text}


def _column(result: abc.PGresult, number: int) -> dict[str, Any]:
    type_, modifier = result.ftype(number), result.fmod(number)
    name = (result.fname(number) or b"").decode()
    precision, scale = _precision(type_, modifier)
    return {
        "isCaseSensitive": type_ in _TEXTS,
        "isCurrency": False,
        "isSigned": type_ in (*_INTEGERS, *_FLOATS, _NUMERIC),
        "label": name,
        "length": 0,
        "name": name,
        "nullable": 1,
        "precision": precision,
        "scale": scale,
        "schemaName": "",
        "tableName": "",
        "typeName": _TYPE_NAMES.get(type_, "varchar"),
    }


def _precision(type_: int, modifier: int) -> tuple[int, int]:
    if type_ == _NUMERIC and modifier >= _VARIABLE_HEADER:
        packed = modifier - _VARIABLE_HEADER
        return packed >> 16, packed & 0xFFFF
    if type_ in _TEXTS and modifier >= _VARIABLE_HEADER:
        return modifier - _VARIABLE_HEADER, 0
    return _DIGITS.get(type_, 0), 0
