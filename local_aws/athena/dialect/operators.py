"""Arithmetic and comparison with Trino's result types, rounding and errors."""

from __future__ import annotations

from decimal import Decimal

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, cast_sql, coerce
from local_aws.athena.dialect.failures import Failures
from local_aws.athena.dialect.types import (
    INTEGERS,
    MAX_PRECISION,
    SqlType,
    as_decimal,
    common_type,
    decimal,
    is_exact,
    is_numeric,
)
from local_aws.athena.errors import Position, QueryError, not_supported, type_mismatch

_DIVISION_BY_ZERO = ("DIVISION_BY_ZERO", "'Division by zero'")
_INT64_DIGITS = 18  # the widest decimal that DuckDB keeps in 64 bits
# DuckDB compares nested values with NULL as a value of its own; Trino's answer would be NULL.
_NOT_COMPARED = ("array", "map", "row", "json")


def arithmetic(
    operator: str, left: Typed, right: Typed, failures: Failures, position: Position
) -> Typed:
    """Return `left operator right`.

    Raises
    ------
    QueryError : TYPE_MISMATCH, when Trino has no such operator for these types.
    """
    if is_numeric(left.kind) and is_numeric(right.kind):
        return _number(operator, left, right, failures)
    temporal = _temporal(operator, left, right, failures, position)
    if temporal is not None:
        return temporal
    if types.UNKNOWN in (left.kind, right.kind):
        known = right if left.kind == types.UNKNOWN else left
        if is_numeric(known.kind):
            both = (coerce(left, known.kind), coerce(right, known.kind))
            return _number(operator, *both, failures)
    raise type_mismatch(f"Cannot apply operator: {left.kind} {operator} {right.kind}", position)


def _number(operator: str, left: Typed, right: Typed, failures: Failures) -> Typed:
    common = common_type(left.kind, right.kind)
    if common in (types.DOUBLE, types.REAL):
        return _floating(operator, coerce(left, common), coerce(right, common))
    if common in INTEGERS:
        return _integer(operator, coerce(left, common), coerce(right, common), failures)
    a = coerce(left, as_decimal(left.kind))
    b = coerce(right, as_decimal(right.kind))
    return _decimal(operator, a, b, failures)


def _floating(operator: str, left: Typed, right: Typed) -> Typed:
    sql = f"({left.sql} {operator} {right.sql})"
    if operator == "%":
        zero = f"{right.sql} = 0 AND {left.sql} IS NOT NULL"
        sql = f"(CASE WHEN {zero} THEN CAST('NaN' AS DOUBLE) ELSE {sql} END)"
    return Typed(cast_sql(sql, left.kind), left.kind)


def _integer(operator: str, left: Typed, right: Typed, failures: Failures) -> Typed:
    if operator in "/%":
        duckdb_operator = "//" if operator == "/" else "%"
        sql = _unless_zero(right.sql, f"{left.sql} {duckdb_operator} {right.sql}", failures)
    else:
        sql = f"({left.sql} {operator} {right.sql})"
        if left.kind in (types.TINYINT, types.SMALLINT):
            sql = cast_sql(sql, left.kind)
    return Typed(sql, left.kind)


def _unless_zero(divisor: str, quotient: str, failures: Failures) -> str:
    failure = failures.fail(*_DIVISION_BY_ZERO)
    return f"(CASE WHEN {divisor} = 0 THEN {failure} ELSE {quotient} END)"


def _decimal(operator: str, left: Typed, right: Typed, failures: Failures) -> Typed:
    a, b = left.kind, right.kind
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    if operator in "+-":
        result = decimal(min(MAX_PRECISION, whole + scale + 1), scale)
        x, y = cast_sql(left.sql, result), cast_sql(right.sql, result)
        return Typed(cast_sql(f"({x} {operator} {y})", result), result)
    if operator == "*":
        result = decimal(min(MAX_PRECISION, a.precision + b.precision), a.scale + b.scale)
        factor = wide(left.sql, a.scale) if result.precision > _INT64_DIGITS else left.sql
        return Typed(cast_sql(f"({factor} * {right.sql})", result), result)
    if operator == "%":
        digits = min(a.precision - a.scale, b.precision - b.scale) + scale
        result = decimal(max(1, min(MAX_PRECISION, digits)), scale)
        x = unscaled(left.sql, a.scale, scale)
        y = unscaled(right.sql, b.scale, scale)
        remainder = scaled(_unless_zero(right.sql, f"{x} % {y}", failures), scale)
        return Typed(cast_sql(remainder, result), result)
    digits = a.precision + b.scale + max(b.scale - a.scale, 0)
    result = decimal(min(MAX_PRECISION, digits), scale)
    quotient = divide_decimals(left, right, scale)
    return Typed(cast_sql(_unless_zero(right.sql, quotient, failures), result), result)


def divide_decimals(left: Typed, right: Typed, scale: int) -> str:
    """Return the SQL of a quotient with `scale` digits, rounded half up as Trino rounds.

    It is computed on 128-bit integers, so a dividend of very many digits overflows (an error)
    where Trino's wider arithmetic would not.
    """
    places = right.kind.scale
    dividend = unscaled(left.sql, left.kind.scale, scale + places)
    divisor = unscaled(right.sql, places, places)
    return scaled(f"athena_round_divide({dividend}, {divisor})", scale)


def wide(sql: str, scale: int) -> str:
    """Return a decimal in 128 bits; DuckDB's product of two narrower ones overflows at 64."""
    return f"CAST({sql} AS DECIMAL({MAX_PRECISION},{scale}))"


def unscaled(sql: str, scale: int, shift: int) -> str:
    """Return the SQL of a decimal of `scale` times 10 to the power of `shift`, as a HUGEINT."""
    if shift == 0:
        return f"CAST({sql} AS HUGEINT)"
    factor = "1" + "0" * shift
    product = f"{wide(sql, scale)} * CAST({factor} AS DECIMAL({shift + 1},0))"
    return f"CAST({product} AS HUGEINT)"


def scaled(sql: str, scale: int) -> str:
    """Return the SQL of a HUGEINT divided by 10 to the power of `scale`, as a decimal."""
    whole = f"CAST({sql} AS DECIMAL(38,0))"
    if scale == 0:
        return whole
    unit = "0." + "0" * (scale - 1) + "1"
    return f"({whole} * CAST({unit} AS DECIMAL({scale},{scale})))"


def _temporal(
    operator: str, left: Typed, right: Typed, failures: Failures, position: Position
) -> Typed | None:
    """Return date and interval arithmetic, or None where the types are others."""
    intervals = (types.DAY_TO_SECOND, types.YEAR_TO_MONTH)
    times = ("date", "timestamp", types.TIMESTAMP_TZ)
    if left.kind in intervals and right.kind in intervals and operator in "+-":
        if left.kind != right.kind:
            return None
        return Typed(f"({left.sql} {operator} {right.sql})", left.kind)
    if operator == "*" and left.kind in INTEGERS and right.kind in intervals:
        left, right = right, left
    if operator == "*" and left.kind in intervals and right.kind in INTEGERS:
        return Typed(f"({left.sql} * {right.sql})", left.kind)
    if operator == "+" and left.kind in intervals:
        left, right = right, left
    if left.kind.base in times and right.kind in intervals and operator in "+-":
        amount = right.sql if operator == "+" else f"(-{right.sql})"
        return add_interval(left, Typed(amount, right.kind), failures)
    if left.kind.base in times and right.kind.base in times and operator == "-":
        return _time_difference(left, right, position)
    return None


def add_interval(moment: Typed, amount: Typed, failures: Failures) -> Typed:
    """Return a date or timestamp moved by an interval; months stop at the month's last day."""
    if moment.kind.base == types.TIMESTAMP_TZ and moment.kind.zone != "UTC":
        raise not_supported("Interval arithmetic in a time zone other than UTC")
    if amount.kind == types.YEAR_TO_MONTH:
        moved = f"({moment.sql} + to_months({amount.sql}))"
        return Typed(cast_sql(moved, moment.kind), moment.kind)
    if moment.kind != types.DATE:
        # An interval counts milliseconds, so the result has at least three digits.
        finest = SqlType(moment.kind.base, (max(3, moment.kind.precision),), zone=moment.kind.zone)
        return Typed(f"({moment.sql} + to_milliseconds({amount.sql}))", finest)
    text = "'Cannot add hour, minutes or seconds to a date'"
    failure = failures.fail("INVALID_FUNCTION_ARGUMENT", text)
    days = f"CAST({amount.sql} // 86400000 AS INTEGER)"
    whole = f"{amount.sql} % 86400000 <> 0"
    return Typed(f"(CASE WHEN {whole} THEN {failure} ELSE {moment.sql} + {days} END)", types.DATE)


def _time_difference(left: Typed, right: Typed, position: Position) -> Typed | None:
    common = common_type(left.kind, right.kind)
    if common is None:
        return None
    if common != types.DATE and common.precision > 3:
        # Trino rounds such an interval to milliseconds in ways that differ by version.
        raise not_supported("The difference of timestamps finer than milliseconds", position)
    a, b = cast_sql(left.sql, types.timestamp(6)), cast_sql(right.sql, types.timestamp(6))
    return Typed(f"(epoch_ms({a}) - epoch_ms({b}))", types.DAY_TO_SECOND)


def negate(value: Typed, position: Position) -> Typed:
    """Return `-value`."""
    intervals = (types.DAY_TO_SECOND, types.YEAR_TO_MONTH)
    if not is_numeric(value.kind) and value.kind not in intervals:
        raise type_mismatch(f"Cannot negate {value.kind}", position)
    return Typed(f"(-{value.sql})", value.kind)


def concatenate(left: Typed, right: Typed, position: Position) -> Typed:
    """Return `left || right` of texts or arrays."""
    if left.kind.base == right.kind.base == "array":
        common = common_type(left.kind, right.kind)
        if common is not None:
            a, b = coerce(left, common).sql, coerce(right, common).sql
            nothing = f"{a} IS NULL OR {b} IS NULL"
            return Typed(f"(CASE WHEN {nothing} THEN NULL ELSE list_concat({a}, {b}) END)", common)
    texts = [side.kind.base in ("varchar", "unknown") for side in (left, right)]
    if not all(texts):
        raise QueryError(
            "TYPE_MISMATCH",
            f"Unexpected parameters ({left.kind}, {right.kind}) for function concat",
            position,
        )
    a, b = coerce(left, types.VARCHAR).sql, coerce(right, types.VARCHAR).sql
    return Typed(f"({a} || {b})", types.VARCHAR)


def comparison(operator: str, left: Typed, right: Typed, position: Position) -> Typed:
    """Return a comparison; `operator` may be IS DISTINCT FROM."""
    a, b = for_comparison(operator, left, right, position)
    sql = f"({a.sql} {operator} {b.sql})"
    if a.kind in (types.DOUBLE, types.REAL):
        sql = _with_nan(operator, sql, a, b)
    return Typed(sql, types.BOOLEAN)


def for_comparison(
    operator: str, left: Typed, right: Typed, position: Position
) -> tuple[Typed, Typed]:
    """Return both sides as one type that can be compared.

    Raises
    ------
    QueryError : TYPE_MISMATCH, when Trino would not compare the types.
    """
    common = common_type(left.kind, right.kind)
    if common is None:
        raise type_mismatch(f"Cannot apply operator: {left.kind} {operator} {right.kind}", position)
    if common.base in _NOT_COMPARED:
        raise not_supported(f"The comparison of values of type {common.base}", position)
    if _fits(left, right.kind):
        common = right.kind
    elif _fits(right, left.kind):
        common = left.kind
    return coerce(left, common), coerce(right, common)


def _fits(literal: Typed, kind: SqlType) -> bool:
    """Tell whether a number's literal can be read as `kind` exactly.

    Then the column on the other side needs no cast, and the comparison reaches the file's
    statistics.
    """
    if not isinstance(literal.constant, int | Decimal) or isinstance(literal.constant, bool):
        return False
    if not is_exact(kind):
        return False
    wanted = as_decimal(kind)
    number = Decimal(literal.constant)
    digits = number.as_tuple().digits
    exponent = int(number.as_tuple().exponent)
    whole_digits = max(len(digits) + exponent, 0)
    # One digit less than an integer type's most, so that no value can overflow it.
    room = wanted.precision - wanted.scale - (1 if kind in INTEGERS else 0)
    return -exponent <= wanted.scale and whole_digits <= room


def _with_nan(operator: str, sql: str, left: Typed, right: Typed) -> str:
    """Compare as IEEE 754 does; DuckDB takes NaN for the greatest number, equal to itself."""
    if operator == "IS DISTINCT FROM":
        return sql
    unordered = " OR ".join(f"isnan({side.sql})" for side in (left, right) if side.constant is None)
    if not unordered:
        return sql
    answer = "TRUE" if operator == "<>" else "FALSE"
    nulls = f"{left.sql} IS NOT NULL AND {right.sql} IS NOT NULL"
    return f"(CASE WHEN ({unordered}) AND {nulls} THEN {answer} ELSE {sql} END)"
