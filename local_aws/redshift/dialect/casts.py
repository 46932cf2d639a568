"""CAST and `::`: where PostgreSQL rounds and Redshift does not, and what neither may lose.

Source: "Type compatibility and conversion" and "CAST and CONVERT functions" in the Redshift
developer guide: "results of explicit casts of values selected from tables are not rounded".
"""

from __future__ import annotations

from dataclasses import replace

from local_aws.redshift.dialect.types import SqlType
from local_aws.redshift.dialect.values import Value
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError


def cast(value: Value, target: SqlType) -> Value:
    """Return a value cast to a type.

    Raises
    ------
    UnsupportedError : what Redshift makes of it is not known.
    """
    source = value.type
    if source.kind in ("super", "varbyte") or target.kind == "varbyte":
        raise UnsupportedError(f"a cast from {source.kind} to {target.kind}")
    if target.is_integer:
        sql = _to_integer(value, target)
    elif target.kind == "decimal":
        sql = _to_decimal(value, target)
    elif target.kind in ("varchar", "char"):
        return _to_text(value, target)
    elif target.is_moment:
        sql = _to_moment(value, target)
    elif target.kind == "super":
        raise UnsupportedError(f"a cast from {source.kind} to SUPER", "Use JSON_PARSE.")
    else:
        sql = f"CAST({value.sql} AS {target.postgres})"
    return Value(sql, target, value.constant)


def _to_integer(value: Value, target: SqlType) -> str:
    if value.type.is_integer or value.type.kind in ("varchar", "char", "unknown", "boolean"):
        return f"CAST({value.sql} AS {target.postgres})"
    if value.type.is_number:
        # Whether a fraction is rounded or cut is not documented for sure: refuse to lose one.
        return f"CAST(redshift_sql.whole(CAST({value.sql} AS numeric)) AS {target.postgres})"
    raise SyntaxRefusedError(f"cannot cast type {value.type.kind} to {target.kind}", "42846")


def _to_decimal(value: Value, target: SqlType) -> str:
    source = value.type
    if source.is_integer or (source.kind == "decimal" and source.scale <= target.scale):
        return f"CAST({value.sql} AS {target.postgres})"
    if source.kind == "decimal":
        kept = value.sql if value.constant else f"trunc({value.sql}, {target.scale})"
        return f"CAST({kept} AS {target.postgres})"
    if source.is_float or source.is_text:
        number = f"CAST({value.sql} AS numeric)"
        return f"CAST(redshift_sql.exactly({number}, {target.scale}) AS {target.postgres})"
    raise SyntaxRefusedError(f"cannot cast type {source.kind} to decimal", "42846")


def _to_text(value: Value, target: SqlType) -> Value:
    source = value.type
    if source.is_float or source.kind in ("boolean", "interval", "system"):
        raise UnsupportedError(f"a cast from {source.kind} to {target.kind}")
    length = target.length
    text = f"CAST({value.sql} AS text)"
    if length is not None:
        # A string is cut to so many bytes; anything else must fit.
        cut = "first_bytes" if source.is_text else "fitting"
        text = f"redshift_sql.{cut}({text}, {length})"
    if target.kind == "char":
        return Value(f"CAST({text} AS char({length}))", target, value.constant)
    return Value(f"CAST({text} AS varchar)", replace(target), value.constant)


def _to_moment(value: Value, target: SqlType) -> str:
    if value.type.is_moment:
        return f"CAST({value.sql} AS {target.postgres})"
    if value.type.is_text:
        return f"redshift_sql.text_to_{target.kind}({value.sql})"
    raise SyntaxRefusedError(f"cannot cast type {value.type.kind} to {target.kind}", "42846")
