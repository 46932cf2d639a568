"""The types of calculations, and the common type of alternatives.

Source: "Computations with numeric values" in the Redshift developer guide.
"""

from __future__ import annotations

from dataclasses import replace

from local_aws.redshift.dialect.types import (
    DOUBLE,
    MAX_PRECISION,
    REAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    SqlType,
    decimal,
    varchar,
)
from local_aws.redshift.errors import SyntaxRefusedError

_MAX_SCALE = 37
_NARROW_PRECISION = 19  # up to it a decimal is held in 64 bits
_WIDTHS = ("smallint", "integer", "bigint")


def of_arithmetic(operator: str, left: SqlType, right: SqlType) -> SqlType:
    """Return the type of `left operator right` for two numbers; operator is + - * / or %."""
    if left.is_float or right.is_float:
        return REAL if left.kind == right.kind == "real" else DOUBLE
    if left.is_integer and right.is_integer:
        return max(left, right, key=lambda one: _WIDTHS.index(one.kind))
    a, b = left.as_decimal(), right.as_decimal()
    if operator in ("+", "-"):
        scale = max(a.scale, b.scale)
        whole = max(a.precision - a.scale, b.precision - b.scale)
        return decimal(whole + 1 + scale, scale)
    if operator == "*":
        return _of_product(a, b)
    if operator == "/":
        return _of_quotient(a, b)
    scale = max(a.scale, b.scale)
    return decimal(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)


def _of_product(a: SqlType, b: SqlType) -> SqlType:
    scale = a.scale + b.scale
    if scale > _MAX_SCALE:
        raise SyntaxRefusedError("Numeric data overflow (result scale)", "22003")
    return decimal(a.precision + b.precision + 1, scale)


def _of_quotient(a: SqlType, b: SqlType) -> SqlType:
    scale = max(4, a.scale + b.precision - b.scale + 1)
    precision = a.precision - a.scale + b.scale + scale
    if precision > MAX_PRECISION:
        scale = max(MAX_PRECISION + scale - precision, 4)
    return decimal(precision, scale)


def common(types: list[SqlType]) -> SqlType:
    """Return the type of CASE, COALESCE or UNION over values of these types.

    Raises
    ------
    SyntaxRefusedError : they do not go together.
    """
    result = UNKNOWN
    for each in types:
        result = _common_of_two(result, each)
    return result


def _common_of_two(a: SqlType, b: SqlType) -> SqlType:
    if a.kind == "unknown" or a == b:
        return b
    if b.kind == "unknown":
        return a
    if a.is_number and b.is_number:
        return _common_number(a, b)
    if a.is_text and b.is_text:
        lengths = (a.length, b.length)
        return varchar(None if None in lengths else max(length or 0 for length in lengths))
    if a.is_moment and b.is_moment:
        return TIMESTAMPTZ if "timestamptz" in (a.kind, b.kind) else TIMESTAMP
    if a.kind == b.kind:
        return replace(a, length=None)
    raise SyntaxRefusedError(f"types {a.kind} and {b.kind} cannot be matched", "42804")


def _common_number(a: SqlType, b: SqlType) -> SqlType:
    if a.is_float or b.is_float:
        return DOUBLE
    if a.is_integer and b.is_integer:
        return max(a, b, key=lambda one: _WIDTHS.index(one.kind))
    a, b = a.as_decimal(), b.as_decimal()
    scale = max(a.scale, b.scale)
    precision = max(a.precision - a.scale, b.precision - b.scale) + scale
    # "min(…, 19)" in the guide; wider operands stay wide.
    narrow = a.precision <= _NARROW_PRECISION and b.precision <= _NARROW_PRECISION
    return decimal(min(precision, _NARROW_PRECISION) if narrow else precision, scale)
