"""Mathematical functions."""

from __future__ import annotations

from local_aws.redshift.dialect.arithmetic import of_arithmetic
from local_aws.redshift.dialect.functions.dates import date_of_timestamp
from local_aws.redshift.dialect.types import (
    BIGINT,
    DOUBLE,
    MAX_PRECISION,
    VARCHAR,
    SqlType,
    decimal,
)
from local_aws.redshift.dialect.values import Call, Function, Value, all_constant, number_literal
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError


def _absolute(call: Call) -> Value:
    (value,) = call.values(1)
    return Value(f"abs({value.sql})", _number(value), value.constant)


def _sign(call: Call) -> Value:
    (value,) = call.values(1)
    return Value(f"sign({value.sql})", _number(value), value.constant)


def _to_whole(call: Call) -> Value:
    """CEIL and FLOOR: of a decimal a decimal without fraction, of a float a float."""
    (value,) = call.values(1)
    kind = _number(value)
    name = "floor" if call.name == "floor" else "ceil"
    if kind.is_integer:
        return value
    result = decimal(kind.precision, 0) if kind.kind == "decimal" else DOUBLE
    return Value(f"{name}({value.sql})", result, value.constant)


def _round(call: Call) -> Value:
    return _cut(call, "round")


def _trunc(call: Call) -> Value:
    if len(call.arguments) == 1:
        value = call.translate(call.arguments[0])
        if value.type.is_moment:
            return date_of_timestamp(value)
    return _cut(call, "trunc")


def _cut(call: Call, name: str) -> Value:
    call.check_count(1, 2)
    value = call.translate(call.arguments[0])
    kind = _number(value)
    digits = number_literal(call.arguments[1], f"{name}'s digits") if call.arguments[1:] else 0
    if kind.is_float:
        if digits:
            raise UnsupportedError(f"{name.upper()} of a float to digits", "Cast it to DECIMAL.")
        return Value(f"{name}({value.sql})", DOUBLE, value.constant)
    if kind.is_integer:
        cut = f"{name}(CAST({value.sql} AS numeric), {min(digits, 0)})"
        return Value(f"CAST({cut} AS {kind.postgres})", kind, value.constant)
    scale = max(min(digits, kind.scale), 0)
    # Rounding up may need one digit more: 9.99 becomes 10.0.
    precision = min(kind.precision - kind.scale + scale + 1, MAX_PRECISION)
    return Value(
        f"{name}({value.sql}, {min(digits, kind.scale)})", decimal(precision, scale), value.constant
    )


def _mod(call: Call) -> Value:
    left, right = call.values(2)
    result = of_arithmetic("%", _number(left), _number(right))
    if result.is_float:
        raise UnsupportedError("MOD of floats")
    return Value(f"mod({left.sql}, {right.sql})", result, all_constant(left, right))


def _of_float(name: str, count: int = 1) -> Function:
    def translate(call: Call) -> Value:
        values = call.values(count)
        arguments = ", ".join(f"CAST({value.sql} AS double precision)" for value in values)
        return Value(f"{name}({arguments})", DOUBLE, all_constant(*values))

    return translate


def _to_hex(call: Call) -> Value:
    (value,) = call.values(1)
    return Value(f"to_hex({value.sql})", VARCHAR, value.constant)


def _strtol(call: Call) -> Value:
    text, base = call.values(2)
    return Value(f"redshift_sql.strtol({text.sql}, {base.sql})", BIGINT, all_constant(text, base))


def _number(value: Value) -> SqlType:
    if value.type.is_number:
        return value.type
    if value.type.kind == "unknown":
        raise UnsupportedError("a function of a parameter or string", "Cast it to a number.")
    raise SyntaxRefusedError(f"function of {value.type.kind} does not exist", "42883")


FUNCTIONS: dict[str, Function] = {
    "abs": _absolute,
    "cbrt": _of_float("cbrt"),
    "ceil": _to_whole,
    "ceiling": _to_whole,
    "cos": _of_float("cos"),
    "dexp": _of_float("exp"),
    "dlog1": _of_float("ln"),
    "dlog10": _of_float("log"),
    "exp": _of_float("exp"),
    "floor": _to_whole,
    "ln": _of_float("ln"),
    "log": _of_float("log"),
    "mod": _mod,
    "pi": _of_float("pi", 0),
    "pow": _of_float("power", 2),
    "power": _of_float("power", 2),
    "random": _of_float("random", 0),
    "round": _round,
    "sign": _sign,
    "sin": _of_float("sin"),
    "sqrt": _of_float("sqrt"),
    "strtol": _strtol,
    "tan": _of_float("tan"),
    "to_hex": _to_hex,
    "trunc": _trunc,
}
