"""CAST and TRY_CAST, which in Trino take and refuse other texts than in DuckDB."""

from __future__ import annotations

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import (
    Typed,
    coerce,
    pack_row,
    row_field,
    text_literal,
    wall_clock_of,
)
from local_aws.athena.dialect.failures import Failures, raise_always
from local_aws.athena.dialect.types import INTEGERS, SqlType, can_coerce, duckdb_type
from local_aws.athena.errors import Position, not_supported, type_mismatch

_NUMBER = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
# Texts that every version of Trino reads in the same way.
_PATTERNS = {
    "boolean": "(?i)(t|f|true|false|0|1)",
    "integer": "[+-]?[0-9]+",
    "decimal": _NUMBER,
    "double": f"({_NUMBER}|NaN|[+-]?Infinity)",
    "date": _DAY,
    "timestamp": f"{_DAY}( {_TIME})?",
}
# Texts that some versions of Trino take and others refuse: always an error here.
_DISPUTED = {
    "integer": r"\s+[^\s].*|.*[^\s]\s+",
    "decimal": r"\s+[^\s].*|.*[^\s]\s+",
    "double": r"\s+[^\s].*|.*[^\s]\s+|.*[0-9.][dDfF]|[+-]?0[xX].*",
    "date": r"\s+[^\s].*|.*[^\s]\s+|[+-]?[0-9]+-[0-9]{1,2}-[0-9]{1,2}",
    "timestamp": r"\s*[+-]?[0-9]+-[0-9]{1,2}-[0-9]{1,2}.*",
}


def cast(value: Typed, target: SqlType, failures: Failures, position: Position) -> Typed:
    """Return CAST(value AS target), or TRY_CAST where `failures` are silent.

    Raises
    ------
    QueryError : TYPE_MISMATCH, when Trino has no such cast, or the local engine has not.
    """
    source = value.kind
    if source == types.UNKNOWN:
        return coerce(value, target)
    bounded = target.base == "varchar" and target.numbers
    if can_coerce(source, target) and not bounded:
        return coerce(value, target)
    if source.base == target.base == "row" and len(source.inner) == len(target.inner):
        fields = [
            cast(Typed(row_field(value.sql, index), inner), wanted, failures, position)
            for index, (inner, wanted) in enumerate(zip(source.inner, target.inner, strict=True))
        ]
        return Typed(pack_row(value.sql, fields), target)
    if source in (types.DOUBLE, types.REAL) and target.base == "varchar":
        # Versions of Trino write it as 1.0 or as 1.0E0.
        raise not_supported(f"The cast of {source} to varchar", position)
    sql = _cast_sql(value, target, failures)
    if sql is None and source.inner and source.base == target.base:
        raise not_supported(f"The cast of {source} to {target}", position)
    if sql is None:
        raise type_mismatch(f"Cannot cast {source} to {target}", position)
    return Typed(sql, target)


def _cast_sql(value: Typed, target: SqlType, failures: Failures) -> str | None:
    source, sql = value.kind, value.sql
    if source.base == "varchar":
        return _from_text(value, target, failures)
    if target.base == "varchar":
        return _to_text(value, target, failures)
    if types.BOOLEAN in (source, target):
        numeric = types.is_numeric(source) or types.is_numeric(target)
        return f"{failures.cast}({sql} AS {duckdb_type(target)})" if numeric else None
    if types.is_numeric(source) and types.is_numeric(target):
        return _number(value, target, failures)
    times = ("date", "timestamp", types.TIMESTAMP_TZ)
    if source.base in times and target.base in times:
        return _time(value, target)
    return None


def _number(value: Typed, target: SqlType, failures: Failures) -> str:
    source, sql = value.kind, value.sql
    plain = f"{failures.cast}({{}} AS {duckdb_type(target)})"
    if target in INTEGERS and source not in INTEGERS:
        rounded = plain.format(f"round({sql})")
        if source.base == "decimal":
            return rounded
        failure = failures.fail("INVALID_CAST_ARGUMENT", f"'Cannot cast NaN to {target}'")
        return f"(CASE WHEN isnan({sql}) THEN {failure} ELSE {rounded} END)"
    if source in {types.DOUBLE, types.REAL} and target.base == "decimal":
        # By way of the shortest decimal text, so that 1.005 is not 1.00499999999999989….
        return plain.format(f"CAST({sql} AS VARCHAR)")
    return plain.format(sql)


def _time(value: Typed, target: SqlType) -> str:
    source, sql = value.kind, value.sql
    if source.base == types.TIMESTAMP_TZ:
        if target.base == types.TIMESTAMP_TZ:
            return _rounded(sql, source, target)
        sql = wall_clock_of(sql, source.zone)
    if target == types.DATE:
        return f"CAST({sql} AS DATE)"
    if source == types.DATE:
        return coerce(value, target).sql
    rounded = _rounded(sql, source, target)
    return coerce(Typed(rounded, types.timestamp(target.precision)), target).sql


def _rounded(sql: str, source: SqlType, target: SqlType) -> str:
    if target.precision >= source.precision:
        return sql
    return f"athena_round_time({sql}, {10 ** (6 - target.precision)})"


def _to_text(value: Typed, target: SqlType, failures: Failures) -> str | None:
    text = render_text(value)
    if text is None:
        return None
    if not target.numbers:
        return text
    length = target.precision
    message = f"' cannot be represented as {target}'"
    failure = failures.fail("INVALID_CAST_ARGUMENT", "'Value '", text, message)
    return f"(CASE WHEN length({text}) > {length} THEN {failure} ELSE {text} END)"


def render_text(value: Typed) -> str | None:
    """Return the SQL of a simple value as Trino writes it, or None for other types."""
    source, sql = value.kind, value.sql
    if source in (types.BOOLEAN, *INTEGERS, types.DATE, types.JSON):
        return f"CAST({sql} AS VARCHAR)"
    if source.base == "decimal" and source.precision == source.scale:
        # DuckDB writes such a decimal as .5
        return f"regexp_replace(CAST({sql} AS VARCHAR), '^(-?)[.]', '\\10.')"
    if source.base in ("decimal", "varchar"):
        return f"CAST({sql} AS VARCHAR)"
    if source.base == "timestamp":
        return _timestamp_text(sql, source.precision)
    if source.base == types.TIMESTAMP_TZ:
        wall = _timestamp_text(wall_clock_of(sql, source.zone), source.precision)
        return f"({wall} || {text_literal(' ' + source.zone)})"
    return None


def _timestamp_text(sql: str, precision: int) -> str:
    whole = f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    if precision == 0:
        return whole
    return f"left(strftime({sql}, '%Y-%m-%d %H:%M:%S.%f'), {20 + precision})"


def _from_text(value: Typed, target: SqlType, failures: Failures) -> str | None:
    sql = value.sql
    if target.base == "varchar":
        return f"left({sql}, {target.precision})" if target.numbers else sql
    family = "integer" if target in INTEGERS else target.base
    family = "double" if target == types.REAL else family
    if family not in _PATTERNS:
        return None
    plain = f"{failures.cast}({sql} AS {duckdb_type(target)})"
    if target.base == "timestamp":
        plain = _rounded(plain, types.timestamp(6), target)
    failure = failures.fail("INVALID_CAST_ARGUMENT", *_refusal(sql, target))
    matches = f"regexp_full_match({sql}, {text_literal(_PATTERNS[family])})"
    disputed = ""
    if family in _DISPUTED:
        message = f"'The cast of such a text to {target} is not supported by the LOCAL engine: '"
        error = raise_always("NOT_SUPPORTED", message, sql)
        pattern = text_literal(_DISPUTED[family])
        disputed = f"WHEN regexp_full_match({sql}, {pattern}) THEN {error} "
    answer = f"WHEN {sql} IS NULL THEN NULL WHEN {matches} THEN {plain} {disputed}"
    return f"(CASE {answer}ELSE {failure} END)"


def _refusal(sql: str, target: SqlType) -> tuple[str, ...]:
    if target.base in ("date", "timestamp"):
        return f"'Value cannot be cast to {target.base}: '", sql
    names = {types.INTEGER: "INT", types.DOUBLE: "DOUBLE"}
    name = names.get(target, str(target).upper())
    return "'Cannot cast '''", sql, f"''' to {name}'"
