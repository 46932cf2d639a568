"""Aggregate functions, as aggregates and over windows."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.redshift_parser import APPROXIMATE_COUNT
from local_aws.redshift.dialect.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    MAX_PRECISION,
    MAX_VARCHAR,
    SqlType,
    decimal,
    varchar,
)
from local_aws.redshift.dialect.values import Call, Function, Value, string, text_literal
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError


def _count(call: Call) -> Value:
    call.check_count(1)
    argument = call.arguments[0]
    if isinstance(argument, exp.Star):
        return Value(f"count(*){call.over}", BIGINT)
    return Value(f"count({_distinct(call)}{call.translate(argument).sql}){call.over}", BIGINT)


def _sum(call: Call) -> Value:
    (value,) = call.values(1)
    kind = _number(call, value)
    total = f"sum({_distinct(call)}{value.sql}){call.over}"
    if kind.is_integer:
        # PostgreSQL makes a numeric of a sum of bigints; here it overflows as Redshift's does.
        return Value(f"CAST({total} AS bigint)", BIGINT)
    if kind.kind == "decimal":
        return Value(total, decimal(MAX_PRECISION, kind.scale))
    return Value(total, DOUBLE)


def _avg(call: Call) -> Value:
    """AVG cuts: of whole numbers to a whole number, of decimals to their scale."""
    (value,) = call.values(1)
    kind = _number(call, value)
    if call.over and kind.kind == "bigint":
        raise UnsupportedError("AVG of a BIGINT over a window", "Cast it to DECIMAL.")
    mean = f"avg({_distinct(call)}{value.sql}){call.over}"
    if kind.is_float:
        return Value(mean, DOUBLE)
    if kind.is_integer:
        return Value(f"CAST(trunc({mean}) AS bigint)", BIGINT)
    return Value(f"trunc({mean}, {kind.scale})", decimal(MAX_PRECISION, kind.scale))


def _extreme(call: Call) -> Value:
    (value,) = call.values(1)
    return Value(f"{call.name}({_distinct(call)}{value.sql}){call.over}", value.type)


def _spread(call: Call) -> Value:
    (value,) = call.values(1)
    _number(call, value)
    argument = f"CAST({value.sql} AS double precision)"
    return Value(f"{call.name}({_distinct(call)}{argument}){call.over}", DOUBLE)


def _of_booleans(call: Call) -> Value:
    (value,) = call.values(1)
    return Value(f"{call.name}({value.sql}){call.over}", BOOLEAN)


def _any_value(call: Call) -> Value:
    if call.over:
        raise UnsupportedError("ANY_VALUE over a window")
    (value,) = call.values(1)
    return Value(f"any_value({value.sql})", value.type)


def _approximate_count(call: Call) -> Value:
    """Count exactly: within the error that Redshift documents."""
    call.check_count(1)
    if call.over:
        raise UnsupportedError("APPROXIMATE COUNT over a window")
    return Value(f"count(DISTINCT {call.translate(call.arguments[0]).sql})", BIGINT)


def _listagg(call: Call) -> Value:
    if call.over:
        raise UnsupportedError("LISTAGG over a window")
    call.check_count(1, 2)
    value = call.translate(call.arguments[0])
    delimiter = text_literal(call.arguments[1], "a delimiter") if call.arguments[1:] else ""
    text = f"CAST({value.sql} AS text)"
    if call.distinct and call.order and not _orders_by_itself(call):
        raise UnsupportedError("LISTAGG(DISTINCT …) in another order than its own")
    if call.distinct and not value.type.is_text:
        raise UnsupportedError("LISTAGG(DISTINCT …) of anything but strings")
    order = ", ".join(_ordered(call, one, text if call.distinct else None) for one in call.order)
    ordering = f" ORDER BY {order}" if order else ""
    joined = f"string_agg({_distinct(call)}{text}, {string(delimiter)}{ordering})"
    return Value(f"redshift_sql.fitting({joined}, {MAX_VARCHAR})", varchar(MAX_VARCHAR))


def _orders_by_itself(call: Call) -> bool:
    return len(call.order) == 1 and call.order[0].this == call.arguments[0]


def _ordered(call: Call, node: exp.Expression, sql: str | None) -> str:
    direction = "DESC" if node.args.get("desc") else "ASC"
    nulls = "FIRST" if node.args.get("nulls_first") else "LAST"
    return f"{sql or call.translate(node.this).sql} {direction} NULLS {nulls}"


def _median(call: Call) -> Value:
    (value,) = call.values(1)
    return _middle(call, value, "0.5", "")


def _percentile_cont(call: Call) -> Value:
    call.check_count(1)
    value = _single_order(call)
    fraction = call.arguments[0]
    if not isinstance(fraction, exp.Literal) or fraction.is_string:
        raise UnsupportedError("a percentile that is no number")
    direction = " DESC" if call.order[0].args.get("desc") else ""
    return _middle(call, value, str(fraction.this), direction)


def _middle(call: Call, value: Value, fraction: str, direction: str) -> Value:
    if call.over:
        raise UnsupportedError(f"{call.name.upper()} over a window")
    kind = value.type
    found = f"percentile_cont({fraction}) WITHIN GROUP (ORDER BY {{}}{direction})"
    if kind.is_float:
        return Value(found.format(value.sql), DOUBLE)
    if kind.is_integer and fraction == "0.5":
        # The guide's examples show one decimal: 1.0, 2.0.
        middle = found.format(f"CAST({value.sql} AS double precision)")
        return Value(f"CAST({middle} AS numeric(20,1))", decimal(20, 1))
    raise UnsupportedError(
        f"{call.name.upper()} of {kind.kind}",
        "Cast it to DOUBLE PRECISION: its scale is not known.",
    )


def _percentile_disc(call: Call) -> Value:
    if call.over:
        raise UnsupportedError("PERCENTILE_DISC over a window")
    call.check_count(1)
    value = _single_order(call)
    fraction = call.translate(call.arguments[0]).sql
    direction = " DESC" if call.order[0].args.get("desc") else ""
    return Value(
        f"percentile_disc({fraction}) WITHIN GROUP (ORDER BY {value.sql}{direction})", value.type
    )


def _single_order(call: Call) -> Value:
    if len(call.order) != 1:
        raise SyntaxRefusedError(f"{call.name} needs WITHIN GROUP (ORDER BY …) with one expression")
    return call.translate(call.order[0].this)


def _distinct(call: Call) -> str:
    if call.distinct and call.over:
        raise SyntaxRefusedError("DISTINCT is not supported in a window function", "0A000")
    return "DISTINCT " if call.distinct else ""


def _number(call: Call, value: Value) -> SqlType:
    if value.type.is_number:
        return value.type
    raise SyntaxRefusedError(f"function {call.name}({value.type.kind}) does not exist", "42883")


FUNCTIONS: dict[str, Function] = {
    "any_value": _any_value,
    APPROXIMATE_COUNT: _approximate_count,
    "avg": _avg,
    "bool_and": _of_booleans,
    "bool_or": _of_booleans,
    "count": _count,
    "listagg": _listagg,
    "max": _extreme,
    "median": _median,
    "min": _extreme,
    "percentile_cont": _percentile_cont,
    "percentile_disc": _percentile_disc,
    "stddev": _spread,
    "stddev_pop": _spread,
    "stddev_samp": _spread,
    "sum": _sum,
    "var_pop": _spread,
    "var_samp": _spread,
    "variance": _spread,
}
