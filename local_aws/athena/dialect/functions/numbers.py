"""Numeric functions, with the types Trino gives their results."""

from __future__ import annotations

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, cast_sql, coerce
from local_aws.athena.dialect.functions.registry import CallSite, scalar, take, template
from local_aws.athena.dialect.operators import arithmetic
from local_aws.athena.dialect.types import BOOLEAN, DOUBLE, INTEGERS, decimal, is_numeric

_NAN = "CAST('NaN' AS DOUBLE)"

template("pi", [], DOUBLE, "pi()")
template("e", [], DOUBLE, "exp(CAST(1 AS DOUBLE))")
template("nan", [], DOUBLE, _NAN)
template("infinity", [], DOUBLE, "CAST('Infinity' AS DOUBLE)")
template("random rand", [], DOUBLE, "random()")
template("is_nan", [DOUBLE], BOOLEAN, "isnan({0})")
template("is_finite", [DOUBLE], BOOLEAN, "isfinite({0})")
template("is_infinite", [DOUBLE], BOOLEAN, "isinf({0})")
template("exp", [DOUBLE], DOUBLE, "exp({0})")
template("cbrt", [DOUBLE], DOUBLE, "cbrt({0})")
template("power pow", [DOUBLE, DOUBLE], DOUBLE, "pow({0}, {1})")
template("sqrt", [DOUBLE], DOUBLE, f"(CASE WHEN {{0}} < 0 THEN {_NAN} ELSE sqrt({{0}}) END)")


@scalar("ln", "log2", "log10")
def _logarithm(site: CallSite, arguments: list[Typed]) -> Typed:
    (number,) = take(site, arguments, DOUBLE)
    return Typed(_guarded_logarithm(f"{site.name}({number.sql})", number.sql), DOUBLE)


@scalar("log")
def _log(site: CallSite, arguments: list[Typed]) -> Typed:
    base, number = take(site, arguments, DOUBLE, DOUBLE)
    top = _guarded_logarithm(f"ln({number.sql})", number.sql)
    bottom = _guarded_logarithm(f"ln({base.sql})", base.sql)
    return Typed(f"({top} / {bottom})", DOUBLE)


def _guarded_logarithm(sql: str, number: str) -> str:
    zero = "CAST('-Infinity' AS DOUBLE)"
    return f"(CASE WHEN {number} < 0 THEN {_NAN} WHEN {number} = 0 THEN {zero} ELSE {sql} END)"


@scalar("abs")
def _abs(site: CallSite, arguments: list[Typed]) -> Typed:
    (number,) = _numbers(site, arguments, 1)
    return Typed(f"abs({number.sql})", number.kind)


@scalar("mod")
def _mod(site: CallSite, arguments: list[Typed]) -> Typed:
    left, right = _numbers(site, arguments, 2)
    return arithmetic("%", left, right, site.failures, site.position)


@scalar("sign")
def _sign(site: CallSite, arguments: list[Typed]) -> Typed:
    (number,) = _numbers(site, arguments, 1)
    kind = decimal(1, 0) if number.kind.base == "decimal" else number.kind
    if kind in (DOUBLE, types.REAL):
        raise site.refuse("of a floating-point number")
    return Typed(cast_sql(f"sign({number.sql})", kind), kind)


@scalar("ceil", "ceiling", "floor")
def _whole(site: CallSite, arguments: list[Typed]) -> Typed:
    (number,) = _numbers(site, arguments, 1)
    function = "floor" if site.name == "floor" else "ceil"
    kind = number.kind
    if kind in INTEGERS:
        return number
    if kind.base == "decimal":
        kind = decimal(kind.precision - kind.scale + min(kind.scale, 1), 0)
    return Typed(cast_sql(f"{function}({number.sql})", kind), kind)


@scalar("truncate")
def _truncate(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.refuse("to a number of digits")
    (number,) = _numbers(site, arguments, 1)
    kind = number.kind
    if kind in INTEGERS:
        return number
    if kind.base == "decimal":
        kind = decimal(max(kind.precision - kind.scale, 1), 0)
    return Typed(cast_sql(f"trunc({number.sql})", kind), kind)


@scalar("round")
def _round(site: CallSite, arguments: list[Typed]) -> Typed:
    number, *_ = _numbers(site, arguments[:1], 1)
    kind = number.kind
    if len(arguments) == 1:
        if kind in INTEGERS:
            return number
        if kind.base == "decimal":
            kind = decimal(min(38, kind.precision - kind.scale + min(kind.scale, 1)), 0)
        return Typed(cast_sql(f"round({number.sql})", kind), kind)
    (digits,) = take(site, arguments[1:], types.INTEGER)
    count = digits.constant
    if not isinstance(count, int) or count < 0:
        raise site.refuse("to a negative number of digits, or one that is not a literal")
    if kind in INTEGERS:
        return number
    if kind.base == "decimal":
        widened = decimal(min(38, kind.precision + 1), kind.scale)
        if count >= kind.scale:
            return coerce(number, widened)
        return Typed(cast_sql(f"round({number.sql}, {count})", widened), widened)
    return Typed(cast_sql(f"round({number.sql}, {count})", kind), kind)


def _numbers(site: CallSite, arguments: list[Typed], count: int) -> list[Typed]:
    if len(arguments) != count or not all(is_numeric(item.kind) for item in arguments):
        raise site.wrong_arguments(arguments)
    return arguments
