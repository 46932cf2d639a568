"""Expressions of DuckDB with their Trino type, and how one is read as another type."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.athena.dialect import types
from local_aws.athena.dialect.types import SqlType, duckdb_type

# Trino divides a short decimal's digits as doubles, and reads a long one from its text.
_EXACT_DIGITS = 18


@dataclass(frozen=True)
class Typed:
    """A translated expression.

    Attributes
    ----------
    sql : its text for DuckDB, safe to stand as an operand.
    kind : its type in Trino.
    constant : the Python value of a literal, else None.
    """

    sql: str
    kind: SqlType
    constant: object = None


def cast_sql(sql: str, kind: SqlType) -> str:
    """Return DuckDB's plain cast."""
    return f"CAST({sql} AS {duckdb_type(kind)})"


def text_literal(text: str) -> str:
    """Return a string literal of DuckDB."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def quoted(name: str) -> str:
    """Return a quoted identifier of DuckDB."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def coerce(value: Typed, target: SqlType) -> Typed:
    """Read a value as a type that Trino converts it to by itself; `can_coerce` must hold."""
    source = value.kind
    if source == target or duckdb_type(source) == duckdb_type(target):
        if source == types.UNKNOWN:
            return Typed(cast_sql(value.sql, target), target)
        return Typed(value.sql, target, value.constant)
    if target.base == "row":
        return _coerce_row(value, target)
    if target.base == "array" and source.base == "array":
        item = coerce(Typed("item", source.inner[0]), target.inner[0])
        return Typed(f"list_transform({value.sql}, lambda item: {item.sql})", target)
    if target.base == types.TIMESTAMP_TZ and source.base in ("date", "timestamp"):
        wall = cast_sql(value.sql, types.timestamp(6))
        return Typed(instant_of(wall, target.zone), target)
    if source.base == "decimal" and source.precision > _EXACT_DIGITS and target.base != "decimal":
        text = f"CAST({value.sql} AS VARCHAR)"
        return Typed(cast_sql(text, target), target, value.constant)
    return Typed(cast_sql(value.sql, target), target, value.constant)


def _coerce_row(value: Typed, target: SqlType) -> Typed:
    if value.kind == types.UNKNOWN:
        return Typed(cast_sql(value.sql, target), target)
    fields = [
        coerce(Typed(row_field(value.sql, index), source), wanted)
        for index, (source, wanted) in enumerate(zip(value.kind.inner, target.inner, strict=True))
    ]
    return Typed(pack_row(value.sql, fields), target)


def pack_row(row: str, fields: list[Typed]) -> str:
    """Return a row of other fields, NULL where `row` is NULL."""
    packed = ", ".join(f'"f{index}" := {field.sql}' for index, field in enumerate(fields))
    return f"(CASE WHEN {row} IS NOT NULL THEN struct_pack({packed}) END)"


def row_field(sql: str, index: int) -> str:
    """Return the field of a row by its place."""
    return f"struct_extract({sql}, 'f{index}')"


def instant_of(wall: str, zone: str) -> str:
    """Return the instant (a UTC wall clock) of a wall clock in a zone."""
    if zone == "UTC":
        return wall
    return f"timezone('UTC', timezone({text_literal(zone)}, {wall}))"


def wall_clock_of(instant: str, zone: str) -> str:
    """Return the wall clock in a zone of an instant (a UTC wall clock)."""
    if zone == "UTC":
        return instant
    return f"timezone({text_literal(zone)}, timezone('UTC', {instant}))"
