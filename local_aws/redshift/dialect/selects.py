"""Translate SELECT: its list, its conditions, DISTINCT and QUALIFY."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.from_clause import from_clause
from local_aws.redshift.dialect.scope import Columns, Query, Scope
from local_aws.redshift.dialect.tail_clauses import group_clause, tail_clauses
from local_aws.redshift.dialect.types import SqlType
from local_aws.redshift.dialect.values import Value, only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import quoted

_SELECT_PARTS = (
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "order",
    "limit", "offset", "with_",
)  # fmt: skip


def translate_select(node: exp.Select, scope: Scope, *, bare: bool) -> Query:
    """Return a SELECT without its WITH; `bare` leaves its columns uncast."""
    only(node, *_SELECT_PARTS)
    scope.sources, scope.aliases, scope.using = {}, {}, []
    tables = from_clause(node, scope)
    where = _condition(node, scope, "where", "WHERE")
    having = _condition(node, scope, "having", "HAVING")
    items, columns = _projections(node, scope, bare=bare)
    distinct = _distinct(node)
    group = group_clause(node, scope)
    if node.args.get("qualify") is not None:
        body = _qualified(node, scope, items, columns, f"{tables}{where}{group}{having}")
        return Query(f"{distinct}{body}{tail_clauses(node, scope, columns)}", columns)
    listed = ", ".join(items)
    tail = tail_clauses(node, scope, columns)
    return Query(f"{distinct}{listed}{tables}{where}{group}{having}{tail}", columns)


def _distinct(node: exp.Select) -> str:
    distinct = node.args.get("distinct")
    if distinct is None:
        return "SELECT "
    if distinct.args.get("on") is not None:
        raise SyntaxRefusedError("SELECT DISTINCT ON is not supported", "0A000")
    return "SELECT DISTINCT "


def _condition(node: exp.Expression, scope: Scope, part: str, word: str) -> str:
    clause = node.args.get(part)
    return "" if clause is None else f" {word} {scope.translate(clause.this).sql}"


def _qualified(
    node: exp.Select, scope: Scope, items: list[str], columns: Columns, body: str
) -> str:
    """Return a SELECT with QUALIFY, which PostgreSQL lacks, as a filter around it."""
    if node.args.get("order") is not None:
        _refuse_hidden_order(node, columns)
    condition = scope.translate(node.args["qualify"].this).sql
    names = [quoted(f"c{number}") for number in range(len(columns))]
    shown = ", ".join(
        f"{name} AS {quoted(column)}" for name, (column, _) in zip(names, columns, strict=True)
    )
    if any(item.endswith("*") for item in items):
        raise UnsupportedError("QUALIFY with *", "Name the columns.")
    listed = ", ".join(
        f"{_without_alias(item)} AS {name}" for item, name in zip(items, names, strict=True)
    )
    return (
        f"{shown} FROM (SELECT {listed}, {condition} AS qualifies{body}) AS qualified"
        " WHERE qualifies"
    )


def _without_alias(item: str) -> str:
    return item.rpartition(" AS ")[0]


def _refuse_hidden_order(node: exp.Select, columns: Columns) -> None:
    names = {name for name, _ in columns}
    for item in node.args["order"].expressions:
        number = isinstance(item.this, exp.Literal)
        if not number and not (isinstance(item.this, exp.Column) and item.this.name in names):
            raise UnsupportedError("QUALIFY with ORDER BY of anything but an output column")


def _projections(node: exp.Select, scope: Scope, *, bare: bool) -> tuple[list[str], Columns]:
    items: list[str] = []
    columns: list[tuple[str, SqlType]] = []
    for item in node.expressions:
        if isinstance(item, exp.Star) or isinstance(item.this, exp.Star):
            text, starred = _star(item, scope)
            items.append(text)
            columns += starred
            continue
        alias = item.alias.lower() if isinstance(item, exp.Alias) else ""
        value = scope.translate(item.this if alias else item)
        name = alias or _default_name(item)
        items.append(f"{value.sql if bare else _typed(value)} AS {quoted(name)}")
        columns.append((name, value.type))
        if alias:
            scope.aliases.setdefault(alias, value)
    return items, tuple(columns)


def _typed(value: Value) -> str:
    """Return an output column with its type's digits or length, which PostgreSQL does not infer."""
    kind = value.type
    if value.column:
        return value.sql
    if kind.kind == "unknown" or (kind.kind == "varchar" and kind.length is None):
        return f"CAST({value.sql} AS varchar)"
    if kind.kind in ("decimal", "varchar"):
        return f"CAST({value.sql} AS {kind.postgres})"
    return value.sql


_NAMES = {"dateadd": "date_add", "datediff": "date_diff", "nvl": "coalesce", "len": "len"}


def _default_name(item: exp.Expression) -> str:
    """Return the name of a column without an alias: the column's, the function's, the type's."""
    while isinstance(item, exp.Paren | exp.Window | exp.WithinGroup | exp.IgnoreNulls):
        item = item.this
    if isinstance(item, exp.Column):
        return str(item.name).lower()
    if isinstance(item, exp.Anonymous):
        name = str(item.this).lower()
        return _NAMES.get(name, name)
    if isinstance(item, exp.Cast) and isinstance(item.this, exp.Column):
        return str(item.this.name).lower()
    if isinstance(item, exp.Case):
        return "case"
    return "?column?"


def _star(item: exp.Expression, scope: Scope) -> tuple[str, list[tuple[str, SqlType]]]:
    star = item if isinstance(item, exp.Star) else item.this
    only(star)
    if isinstance(item, exp.Column):
        wanted = ".".join(part.name.lower() for part in item.parts[:-1])
        for alias, columns in scope.sources.items():
            if wanted in (alias, alias.rpartition(".")[2]):
                return ".".join(quoted(part) for part in wanted.split(".")) + ".*", list(columns)
        raise SyntaxRefusedError(f'missing FROM-clause entry for table "{wanted}"', "42P01")
    if not scope.sources:
        raise SyntaxRefusedError("SELECT * with no tables specified is not valid")
    return "*", _merged(scope)


def _merged(scope: Scope) -> list[tuple[str, SqlType]]:
    merged = [(name, scope.column((name,)).type) for name in scope.using]
    every = [column for columns in scope.sources.values() for column in columns]
    return merged + [column for column in every if column[0] not in scope.using]
