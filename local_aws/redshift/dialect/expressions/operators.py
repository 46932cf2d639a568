"""Arithmetic, comparisons, logic and concatenation."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.arithmetic import of_arithmetic
from local_aws.redshift.dialect.expressions.context import Context, Rule
from local_aws.redshift.dialect.types import (
    BOOLEAN,
    DATE,
    INTEGER,
    INTERVAL,
    TIMESTAMP,
    SqlType,
    varchar,
)
from local_aws.redshift.dialect.values import Value, all_constant, only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_COMPARISONS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def _arithmetic(node: exp.Binary, context: Context) -> Value:
    only(node, "this", "expression", "typed", "safe")
    operator = _ARITHMETIC[type(node)]
    left, right = context.translate(node.this), context.translate(node.expression)
    if left.type.is_number and right.type.is_number:
        result = of_arithmetic(operator, left.type, right.type)
        if operator == "/" and result.kind == "decimal":
            return _quotient(left, right, result)
    else:
        moment = _of_moments(operator, left.type, right.type)
        result = moment or _of_unknown(left.type, right.type)
    return Value(f"({left.sql} {operator} {right.sql})", result, all_constant(left, right))


def _quotient(left: Value, right: Value, result: SqlType) -> Value:
    if left.constant and right.constant:
        raise UnsupportedError(
            "a division of decimal constants",
            "How many digits it has depends on which node of Redshift calculates it.",
        )
    # Truncated, as AVG is: the guide's AVG(pricepaid) is 655.06 where the mean is 655.0662.
    return Value(f"redshift_sql.quotient({left.sql}, {right.sql}, {result.scale})", result)


def _of_moments(operator: str, left: SqlType, right: SqlType) -> SqlType | None:
    """Return the type of a calculation with dates; None if it is none."""
    if left.kind == "date" and right.is_integer and operator in ("+", "-"):
        return DATE
    if left.kind == right.kind == "date" and operator == "-":
        return INTEGER
    if right.kind == "interval" and operator in ("+", "-") and left.is_moment:
        return TIMESTAMP if left.kind == "date" else left
    if operator == "*" and {left.kind, right.kind} & {"interval"}:
        other = right if left.kind == "interval" else left
        return INTERVAL if other.is_number else None
    if left.is_moment or right.is_moment or "interval" in (left.kind, right.kind):
        raise UnsupportedError(
            f"{left.kind} {operator} {right.kind}", "Use DATEDIFF or DATEADD, or cast a string."
        )
    return None


def _of_unknown(left: SqlType, right: SqlType) -> SqlType:
    """Return the type of a calculation with a bare string or parameter, where it is sure."""
    if left.kind == "unknown" and (right.is_integer or right.is_float):
        return right
    if right.kind == "unknown" and (left.is_integer or left.is_float):
        return left
    if "unknown" in (left.kind, right.kind):
        raise UnsupportedError(
            "arithmetic with a parameter or string", "Cast it to the type that it has."
        )
    raise SyntaxRefusedError(f"operator does not exist: {left.kind} and {right.kind}", "42883")


def _negative(node: exp.Neg, context: Context) -> Value:
    only(node, "this")
    value = context.translate(node.this)
    return Value(f"(- {value.sql})", value.type, value.constant)


def _logical(node: exp.Connector, context: Context) -> Value:
    # A long chain of ANDs is a deep tree: go down its left side without recursion.
    operator, parts = type(node), []
    left: exp.Expression = node
    while isinstance(left, operator):
        only(left, "this", "expression")
        parts.append(context.translate(left.expression).sql)
        left = left.this
    parts.append(context.translate(left).sql)
    joined = f" {operator.__name__.upper()} ".join(reversed(parts))
    return Value(f"({joined})", BOOLEAN)


def _not(node: exp.Not, context: Context) -> Value:
    only(node, "this")
    return Value(f"(NOT {context.translate(node.this).sql})", BOOLEAN)


def _comparison(node: exp.Binary, context: Context) -> Value:
    only(node, "this", "expression")
    operator = _COMPARISONS[type(node)]
    if isinstance(node.expression, exp.Any | exp.All):
        return _quantified(node, operator, context)
    left, right = context.translate(node.this), context.translate(node.expression)
    _refuse_trailing_blanks(left, node.expression)
    _refuse_trailing_blanks(right, node.this)
    return Value(f"({left.sql} {operator} {right.sql})", BOOLEAN, all_constant(left, right))


def _quantified(node: exp.Binary, operator: str, context: Context) -> Value:
    query = node.expression.this
    if isinstance(query, exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Query):
        raise UnsupportedError("ANY or ALL of anything but a subquery")
    sql, _ = context.names.subquery(query)
    word = "ANY" if isinstance(node.expression, exp.Any) else "ALL"
    return Value(f"({context.translate(node.this).sql} {operator} {word} ({sql}))", BOOLEAN)


def _refuse_trailing_blanks(value: Value, literal: exp.Expression) -> None:
    is_string = isinstance(literal, exp.Literal) and literal.is_string
    if is_string and value.type.is_text and str(literal.this).endswith(" "):
        raise UnsupportedError(
            "a comparison with a string that ends in a blank",
            "Redshift ignores trailing blanks in comparisons: leave them out.",
        )


def _concatenation(node: exp.DPipe, context: Context) -> Value:
    only(node, "this", "expression", "safe")
    left, right = context.translate(node.this), context.translate(node.expression)
    if not (left.type.is_text and right.type.is_text):
        raise UnsupportedError(
            f"|| of {left.type.kind} and {right.type.kind}", "Cast both sides to VARCHAR."
        )
    lengths = left.type.length, right.type.length
    known = None if None in lengths else sum(length or 0 for length in lengths)
    return Value(f"({left.sql} || {right.sql})", varchar(known), all_constant(left, right))


def _parenthesis(node: exp.Paren, context: Context) -> Value:
    only(node, "this")
    return context.translate(node.this)


RULES: dict[type[exp.Expression], Rule] = {
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **dict.fromkeys(_COMPARISONS, _comparison),
    exp.And: _logical,
    exp.DPipe: _concatenation,
    exp.Neg: _negative,
    exp.Not: _not,
    exp.Or: _logical,
    exp.Paren: _parenthesis,
}
