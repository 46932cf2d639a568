"""Translate comparisons, IN, LIKE and the like, whose answer is a truth value or NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.athena.dialect import tree, types
from local_aws.athena.dialect.coercion import Typed, text_literal
from local_aws.athena.dialect.functions import conditionals
from local_aws.athena.dialect.operators import comparison, for_comparison
from local_aws.athena.errors import Position, QueryError, not_supported, type_mismatch

if TYPE_CHECKING:
    from local_aws.athena.dialect.expressions import ExpressionTranslator

_FLOATING = (types.DOUBLE, types.REAL)


def compare(node: tree.Comparison, expressions: ExpressionTranslator) -> Typed:
    """Return a comparison; rows are compared item by item."""
    if isinstance(node.left, tree.RowItems) and isinstance(node.right, tree.RowItems):
        if node.operator != "=" or len(node.left.items) != len(node.right.items):
            raise not_supported("Such a comparison of rows", node.position)
        pairs = [
            compare(tree.Comparison(node.position, "=", a, b), expressions).sql
            for a, b in zip(node.left.items, node.right.items, strict=True)
        ]
        return Typed(f"({' AND '.join(pairs)})", types.BOOLEAN)
    left, right = expressions.translate(node.left), expressions.translate(node.right)
    return comparison(node.operator, left, right, node.position)


def between(node: tree.Between, expressions: ExpressionTranslator) -> Typed:
    """Return `x BETWEEN low AND high`."""
    value, low = expressions.translate(node.operand), expressions.translate(node.low)
    above = comparison(">=", value, low, node.position)
    below = comparison("<=", value, expressions.translate(node.high), node.position)
    return Typed(f"({above.sql} AND {below.sql})", types.BOOLEAN)


def in_list(node: tree.InList, expressions: ExpressionTranslator) -> Typed:
    """Return `x IN (a, b)`."""
    if isinstance(node.operand, tree.RowItems):
        equal = [
            compare(tree.Comparison(node.position, "=", node.operand, item), expressions).sql
            for item in node.items
        ]
        return Typed(f"({' OR '.join(equal)})", types.BOOLEAN)
    operand = expressions.translate(node.operand)
    items = [expressions.translate(item) for item in node.items]
    if any(value.kind in _FLOATING for value in (operand, *items)):
        equal = [comparison("=", operand, item, node.position).sql for item in items]
        return Typed(f"({' OR '.join(equal)})", types.BOOLEAN)
    pairs = [for_comparison("=", operand, item, node.position) for item in items]
    kinds = {left.kind.base if left.kind.base == "varchar" else left.kind for left, _ in pairs}
    if len(kinds) == 1:
        operand, items = pairs[0][0], [right for _, right in pairs]
    else:
        values, _ = conditionals.unify([operand, *items], node.position, "IN values")
        operand, items = values[0], values[1:]
    listed = ", ".join(item.sql for item in items)
    return Typed(f"({operand.sql} IN ({listed}))", types.BOOLEAN)


def quantified(node: tree.Quantified, expressions: ExpressionTranslator) -> Typed:
    """Return `x operator ANY|ALL (query)`; `= ANY` is IN."""
    plan = expressions.queries.nested(node.query, expressions.scope)
    if len(plan.columns) != 1 or isinstance(node.left, tree.RowItems):
        raise not_supported("The comparison of rows with a subquery", node.position)
    name = expressions.context.new_name("s")
    left = expressions.translate(node.left)
    right = Typed(f'"{name}"."c0"', plan.columns[0].kind)
    a, b = for_comparison(node.operator, left, right, node.position)
    if a.kind in _FLOATING:
        raise not_supported(
            "The comparison of floating-point numbers with a subquery", node.position
        )
    rows = f'SELECT {b.sql} FROM ({plan.sql}) AS "{name}"'
    sql = f"({a.sql} {node.operator} {node.quantifier} ({rows}))"
    if (node.operator, node.quantifier) == ("=", "ANY"):
        sql = f"({a.sql} IN ({rows}))"
    return Typed(sql, types.BOOLEAN)


def like(node: tree.Like, expressions: ExpressionTranslator) -> Typed:
    """Return `x LIKE pattern [ESCAPE c]`; without ESCAPE no character is special but % and _."""
    operand, pattern = expressions.translate(node.operand), expressions.translate(node.pattern)
    if any(side.kind.base not in {"varchar", "unknown"} for side in (operand, pattern)):
        raise type_mismatch(
            f"Left and right sides of LIKE must be text: {operand.kind}, {pattern.kind}",
            node.position,
        )
    if node.escape is None:
        return Typed(f"({operand.sql} LIKE {pattern.sql})", types.BOOLEAN)
    escape = expressions.translate(node.escape).constant
    if not isinstance(escape, str) or not isinstance(pattern.constant, str):
        raise not_supported("LIKE with ESCAPE on what is not a literal", node.position)
    _check_escapes(pattern.constant, escape, node.position)
    sql = f"({operand.sql} LIKE {pattern.sql} ESCAPE {text_literal(escape)})"
    return Typed(sql, types.BOOLEAN)


def _check_escapes(pattern: str, escape: str, position: Position) -> None:
    if len(escape) != 1:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character", position
        )
    index = 0
    while index < len(pattern):
        if pattern[index] == escape:
            index += 1
            if pattern[index : index + 1] not in {"%", "_", escape}:
                raise QueryError(
                    "INVALID_FUNCTION_ARGUMENT",
                    "Escape character must be followed by '%', '_' or the escape character itself",
                    position,
                )
        index += 1
