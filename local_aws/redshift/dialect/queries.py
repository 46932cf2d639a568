"""Translate queries: SELECT, set operations, WITH and subqueries."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.arithmetic import common
from local_aws.redshift.dialect.from_clause import renamed
from local_aws.redshift.dialect.redshift_parser import parse
from local_aws.redshift.dialect.scope import Columns, Query, Scope, Tables
from local_aws.redshift.dialect.selects import translate_select
from local_aws.redshift.dialect.tail_clauses import tail_clauses
from local_aws.redshift.dialect.values import only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import quoted


def statement_scope(tables: Tables) -> Scope:
    """Return the outermost scope of a statement."""
    return Scope(tables, translate_query)


def whole_query(sql: str, tables: Tables) -> Query:
    """Return a query that is a statement, or the end of one."""
    scope = statement_scope(tables)
    query = translate_query(parse(sql), scope)
    scope.facts.check()
    return query


def translate_query(node: exp.Expression, scope: Scope, *, bare: bool = False) -> Query:
    """Return a query in PostgreSQL's SQL.

    Parameters
    ----------
    node : the query.
    scope : what its names mean.
    bare : leave its columns uncast, so that an INSERT casts them to those of its table.

    Raises
    ------
    UnsupportedError : it has a part that is not on the list.
    SyntaxRefusedError : Redshift refuses it.
    """
    prefix = _with(node, scope)
    if isinstance(node, exp.Subquery):
        only(node, "this", "with_", "order", "limit", "offset")
        inner = translate_query(node.this, scope)
        body = Query(f"({inner.sql}){tail_clauses(node, scope, inner.columns)}", inner.columns)
    elif isinstance(node, exp.Select):
        body = translate_select(node, scope, bare=bare)
    elif isinstance(node, exp.SetOperation):
        body = _set_operation(node, scope)
    else:
        raise UnsupportedError(f"{type(node).__name__.upper()} as a query")
    return Query(prefix + body.sql, body.columns)


def _with(node: exp.Expression, scope: Scope) -> str:
    clause = node.args.get("with_")
    if clause is None:
        return ""
    only(clause, "expressions", "recursive")
    recursive = bool(clause.args.get("recursive"))
    parts = [_common_table(table, scope, recursive) for table in clause.expressions]
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "


def _common_table(table: exp.CTE, scope: Scope, recursive: bool) -> str:
    only(table, "this", "alias")
    name = table.alias.lower()
    names = [column.name.lower() for column in table.args["alias"].columns]
    if recursive and isinstance(table.this, exp.Union):
        if not names:
            raise SyntaxRefusedError("a recursive common table needs a column list")
        anchor = translate_query(table.this.this, scope.inner())
        scope.named[name] = renamed(anchor.columns, names, name)
    query = translate_query(table.this, scope.inner())
    scope.named[name] = renamed(query.columns, names, name)
    listed = f" ({', '.join(quoted(column) for column in names)})" if names else ""
    return f"{quoted(name)}{listed} AS ({query.sql})"


_SET_OPERATIONS = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


def _set_operation(node: exp.SetOperation, scope: Scope) -> Query:
    only(node, "this", "expression", "distinct", "with_", "order", "limit", "offset")
    word = _SET_OPERATIONS[type(node)]
    if not node.args.get("distinct"):
        if word != "UNION":
            raise SyntaxRefusedError(f"{word} ALL is not supported", "0A000")
        word = "UNION ALL"
    sides = [translate_query(side, scope.inner()) for side in (node.this, node.expression)]
    columns = _common_columns(*sides)
    left, right = (_as_columns(side, columns) for side in sides)
    return Query(f"{left} {word} {right}{tail_clauses(node, scope, columns)}", columns)


def _common_columns(left: Query, right: Query) -> Columns:
    if len(left.columns) != len(right.columns):
        raise SyntaxRefusedError("each UNION query must have the same number of columns")
    return tuple(
        (name, common([first, second]))
        for (name, first), (_, second) in zip(left.columns, right.columns, strict=True)
    )


def _as_columns(query: Query, columns: Columns) -> str:
    """Return a side of a set operation with decimals of the common type."""
    if all(
        had == wanted or wanted.kind != "decimal"
        for (_, had), (_, wanted) in zip(query.columns, columns, strict=True)
    ):
        return f"({query.sql})"
    names = [quoted(f"c{number}") for number in range(len(columns))]
    casts = ", ".join(
        f"CAST({name} AS {type_.postgres}) AS {quoted(column)}"
        if type_.kind == "decimal"
        else f"{name} AS {quoted(column)}"
        for name, (column, type_) in zip(names, columns, strict=True)
    )
    return f"(SELECT {casts} FROM ({query.sql}) AS side ({', '.join(names)}))"
