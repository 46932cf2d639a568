"""Translate whole queries into DuckDB's SQL, with the types of their columns."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.calls import sort_item
from local_aws.athena.dialect.catalog import Context
from local_aws.athena.dialect.clauses import WHERE
from local_aws.athena.dialect.coercion import Typed, coerce
from local_aws.athena.dialect.expressions import ExpressionTranslator
from local_aws.athena.dialect.functions.conditionals import unify
from local_aws.athena.dialect.relations import OutputColumn
from local_aws.athena.dialect.scope import Scope, column_not_found
from local_aws.athena.dialect.select import SelectTranslator
from local_aws.athena.dialect.types import common_type
from local_aws.athena.errors import QueryError, not_supported, type_mismatch


@dataclass(frozen=True)
class QueryPlan:
    """A translated query; in its SQL the columns are called c0, c1 and so on."""

    sql: str
    columns: tuple[OutputColumn, ...]


@dataclass(frozen=True)
class CommonPlan:
    """A query of WITH: the name it has in the translated query, and its columns."""

    view: str
    columns: tuple[OutputColumn, ...]


def translate_query(query: tree.Query, context: Context) -> QueryPlan:
    """Return a query in DuckDB's SQL; `context.scans` then holds the tables that it reads.

    Raises
    ------
    QueryError : Trino would refuse the query, or the local engine does.
    """
    plan = QueryTranslator(context, {}).query(query, None)
    expected, given = len(context.used_parameters), len(context.parameters)
    if given > expected:
        raise QueryError(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {expected} but found {given}",
        )
    return plan


class QueryTranslator:
    """Translates queries that see the same common tables."""

    def __init__(self, context: Context, common_tables: dict[str, CommonPlan]) -> None:
        self._context = context
        self.common_tables = common_tables

    def query(self, node: tree.Query, outer: Scope | None) -> QueryPlan:
        """Return a query; `outer` is the scope of the query around it."""
        inner = QueryTranslator(self._context, dict(self.common_tables))
        views = [inner._common_table(table) for table in node.tables]
        plan = inner._ordered(node, outer)
        sql = plan.sql
        if node.limit is not None:
            sql = f"{sql} LIMIT {node.limit}"
        if node.offset is not None:
            sql = f"{sql} OFFSET {node.offset}"
        if views:
            sql = f"WITH {', '.join(views)} {sql}"
        return QueryPlan(sql, plan.columns)

    def nested(self, node: tree.Query, scope: Scope) -> QueryPlan:
        """Return a query that stands in an expression and may name columns around it."""
        before = self._context.outer_references
        plan = self.query(node, scope)
        correlated = self._context.outer_references > before
        if correlated and (node.limit is not None or node.offset is not None):
            raise not_supported("LIMIT in a correlated subquery", node.position)
        return plan

    def _common_table(self, node: tree.CommonTable) -> str:
        plan = self.query(node.query, None)
        columns = plan.columns
        if node.columns:
            if len(node.columns) != len(columns):
                raise QueryError(
                    "MISMATCHED_COLUMN_ALIASES",
                    f"Column alias list has {len(node.columns)} entries but WITH query has "
                    f"{len(columns)} columns",
                    node.position,
                )
            columns = tuple(
                OutputColumn(name, column.kind)
                for name, column in zip(node.columns, columns, strict=True)
            )
        view = self._context.new_name("w")
        self.common_tables[node.name] = CommonPlan(view, columns)
        return f'"{view}" AS ({plan.sql})'

    def _ordered(self, node: tree.Query, outer: Scope | None) -> QueryPlan:
        if isinstance(node.body, tree.Select):
            select = SelectTranslator(self._context, self, outer)
            sql, columns = select.translate(node.body, node.order_by)
            return QueryPlan(sql, columns)
        plan = self._body(node.body, outer)
        if not node.order_by and node.limit is None and node.offset is None:
            return plan
        alias = self._context.new_name("r")
        keys = [self._output_key(item, plan, alias) for item in node.order_by]
        order = f" ORDER BY {', '.join(keys)}" if keys else ""
        return QueryPlan(f'SELECT * FROM ({plan.sql}) AS "{alias}"{order}', plan.columns)

    @staticmethod
    def _output_key(item: tree.SortItem, plan: QueryPlan, alias: str) -> str:
        """Return a sort key of a set operation, which can only be one of its columns."""
        value = item.value
        if isinstance(value, tree.Literal) and value.kind == "integer":
            index = int(value.text) - 1
            if not 0 <= index < len(plan.columns):
                message = f"ORDER BY position {value.text} is not in select list"
                raise QueryError("INVALID_COLUMN_REFERENCE", message, item.position)
            return sort_item(f'"{alias}"."c{index}"', item)
        if not isinstance(value, tree.Name):
            raise not_supported("ORDER BY an expression of a set operation", item.position)
        found = [i for i, column in enumerate(plan.columns) if (column.name,) == value.parts]
        if not found:
            raise column_not_found(".".join(value.parts), value.position)
        return sort_item(f'"{alias}"."c{found[0]}"', item)

    def _body(self, node: tree.QueryBody, outer: Scope | None) -> QueryPlan:
        match node:
            case tree.Select():
                sql, columns = SelectTranslator(self._context, self, outer).translate(node, ())
                return QueryPlan(sql, columns)
            case tree.NestedQuery():
                return self.query(node.query, outer)
            case tree.Values():
                return self._values(node, outer)
            case tree.SetOperation():
                return self._set_operation(node, outer)
        raise not_supported("Such a query", node.position)

    def _values(self, node: tree.Values, outer: Scope | None) -> QueryPlan:
        width = len(node.rows[0])
        expressions = ExpressionTranslator(self._context, Scope((), outer), self, WHERE)
        rows: list[list[Typed]] = []
        for row in node.rows:
            if len(row) != width:
                message = f"Values rows have mismatched sizes: {width} vs {len(row)}"
                raise type_mismatch(message, node.position)
            rows.append([expressions.translate(item) for item in row])
        unified = [
            unify(list(column), node.position, "VALUES items") for column in zip(*rows, strict=True)
        ]
        listed = ", ".join(
            f"({', '.join(values[i].sql for values, _ in unified)})" for i in range(len(rows))
        )
        names = ", ".join(f'"c{i}"' for i in range(width))
        alias = self._context.new_name("r")
        columns = tuple(OutputColumn(f"_col{i}", kind) for i, (_, kind) in enumerate(unified))
        return QueryPlan(f'SELECT * FROM (VALUES {listed}) AS "{alias}"({names})', columns)

    def _set_operation(self, node: tree.SetOperation, outer: Scope | None) -> QueryPlan:
        left, right = self._body(node.left, outer), self._body(node.right, outer)
        if len(left.columns) != len(right.columns):
            raise type_mismatch(
                f"{node.operator} query has different number of fields: "
                f"{len(left.columns)}, {len(right.columns)}",
                node.position,
            )
        columns = []
        for index, (a, b) in enumerate(zip(left.columns, right.columns, strict=True)):
            common = common_type(a.kind, b.kind)
            if common is None:
                raise type_mismatch(
                    f"column {index + 1} in {node.operator} query has incompatible types: "
                    f"{a.kind}, {b.kind}",
                    node.position,
                )
            columns.append(OutputColumn(a.label, common))
        operator = f"{node.operator} ALL" if node.all else node.operator
        sides = [self._as_columns(plan, columns) for plan in (left, right)]
        return QueryPlan(f"({sides[0]}) {operator} ({sides[1]})", tuple(columns))

    def _as_columns(self, plan: QueryPlan, columns: list[OutputColumn]) -> str:
        alias = self._context.new_name("r")
        listed = ", ".join(
            f'{coerce(Typed(f"{alias}.c{i}", source.kind), wanted.kind).sql} AS "c{i}"'
            for i, (source, wanted) in enumerate(zip(plan.columns, columns, strict=True))
        )
        return f'SELECT {listed} FROM ({plan.sql}) AS "{alias}"'
