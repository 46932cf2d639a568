"""Functions that only exist with OVER."""

from __future__ import annotations

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, cast_sql, coerce
from local_aws.athena.dialect.functions.aggregates import Aggregate, AggregateCall
from local_aws.athena.dialect.functions.registry import take
from local_aws.athena.dialect.types import BIGINT, DOUBLE, common_type


def _rank(call: AggregateCall) -> Typed:
    take(call.site, call.arguments)
    kind = DOUBLE if call.site.name in ("percent_rank", "cume_dist") else BIGINT
    return Typed(call.finish(call.site.name, ""), kind)


def _ntile(call: AggregateCall) -> Typed:
    (count,) = take(call.site, call.arguments, BIGINT)
    if not isinstance(count.constant, int) or count.constant < 1:
        raise call.site.refuse("with a number of buckets that is not a positive literal")
    return Typed(call.finish("ntile", count.sql), BIGINT)


def _neighbour(call: AggregateCall) -> Typed:
    if not 1 <= len(call.arguments) <= 3:
        raise call.site.wrong_arguments(call.arguments)
    value, *rest = call.arguments
    texts = [value.sql]
    if rest:
        (offset,) = take(call.site, rest[:1], BIGINT)
        if not isinstance(offset.constant, int) or offset.constant < 0:
            raise call.site.refuse("with an offset that is not a literal of 0 or more")
        texts.append(offset.sql)
    if len(rest) == 2:
        if common_type(rest[1].kind, value.kind) != value.kind:
            raise call.site.wrong_arguments(call.arguments)
        texts.append(coerce(rest[1], value.kind).sql)
    return Typed(call.finish(call.site.name, ", ".join(texts)), value.kind)


def _value(call: AggregateCall) -> Typed:
    (value,) = call.arguments if len(call.arguments) == 1 else (None,)
    if value is None:
        raise call.site.wrong_arguments(call.arguments)
    return Typed(call.finish(call.site.name, value.sql), value.kind)


def _nth_value(call: AggregateCall) -> Typed:
    if len(call.arguments) != 2:
        raise call.site.wrong_arguments(call.arguments)
    (place,) = take(call.site, call.arguments[1:], BIGINT)
    if not isinstance(place.constant, int) or place.constant < 1:
        raise call.site.refuse("with a place that is not a positive literal")
    value = call.arguments[0]
    return Typed(
        call.finish("nth_value", f"{value.sql}, {cast_sql(place.sql, BIGINT)}"), value.kind
    )


WINDOW_FUNCTIONS: dict[str, Aggregate] = {
    "row_number": _rank,
    "rank": _rank,
    "dense_rank": _rank,
    "percent_rank": _rank,
    "cume_dist": _rank,
    "ntile": _ntile,
    "lag": _neighbour,
    "lead": _neighbour,
    "first_value": _value,
    "last_value": _value,
    "nth_value": _nth_value,
}
# Those that may skip NULLs.
SKIPPING = frozenset({"lag", "lead", "first_value", "last_value", "nth_value"})

__all__ = ["SKIPPING", "WINDOW_FUNCTIONS", "types"]
