"""Translate GROUP BY, ORDER BY, LIMIT and OFFSET."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.functions.windows import order_item
from local_aws.redshift.dialect.scope import Columns, Scope
from local_aws.redshift.dialect.values import Value, number_literal, only
from local_aws.redshift.errors import SyntaxRefusedError
from local_aws.redshift.sql_text import quoted


def group_clause(node: exp.Select, scope: Scope) -> str:
    """Return GROUP BY, with a blank before it; empty where there is none."""
    group = node.args.get("group")
    if group is None:
        return ""
    only(group, "expressions")
    return " GROUP BY " + ", ".join(_grouping(item, scope) for item in group.expressions)


def _grouping(item: exp.Expression, scope: Scope) -> str:
    for kind, word in (
        (exp.Rollup, "ROLLUP"),
        (exp.Cube, "CUBE"),
        (exp.GroupingSets, "GROUPING SETS"),
    ):
        if isinstance(item, kind):
            return f"{word} ({', '.join(_grouping(inner, scope) for inner in item.expressions)})"
    if isinstance(item, exp.Tuple):
        return f"({', '.join(_grouping(inner, scope) for inner in item.expressions)})"
    if isinstance(item, exp.Literal):
        return str(number_literal(item, "a column's number"))
    value = scope.translate(item)
    if "(SELECT " in value.sql:
        raise SyntaxRefusedError("GROUP BY of a subquery's result is not supported", "0A000")
    return value.sql


def tail_clauses(node: exp.Expression, scope: Scope, columns: Columns) -> str:
    """Return ORDER BY, LIMIT and OFFSET of a query with these output columns."""
    text = ""
    order = node.args.get("order")
    if order is not None:
        only(order, "expressions")
        items = [_order_item(item, scope, columns) for item in order.expressions]
        text += " ORDER BY " + ", ".join(items)
    for part, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
        clause = node.args.get(part)
        if clause is not None:
            only(clause, "expression")
            text += f" {word} {_count(clause.expression, scope)}"
    return text


def _count(node: exp.Expression, scope: Scope) -> str:
    if isinstance(node, exp.Placeholder):
        return f"CAST({scope.translate(node).sql} AS bigint)"
    return str(number_literal(node, "LIMIT or OFFSET"))


def _order_item(item: exp.Expression, scope: Scope, columns: Columns) -> str:
    names = {name for name, _ in columns}

    def translate(node: exp.Expression) -> Value:
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in names:
            return Value(quoted(node.name.lower()), columns[0][1])
        return scope.translate(node)

    if isinstance(item.this, exp.Literal) and not item.this.is_string:
        direction = "DESC" if item.args.get("desc") else "ASC"
        nulls = "FIRST" if item.args.get("nulls_first") else "LAST"
        return f"{number_literal(item.this, 'a column')} {direction} NULLS {nulls}"
    return order_item(item, translate)
