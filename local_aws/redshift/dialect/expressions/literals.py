"""Literals, parameters, columns and what stands for them."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.expressions.context import Context, Rule
from local_aws.redshift.dialect.redshift_parser import PARAMETER
from local_aws.redshift.dialect.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    INTEGER,
    INTERVAL,
    UNKNOWN,
    VARCHAR,
    decimal,
)
from local_aws.redshift.dialect.values import Value, only, string
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_INT_MAX, _BIGINT_MAX = 2**31 - 1, 2**63 - 1
# Intervals of months and years behave as calendars do; DATEADD says which way.
_INTERVAL_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK")


def _literal(node: exp.Literal, context: Context) -> Value:
    del context
    text = str(node.this)
    if node.is_string:
        return Value(string(text), UNKNOWN, constant=True)
    if text.isdigit():
        return _whole_number(text)
    if not text.replace(".", "", 1).isdigit():
        raise UnsupportedError(f"the number {text}", "Write it without an exponent.")
    whole, _, fraction = text.partition(".")
    digits = len(whole.lstrip("0")) + len(fraction)
    return Value(text, decimal(max(digits, 1), len(fraction)), constant=True)


def _whole_number(text: str) -> Value:
    number = int(text)
    if number <= _INT_MAX:
        return Value(text, INTEGER, constant=True)
    if number <= _BIGINT_MAX:
        return Value(text, BIGINT, constant=True)
    return Value(text, decimal(len(text), 0), constant=True)


def _boolean(node: exp.Boolean, context: Context) -> Value:
    del context
    return Value(str(node.this).upper(), BOOLEAN, constant=True)


def _null(node: exp.Null, context: Context) -> Value:
    del node, context
    return Value("NULL", UNKNOWN, constant=True)


def _parameter(node: exp.Placeholder, context: Context) -> Value:
    del context
    number = str(node.this or "").removeprefix(PARAMETER)
    if not number.isdigit():
        raise SyntaxRefusedError(f'syntax error at or near ":{number}"')
    return Value(f"${number}", UNKNOWN, constant=True)


def _interval(node: exp.Interval, context: Context) -> Value:
    del context
    only(node, "this", "unit")
    unit = node.args.get("unit")
    text = f"{node.this.name} {unit.name if unit is not None else ''}".strip()
    words = text.upper().split()
    pairs = zip(words[::2], words[1::2], strict=False)
    if len(words) % 2 or not all(
        number.lstrip("+-").isdigit() and name.rstrip("S") in _INTERVAL_UNITS
        for number, name in pairs
    ):
        raise UnsupportedError(f"INTERVAL '{text}'", "Use DATEADD.")
    return Value(f"INTERVAL {string(text)}", INTERVAL, constant=True)


def _column(node: exp.Column, context: Context) -> Value:
    only(node, "this", "table", "db", "catalog")
    if isinstance(node.this, exp.Star):
        raise SyntaxRefusedError('syntax error at or near "*"')
    return context.names.column(tuple(part.name.lower() for part in node.parts))


def _alias(node: exp.Alias, context: Context) -> Value:
    del context
    raise SyntaxRefusedError(f'syntax error at or near "{node.alias}"')


def _today(node: exp.CurrentDate, context: Context) -> Value:
    del context
    only(node)
    return Value("redshift_sql.today()", DATE, constant=True)


def _current_user(node: exp.CurrentUser, context: Context) -> Value:
    del node, context
    return Value("CAST(current_user AS varchar)", VARCHAR)


def _session_user(node: exp.SessionUser, context: Context) -> Value:
    del node, context
    return Value("CAST(session_user AS varchar)", VARCHAR)


RULES: dict[type[exp.Expression], Rule] = {
    exp.Alias: _alias,
    exp.Boolean: _boolean,
    exp.Column: _column,
    exp.CurrentDate: _today,
    exp.CurrentUser: _current_user,
    exp.Interval: _interval,
    exp.Literal: _literal,
    exp.Null: _null,
    exp.Placeholder: _parameter,
    exp.SessionUser: _session_user,
}
