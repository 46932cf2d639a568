"""Aggregate functions, with the types Trino gives their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, cast_sql
from local_aws.athena.dialect.functions.registry import CallSite, take
from local_aws.athena.dialect.operators import scaled, unscaled
from local_aws.athena.dialect.types import BIGINT, BOOLEAN, DOUBLE, INTEGERS, array, decimal

# Turns `function(arguments)` into the call with its ORDER BY, FILTER and OVER.
Finish = Callable[[str, str], str]


@dataclass(frozen=True)
class AggregateCall:
    """A call of an aggregate: `finish` adds what hangs on it."""

    site: CallSite
    arguments: list[Typed]
    finish: Finish
    distinct: bool = False


Aggregate = Callable[[AggregateCall], Typed]


def _only(call: AggregateCall, count: int) -> list[Typed]:
    if len(call.arguments) != count:
        raise call.site.wrong_arguments(call.arguments)
    return call.arguments


def _count(call: AggregateCall) -> Typed:
    if not call.arguments:
        return Typed(call.finish("count", "*"), BIGINT)
    (value,) = _only(call, 1)
    if call.distinct and value.kind.inner:
        raise call.site.refuse(f"of distinct values of type {value.kind.base}")
    return Typed(call.finish("count", value.sql), BIGINT)


def _count_if(call: AggregateCall) -> Typed:
    (condition,) = take(call.site, call.arguments, BOOLEAN)
    return Typed(cast_sql(call.finish("count_if", condition.sql), BIGINT), BIGINT)


def _sum(call: AggregateCall) -> Typed:
    (value,) = _only(call, 1)
    kind = value.kind
    if kind in INTEGERS:
        result = BIGINT
    elif kind.base == "decimal":
        result = decimal(38, kind.scale)
    elif kind in (DOUBLE, types.REAL) or kind in (types.DAY_TO_SECOND, types.YEAR_TO_MONTH):
        result = kind
    else:
        raise call.site.wrong_arguments(call.arguments)
    return Typed(cast_sql(call.finish("sum", value.sql), result), result)


def _avg(call: AggregateCall) -> Typed:
    (value,) = _only(call, 1)
    kind = value.kind
    if kind.base == "decimal":
        total = unscaled(call.finish("sum", value.sql), kind.scale, kind.scale)
        count = call.finish("count", value.sql)
        mean = scaled(f"athena_round_divide({total}, {count})", kind.scale)
        sql = f"(CASE WHEN {count} > 0 THEN {cast_sql(mean, kind)} END)"
        return Typed(sql, kind)
    if kind not in (*INTEGERS, DOUBLE, types.REAL):
        raise call.site.wrong_arguments(call.arguments)
    result = types.REAL if kind == types.REAL else DOUBLE
    return Typed(cast_sql(call.finish("avg", value.sql), result), result)


def _extreme(call: AggregateCall) -> Typed:
    if len(call.arguments) == 2:
        raise call.site.refuse("with a count")
    (value,) = _only(call, 1)
    if value.kind.inner or value.kind in (DOUBLE, types.REAL, types.JSON):
        if value.kind.inner or value.kind == types.JSON:
            raise call.site.refuse(f"of values of type {value.kind.base}")
        # DuckDB takes NaN for the greatest number; Trino's versions differ.
        failure = call.site.failures.fail("NOT_SUPPORTED", f"'{call.site.name} of NaN'")
        guarded = f"(CASE WHEN isnan({value.sql}) THEN {failure} ELSE {value.sql} END)"
        return Typed(call.finish(call.site.name, guarded), value.kind)
    return Typed(call.finish(call.site.name, value.sql), value.kind)


def _extreme_by(call: AggregateCall) -> Typed:
    if len(call.arguments) == 3:
        raise call.site.refuse("with a count")
    value, key = _only(call, 2)
    if key.kind.inner or key.kind in (DOUBLE, types.REAL):
        raise call.site.refuse(f"by values of type {key.kind.base}")
    function = "arg_max_null" if call.site.name == "max_by" else "arg_min_null"
    return Typed(call.finish(function, f"{value.sql}, {key.sql}"), value.kind)


def _any_value(call: AggregateCall) -> Typed:
    (value,) = _only(call, 1)
    return Typed(call.finish("any_value", value.sql), value.kind)


def _array_agg(call: AggregateCall) -> Typed:
    (value,) = _only(call, 1)
    return Typed(call.finish("list", value.sql), array(value.kind))


def _map_agg(call: AggregateCall) -> Typed:
    key, value = _only(call, 2)
    if key.kind.inner:
        raise call.site.refuse(f"with keys of type {key.kind.base}")
    keys, values = call.finish("list", key.sql), call.finish("list", value.sql)
    made = f"(CASE WHEN {keys} IS NOT NULL THEN MAP({keys}, {values}) END)"
    return Typed(made, types.map_of(key.kind, value.kind))


def _boolean(call: AggregateCall) -> Typed:
    (condition,) = take(call.site, call.arguments, BOOLEAN)
    function = "bool_or" if call.site.name == "bool_or" else "bool_and"
    return Typed(call.finish(function, condition.sql), BOOLEAN)


def _spread(call: AggregateCall) -> Typed:
    (number,) = take(call.site, call.arguments, DOUBLE)
    names = {"stddev": "stddev_samp", "variance": "var_samp"}
    function = names.get(call.site.name, call.site.name)
    return Typed(call.finish(function, number.sql), DOUBLE)


def _approx_distinct(call: AggregateCall) -> Typed:
    """Count exactly what Athena estimates with a standard error of 2.3 %."""
    (value,) = _only(call, 1)
    return Typed(call.finish("count", f"DISTINCT {value.sql}"), BIGINT)


def _approx_percentile(call: AggregateCall) -> Typed:
    raise call.site.refuse("(Athena's estimate cannot be computed exactly)")


AGGREGATES: dict[str, Aggregate] = {
    "count": _count,
    "count_if": _count_if,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme,
    "max": _extreme,
    "min_by": _extreme_by,
    "max_by": _extreme_by,
    "any_value": _any_value,
    "arbitrary": _any_value,
    "array_agg": _array_agg,
    "map_agg": _map_agg,
    "bool_and": _boolean,
    "every": _boolean,
    "bool_or": _boolean,
    "stddev": _spread,
    "stddev_samp": _spread,
    "stddev_pop": _spread,
    "variance": _spread,
    "var_samp": _spread,
    "var_pop": _spread,
    "approx_distinct": _approx_distinct,
    "approx_percentile": _approx_percentile,
}
# The order of the rows shows in their results.
ORDERED = frozenset({"array_agg"})
