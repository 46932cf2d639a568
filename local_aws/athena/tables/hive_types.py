"""Read the type texts of the Glue catalog and of Iceberg's metadata."""

from __future__ import annotations

import re
from typing import Any

from local_aws.athena.dialect import types
from local_aws.athena.dialect.types import SqlType, array, decimal, map_of, timestamp, varchar

_HIVE = {
    "string": types.VARCHAR,
    "int": types.INTEGER,
    "integer": types.INTEGER,
    "bigint": types.BIGINT,
    "smallint": types.SMALLINT,
    "tinyint": types.TINYINT,
    "boolean": types.BOOLEAN,
    "double": types.DOUBLE,
    "float": types.REAL,
    "date": types.DATE,
    "timestamp": timestamp(3),
    "binary": types.VARBINARY,
}
_ICEBERG = {
    "string": types.VARCHAR,
    "int": types.INTEGER,
    "long": types.BIGINT,
    "boolean": types.BOOLEAN,
    "double": types.DOUBLE,
    "float": types.REAL,
    "date": types.DATE,
    "timestamp": timestamp(6),
    "timestamptz": types.timestamp_tz(6),
    "binary": types.VARBINARY,
}


def hive_type(text: str) -> SqlType:
    """Return the type of a catalog column; one that the engine lacks is `unreadable`."""
    plain = re.sub(r"\s", "", text.lower())
    if plain in _HIVE:
        return _HIVE[plain]
    if match := re.fullmatch(r"decimal\((\d+),(\d+)\)", plain):
        return decimal(int(match[1]), int(match[2]))
    if plain == "decimal":
        return decimal(10, 0)
    if match := re.fullmatch(r"varchar\((\d+)\)", plain):
        return varchar(int(match[1]))
    if match := re.fullmatch(r"array<(.+)>", plain):
        return _whole(array(hive_type(match[1])), text)
    if match := re.fullmatch(r"map<(\w+(?:\([\d,]+\))?),(.+)>", plain):
        return _whole(map_of(hive_type(match[1]), hive_type(match[2])), text)
    return unreadable(text)


def iceberg_type(written: Any) -> SqlType:
    """Return the type of a field of an Iceberg schema."""
    if isinstance(written, dict):
        if written["type"] == "list":
            return _whole(array(iceberg_type(written["element"])), "list")
        if written["type"] == "map":
            inner = map_of(iceberg_type(written["key"]), iceberg_type(written["value"]))
            return _whole(inner, "map")
        return unreadable(written["type"])
    if written in _ICEBERG:
        return _ICEBERG[written]
    if match := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", written):
        return decimal(int(match[1]), int(match[2]))
    return unreadable(written)


def unreadable(text: str) -> SqlType:
    """Return the type that a column has whose values the local engine cannot read."""
    return SqlType("unreadable", names=(text,))


def _whole(kind: SqlType, text: str) -> SqlType:
    with_zone = any(inner.base == types.TIMESTAMP_TZ for inner in kind.inner)
    broken = any(inner.base == "unreadable" for inner in kind.inner)
    return unreadable(text) if broken or with_zone else kind


def to_hive(kind: SqlType) -> str | None:
    """Return the catalog's text for a column of CREATE TABLE AS, or None if it has none."""
    names = {types.INTEGER: "int", types.VARBINARY: "binary", types.REAL: "float"}
    if kind in names:
        return names[kind]
    simple = (types.BOOLEAN, types.TINYINT, types.SMALLINT, types.BIGINT, types.DOUBLE, types.DATE)
    if kind in simple:
        return kind.base
    if kind.base == "varchar":
        return f"varchar({kind.precision})" if kind.numbers else "string"
    if kind.base == "decimal":
        return f"decimal({kind.precision},{kind.scale})"
    if kind == timestamp(3):
        return "timestamp"
    inner = [to_hive(part) for part in kind.inner]
    if kind.base in ("array", "map") and None not in inner:
        return f"{kind.base}<{','.join(str(part) for part in inner)}>"
    return None
