"""Conditional functions: COALESCE, DECODE, NULLIF and their like."""

from __future__ import annotations

from local_aws.redshift.dialect.arithmetic import common
from local_aws.redshift.dialect.values import (
    Call,
    Function,
    Value,
    all_constant,
    converted,
    of_one_type,
)
from local_aws.redshift.errors import SyntaxRefusedError

_MANY = 1000


def _first_known(call: Call) -> Value:
    values = call.values(1, _MANY)
    texts, result = of_one_type(values)
    return Value(f"coalesce({', '.join(texts)})", result, all_constant(*values))


def _extreme(call: Call) -> Value:
    values = call.values(1, _MANY)
    texts, result = of_one_type(values)
    return Value(f"{call.name}({', '.join(texts)})", result, all_constant(*values))


def _null_if(call: Call) -> Value:
    value, other = call.values(2)
    common([value.type, other.type])
    return Value(f"nullif({value.sql}, {other.sql})", value.type, all_constant(value, other))


def _nvl2(call: Call) -> Value:
    tested, when_known, when_null = call.values(3)
    (known, null), result = of_one_type([when_known, when_null])
    return Value(
        f"(CASE WHEN {tested.sql} IS NOT NULL THEN {known} ELSE {null} END)",
        result,
        all_constant(tested, when_known, when_null),
    )


def _decode(call: Call) -> Value:
    values = call.values(3, _MANY)
    subject, rest = values[0], values[1:]
    default = [rest[-1]] if len(rest) % 2 else []
    searches, results = rest[: len(rest) - len(default) : 2], rest[1::2]
    if len(searches) != len(results):
        raise SyntaxRefusedError("DECODE needs pairs of values")
    result = common([value.type for value in (*results, *default)])
    # Unlike CASE, DECODE takes two NULLs as equal.
    whens = " ".join(
        f"WHEN {subject.sql} IS NOT DISTINCT FROM {search.sql} THEN {converted(value, result)}"
        for search, value in zip(searches, results, strict=True)
    )
    otherwise = converted(default[0], result) if default else "NULL"
    return Value(f"(CASE {whens} ELSE {otherwise} END)", result, all_constant(*values))


FUNCTIONS: dict[str, Function] = {
    "coalesce": _first_known,
    "decode": _decode,
    "greatest": _extreme,
    "least": _extreme,
    "nullif": _null_if,
    "nvl": _first_known,
    "nvl2": _nvl2,
}
