"""Decimal arithmetic by Trino's rules, compared with exact arithmetic on random numbers.

Rules: functions/decimal.md of Trino's documentation; rounding is half away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from tests.local_aws.athena.dialect.conftest import Ask

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True)
class Number:
    """A decimal with its type."""

    unscaled: int
    precision: int
    scale: int

    @property
    def value(self) -> Decimal:
        return Decimal(self.unscaled).scaleb(-self.scale)

    @property
    def sql(self) -> str:
        return f"cast('{self.value:f}' as decimal({self.precision},{self.scale}))"


@some.composite
def numbers(draw: some.DrawFn) -> Number:
    scale = draw(some.integers(0, 6))
    precision = draw(some.integers(max(scale, 1), 12))
    limit = 10**precision - 1
    extreme = some.sampled_from([limit, -limit, 1, 0])
    return Number(draw(some.integers(-limit, limit) | extreme), precision, scale)


def rounded(value: Decimal, scale: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)


@SETTINGS
@given(a=numbers(), b=numbers())
def test_sums_differences_and_products_are_exact(ask: Ask, a: Number, b: Number) -> None:
    answer = ask(f"SELECT {a.sql} + {b.sql}, {a.sql} - {b.sql}, {a.sql} * {b.sql}")
    with localcontext(prec=80):
        found = [Decimal(text) for text in answer.rows[0] if text]
        assert found == [a.value + b.value, a.value - b.value, a.value * b.value]
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    added = f"decimal({1 + whole + scale}, {scale})"
    product = f"decimal({a.precision + b.precision}, {a.scale + b.scale})"
    assert answer.types == [added, added, product]


@SETTINGS
@given(a=numbers(), b=numbers())
def test_quotients_are_rounded_half_away_from_zero(ask: Ask, a: Number, b: Number) -> None:
    assume(b.unscaled != 0)
    answer = ask(f"SELECT {a.sql} / {b.sql}, {a.sql} % {b.sql}")
    scale = max(a.scale, b.scale)
    with localcontext(prec=80):
        quotient = rounded(a.value / b.value, scale)
        whole = (a.value / b.value).quantize(Decimal(1), ROUND_DOWN)
        remainder = a.value - whole * b.value
        assert [Decimal(text) for text in answer.rows[0] if text] == [quotient, remainder]
    precision = a.precision + b.scale + max(b.scale - a.scale, 0)
    assert answer.types[0] == f"decimal({precision}, {scale})"


@SETTINGS
@given(a=numbers(), scale=some.integers(0, 6))
def test_casts_to_fewer_digits_are_rounded_half_away_from_zero(
    ask: Ask, a: Number, scale: int
) -> None:
    answer = ask(
        f"SELECT cast({a.sql} as decimal(30,{scale})), cast('{a.value:f}' as decimal(30,{scale})), "
        f"cast(round({a.sql}) as decimal(30,0)), cast({a.sql} as bigint)"
    )
    with localcontext(prec=80):
        whole = rounded(a.value, 0)
        expected = [rounded(a.value, scale)] * 2 + [whole, whole]
        assert [Decimal(text) for text in answer.rows[0] if text] == expected


@SETTINGS
@given(values=some.lists(some.integers(-(10**9), 10**9), min_size=1, max_size=8))
def test_means_have_their_column_s_type_and_are_rounded(ask: Ask, values: list[int]) -> None:
    rows = [Number(value, 10, 3) for value in values]
    listed = ", ".join(row.sql for row in rows)
    answer = ask(f"SELECT avg(x), sum(x) FROM (VALUES {listed}) t(x)")
    with localcontext(prec=80):
        total = sum((row.value for row in rows), Decimal(0))
        mean = rounded(total / len(rows), 3)
        assert [Decimal(text) for text in answer.rows[0] if text] == [mean, total]
    assert answer.types == ["decimal(10, 3)", "decimal(38, 3)"]
