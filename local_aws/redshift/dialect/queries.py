"""Translate queries: SELECT with all its clauses, set operations, WITH and subqueries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from local_aws.redshift.dialect.expressions import translate_expression
from local_aws.redshift.dialect.functions.windows import order_item
from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.types import TIMESTAMP, SqlType, common
from local_aws.redshift.dialect.values import Value, number_literal, only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import quoted

Columns = tuple[tuple[str, SqlType], ...]


class Tables(Protocol):
    """Tells the columns of the tables that a statement names."""

    def columns_of(self, parts: tuple[str, ...]) -> Columns | None:
        """Return the columns of a table or view, or None when there is none of that name."""

    def is_view(self, parts: tuple[str, ...]) -> bool:
        """Return whether it is a view."""


@dataclass(frozen=True)
class Query:
    """A query in PostgreSQL's SQL, with the names and types of its columns."""

    sql: str
    columns: Columns


@dataclass
class Scope:
    """What names mean at one place.

    Attributes
    ----------
    tables : the tables that exist.
    named : common table expressions.
    sources : what FROM has, by alias.
    aliases : columns of the SELECT list so far, which later ones may use.
    outer : the scope around a subquery.
    using : columns of JOIN … USING, which `*` has once and first.
    """

    tables: Tables
    named: dict[str, Columns] = field(default_factory=dict)
    sources: dict[str, Columns] = field(default_factory=dict)
    aliases: dict[str, Value] = field(default_factory=dict)
    outer: Scope | None = None
    using: list[str] = field(default_factory=list)

    def inner(self) -> Scope:
        """Return the scope of a subquery."""
        return Scope(self.tables, dict(self.named), outer=self)

    def column(self, parts: tuple[str, ...]) -> Value:
        """Return a column by its dotted name.

        Raises
        ------
        SyntaxRefusedError : there is none.
        """
        found = self._find(parts)
        if found is None and len(parts) == 1:
            if parts[0] in self.aliases:
                return self.aliases[parts[0]]
            if parts[0] == "sysdate":
                return Value("redshift_sql.sysdate()", TIMESTAMP)
        if found is None:
            raise SyntaxRefusedError(f'column "{".".join(parts)}" does not exist', "42703")
        return found

    def _find(self, parts: tuple[str, ...]) -> Value | None:
        *table, name = parts
        wanted = ".".join(table)
        for alias, columns in self.sources.items():
            if table and wanted not in (alias, alias.rpartition(".")[2]):
                continue
            for column, type_ in columns:
                if column == name:
                    sql = ".".join(quoted(part) for part in (*table, name))
                    return Value(sql, type_, column=True)
        return self.outer._find(parts) if self.outer is not None else None

    def subquery(self, query: exp.Expression) -> tuple[str, list[SqlType]]:
        """Return a translated subquery and the types of its columns."""
        translated = translate_query(query, self.inner())
        return translated.sql, [type_ for _, type_ in translated.columns]

    def translate(self, node: exp.Expression) -> Value:
        """Return a translated expression."""
        return translate_expression(node, self)


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
        body = Query(f"({inner.sql}){_tail(node, scope, inner.columns)}", inner.columns)
    elif isinstance(node, exp.Select):
        body = _select(node, scope, bare)
    elif isinstance(node, exp.SetOperation):
        body = _set_operation(node, scope)
    else:
        raise UnsupportedError(f"{type(node).__name__.upper()} as a query")
    return Query(prefix + body.sql, body.columns)


# WITH


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
        scope.named[name] = _renamed(anchor.columns, names, name)
    query = translate_query(table.this, scope.inner())
    scope.named[name] = _renamed(query.columns, names, name)
    listed = f" ({', '.join(quoted(column) for column in names)})" if names else ""
    return f"{quoted(name)}{listed} AS ({query.sql})"


def _renamed(columns: Columns, names: list[str], table: str) -> Columns:
    if not names:
        return columns
    if len(names) != len(columns):
        raise SyntaxRefusedError(
            f'table "{table}" has {len(columns)} columns but {len(names)} are named', "42P10"
        )
    return tuple((name, type_) for name, (_, type_) in zip(names, columns, strict=True))


# Set operations

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
    return Query(f"{left} {word} {right}{_tail(node, scope, columns)}", columns)


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


# SELECT

_SELECT_PARTS = (
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "order",
    "limit", "offset", "with_",
)  # fmt: skip


def _select(node: exp.Select, scope: Scope, bare: bool) -> Query:
    only(node, *_SELECT_PARTS)
    scope.sources, scope.aliases, scope.using = {}, {}, []
    tables = _from(node, scope)
    where = _condition(node, scope, "where", "WHERE")
    having = _condition(node, scope, "having", "HAVING")
    items, columns = _projections(node, scope, bare)
    distinct = _distinct(node)
    group = _group(node, scope)
    if node.args.get("qualify") is not None:
        body = _qualified(node, scope, items, columns, f"{tables}{where}{group}{having}")
        return Query(f"{distinct}{body}{_tail(node, scope, columns)}", columns)
    listed = ", ".join(items)
    tail = _tail(node, scope, columns)
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


def _projections(node: exp.Select, scope: Scope, bare: bool) -> tuple[list[str], Columns]:
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
    if value.column or (kind.kind in ("varchar", "char") and kind.length is None):
        return value.sql
    if kind.kind == "unknown":
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


# FROM


def _from(node: exp.Select, scope: Scope) -> str:
    clause = node.args.get("from_")
    if clause is None:
        if node.args.get("joins"):
            raise SyntaxRefusedError("JOIN without FROM")
        return ""
    only(clause, "this")
    text = f" FROM {source(clause.this, scope)}"
    for join in node.args.get("joins") or []:
        text += _join(join, scope)
    return text


def _join(join: exp.Join, scope: Scope) -> str:
    only(join, "this", "side", "kind", "on", "using", "method")
    side, kind = (str(join.args.get(part) or "").upper() for part in ("side", "kind"))
    if kind == "OUTER":
        kind = ""
    if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "CROSS"):
        raise UnsupportedError(f"{side} {kind} JOIN".strip())
    if join.args.get("method"):
        raise UnsupportedError(f"{join.args['method']} JOIN", "Name the columns with USING or ON.")
    right = source(join.this, scope)
    if join.args.get("on") is not None:
        condition = f" ON {scope.translate(join.args['on']).sql}"
    elif join.args.get("using"):
        names = [column.name.lower() for column in join.args["using"]]
        condition = f" USING ({', '.join(quoted(name) for name in names)})"
        scope.using = [*names, *(name for name in scope.using if name not in names)]
    elif kind == "CROSS" or not (side or kind):
        return f" CROSS JOIN {right}" if kind == "CROSS" else f", {right}"
    else:
        raise SyntaxRefusedError("JOIN needs ON or USING")
    return f" {' '.join(word for word in (side, kind) if word)} JOIN {right}{condition}"


def source(node: exp.Expression, scope: Scope) -> str:
    """Return one table or subquery of FROM, and let the scope know it."""
    if isinstance(node, exp.Table):
        return _table(node, scope)
    if isinstance(node, exp.Subquery):
        return _derived(node, scope)
    raise UnsupportedError(f"{type(node).__name__.upper()} in FROM")


def _table(node: exp.Table, scope: Scope) -> str:
    only(node, "this", "db", "catalog", "alias", "joins")
    if not isinstance(node.this, exp.Identifier):
        raise UnsupportedError(f"{node.this.sql('redshift')} in FROM")
    parts = relation_name(tuple(part.name for part in node.parts))
    columns = scope.named.get(parts[0]) if len(parts) == 1 else None
    text = ".".join(quoted(part) for part in parts)
    if columns is None:
        text = relation_sql(parts)
        columns = scope.tables.columns_of(parts)
    if columns is None:
        raise SyntaxRefusedError(f'relation "{".".join(parts)}" does not exist', "42P01")
    text = _alias(node, text, ".".join(parts), columns, scope)
    return text + "".join(_join(join, scope) for join in node.args.get("joins") or [])


def _derived(node: exp.Subquery, scope: Scope) -> str:
    only(node, "this", "alias", "joins")
    if isinstance(node.this, exp.Table):  # a join in parentheses
        return f"({source(node.this, scope)})"
    query = translate_query(node.this, scope.inner())
    if node.args.get("alias") is None:
        raise SyntaxRefusedError("subquery in FROM must have an alias")
    return _alias(node, f"({query.sql})", "", query.columns, scope)


def _alias(node: exp.Expression, text: str, name: str, columns: Columns, scope: Scope) -> str:
    alias = node.args.get("alias")
    if alias is not None:
        only(alias, "this", "columns")
        name = alias.name.lower()
        names = [column.name.lower() for column in alias.columns]
        columns = _renamed(columns, names, name)
        listed = f" ({', '.join(quoted(column) for column in names)})" if names else ""
        text += f" AS {quoted(name)}{listed}"
    if name in scope.sources:
        raise SyntaxRefusedError(f'table name "{name}" specified more than once', "42712")
    scope.sources[name] = columns
    return text


# GROUP BY, ORDER BY, LIMIT


def _group(node: exp.Select, scope: Scope) -> str:
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
    return scope.translate(item).sql


def _tail(node: exp.Expression, scope: Scope, columns: Columns) -> str:
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
