"""BETWEEN, IN, IS, LIKE and its kind, EXISTS and scalar subqueries."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.expressions.context import Context, Rule
from local_aws.redshift.dialect.types import BOOLEAN
from local_aws.redshift.dialect.values import Value, only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_PATTERNS = {exp.RegexpLike: "~", exp.RegexpILike: "~*"}


def _between(node: exp.Between, context: Context) -> Value:
    only(node, "this", "low", "high")
    value, low, high = (context.translate(node.args[name]) for name in ("this", "low", "high"))
    return Value(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", BOOLEAN)


def _in(node: exp.In, context: Context) -> Value:
    only(node, "this", "expressions", "query")
    left = _row_or_value(node.this, context)
    query = node.args.get("query")
    if query is None:
        items = ", ".join(_row_or_value(item, context) for item in node.expressions)
        return Value(f"({left} IN ({items}))", BOOLEAN)
    inner = query.this if isinstance(query, exp.Subquery) else query
    sql, _ = context.names.subquery(inner, is_in=True)
    return Value(f"({left} IN ({sql}))", BOOLEAN)


def _row_or_value(node: exp.Expression, context: Context) -> str:
    if isinstance(node, exp.Tuple):
        return "(" + ", ".join(context.translate(item).sql for item in node.expressions) + ")"
    return context.translate(node).sql


def _is(node: exp.Is, context: Context) -> Value:
    only(node, "this", "expression")
    if not isinstance(node.expression, exp.Null | exp.Boolean):
        raise UnsupportedError(f"IS {node.expression.sql('redshift')}")
    tested, what = context.translate(node.this), context.translate(node.expression)
    return Value(f"({tested.sql} IS {what.sql})", BOOLEAN)


def _like(node: exp.Binary, context: Context) -> Value:
    return _like_with(node, context, "")


def _escape(node: exp.Escape, context: Context) -> Value:
    only(node, "this", "expression")
    if not isinstance(node.this, exp.Like | exp.ILike):
        raise UnsupportedError("ESCAPE of anything but LIKE")
    return _like_with(node.this, context, f" ESCAPE {context.translate(node.expression).sql}")


def _like_with(node: exp.Binary, context: Context, escape: str) -> Value:
    only(node, "this", "expression", "negate")
    if isinstance(node.expression, exp.Any | exp.All):
        raise UnsupportedError("LIKE ANY")
    left, right = context.translate(node.this).sql, context.translate(node.expression).sql
    if isinstance(node, exp.ILike):
        # Redshift's ILIKE ignores the case of single-byte characters only.
        left, right = (f'lower({side} COLLATE "C")' for side in (left, right))
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return Value(f"({left} {word} {right}{escape})", BOOLEAN)


def _similar(node: exp.SimilarTo, context: Context) -> Value:
    only(node, "this", "expression")
    value, pattern = context.translate(node.this), context.translate(node.expression)
    return Value(f"({value.sql} SIMILAR TO {pattern.sql})", BOOLEAN)


def _pattern(node: exp.Binary, context: Context) -> Value:
    only(node, "this", "expression")
    value, pattern = context.translate(node.this), context.translate(node.expression)
    return Value(f"({value.sql} {_PATTERNS[type(node)]} {pattern.sql})", BOOLEAN)


def _exists(node: exp.Exists, context: Context) -> Value:
    only(node, "this")
    query = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    sql, _ = context.names.subquery(query)
    return Value(f"EXISTS ({sql})", BOOLEAN)


def _scalar_subquery(node: exp.Subquery, context: Context) -> Value:
    only(node, "this")
    sql, types = context.names.subquery(node.this)
    if len(types) != 1:
        raise SyntaxRefusedError("subquery must return only one column")
    return Value(f"({sql})", types[0])


RULES: dict[type[exp.Expression], Rule] = {
    **dict.fromkeys(_PATTERNS, _pattern),
    exp.Between: _between,
    exp.Escape: _escape,
    exp.Exists: _exists,
    exp.ILike: _like,
    exp.In: _in,
    exp.Is: _is,
    exp.Like: _like,
    exp.SimilarTo: _similar,
    exp.Subquery: _scalar_subquery,
}
