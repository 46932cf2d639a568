"""Translate SELECT: its items, grouping and order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_aws.athena.dialect import tree, types, walk
from local_aws.athena.dialect.calls import sort_item
from local_aws.athena.dialect.catalog import Context
from local_aws.athena.dialect.clauses import GROUP_BY, HAVING, ORDER_BY, SELECT, WHERE, Clause
from local_aws.athena.dialect.coercion import Typed, coerce
from local_aws.athena.dialect.expressions import ExpressionTranslator
from local_aws.athena.dialect.relations import OutputColumn, RelationPlan, RelationTranslator
from local_aws.athena.dialect.scope import Column, Scope
from local_aws.athena.errors import QueryError, not_supported

if TYPE_CHECKING:
    from local_aws.athena.dialect.queries import QueryTranslator

_GROUPING_KEYWORDS = {"rollup": "ROLLUP", "cube": "CUBE", "sets": "GROUPING SETS"}


@dataclass(frozen=True)
class _Item:
    """An item of SELECT with every star written out."""

    label: str
    value: tree.Expression | Column


class SelectTranslator:
    """Translates one SELECT."""

    def __init__(self, context: Context, queries: QueryTranslator, outer: Scope | None) -> None:
        self._context = context
        self._queries = queries
        self._outer = outer

    def translate(
        self, node: tree.Select, order_by: tuple[tree.SortItem, ...]
    ) -> tuple[str, tuple[OutputColumn, ...]]:
        """Return the SQL, with the query's ORDER BY, and the columns."""
        source = self._source(node)
        scope = Scope(source.columns, self._outer)
        where = self._where(node, source, scope)
        items = self._items(node, source)
        grouping, groups = self._grouping(node, items, scope, order_by)
        expressions = self._expressions(scope, SELECT, groups, node)
        selected = [(item, self._value(item, expressions)) for item in items]
        having = ""
        if node.having is not None:
            condition = self._expressions(scope, HAVING, groups, node).boolean(node.having)
            having = f" HAVING {condition.sql}"
        order = self._order(node, order_by, selected, expressions)
        listed = ", ".join(f'{value.sql} AS "c{i}"' for i, (_, value) in enumerate(selected))
        distinct = "DISTINCT " if node.distinct else ""
        if node.distinct:
            _refuse_incomparable(selected, node)
        origin = f" FROM {source.sql}" if source.sql else ""
        columns = tuple(OutputColumn(item.label, value.kind) for item, value in selected)
        return f"SELECT {distinct}{listed}{origin}{where}{grouping}{having}{order}", columns

    def _source(self, node: tree.Select) -> RelationPlan:
        if node.source is None:
            return RelationPlan("", ())
        return RelationTranslator(self._context, self._queries, self._outer).translate(node.source)

    def _expressions(
        self,
        scope: Scope,
        clause: Clause,
        groups: frozenset[str] | None = None,
        node: tree.Select | None = None,
    ) -> ExpressionTranslator:
        windows = node.windows if node is not None else ()
        return ExpressionTranslator(self._context, scope, self._queries, clause, groups, windows)

    def _where(self, node: tree.Select, source: RelationPlan, scope: Scope) -> str:
        if node.where is None:
            return ""
        expressions = self._expressions(scope, WHERE)
        for condition in walk.conjuncts(node.where):
            self._note_partition_filter(condition, source, expressions)
        return f" WHERE {expressions.boolean(node.where).sql}"

    def _note_partition_filter(
        self, node: tree.Expression, source: RelationPlan, expressions: ExpressionTranslator
    ) -> None:
        """Give a condition on partition columns alone to its scan, to read fewer partitions."""
        if walk.has_query(node):
            return
        start = len(self._context.touched)
        sql = expressions.boolean(node).sql
        touched = self._context.touched[start:]
        aliases = {alias for alias, _ in touched}
        for scan in self._context.scans:
            if aliases == {scan.alias} and scan.alias in source.filtered:
                partitions = {column.name for column in scan.table.columns if column.partition}
                if all(name in partitions for _, name in touched) and "random(" not in sql:
                    scan.partition_filters.append(sql)

    def _items(self, node: tree.Select, source: RelationPlan) -> list[_Item]:
        items: list[_Item] = []
        for item in node.items:
            if item.value is not None:
                items.append(_Item(item.label or f"_col{len(items)}", item.value))
                continue
            found = [
                column
                for column in source.columns
                if not column.hidden and column.answers_to(item.star or ())
            ]
            if not found:
                if item.star:
                    raise QueryError(
                        "TABLE_NOT_FOUND",
                        f"Unable to resolve reference {'.'.join(item.star)}",
                        item.position,
                    )
                raise QueryError(
                    "COLUMN_NOT_FOUND",
                    "SELECT * not allowed from relation that has no columns",
                    item.position,
                )
            items += [
                _Item(column.name or f"_col{len(items) + i}", column)
                for i, column in enumerate(found)
            ]
        return items

    def _value(self, item: _Item, expressions: ExpressionTranslator) -> Typed:
        if isinstance(item.value, Column):
            value = self._starred(item.value, expressions)
        else:
            value = expressions.translate(item.value)
        if value.kind in {types.DAY_TO_SECOND, types.YEAR_TO_MONTH}:
            raise not_supported("An interval in the result (use date_diff)")
        return coerce(value, value.kind)

    def _starred(self, column: Column, expressions: ExpressionTranslator) -> Typed:
        """Return a column that a star stands for."""
        if column.relation:
            self._context.touch(column.relation, column.key)
        if column.value.kind.base == "unreadable":
            raise not_supported(f"A column of type {column.value.kind.names[0]} ({column.name})")
        if expressions.groups is not None and column.value.sql not in expressions.groups:
            raise QueryError(
                "EXPRESSION_NOT_AGGREGATE",
                f"Column '{column.name}' must be an aggregate expression or appear in GROUP BY "
                "clause",
            )
        return column.value

    def _grouping(
        self,
        node: tree.Select,
        items: list[_Item],
        scope: Scope,
        order_by: tuple[tree.SortItem, ...],
    ) -> tuple[str, frozenset[str] | None]:
        """Return GROUP BY and the SQL of what it groups by; None for a query without groups."""
        if not node.group_by:
            parts = (tuple(item.value for item in items), node.having, order_by)
            aggregated = node.having is not None or walk.has_aggregate(parts)
            return "", (frozenset() if aggregated else None)
        expressions = self._expressions(scope, GROUP_BY)
        texts: list[str] = []
        groups: set[str] = set()
        for element in node.group_by:
            sets = []
            for members in element.sets:
                keys = [self._group_key(member, items, expressions) for member in members]
                groups.update(keys)
                sets.append(keys)
            texts.append(_grouping_text(element.kind, sets))
        return f" GROUP BY {', '.join(texts)}", frozenset(groups)

    def _group_key(
        self, node: tree.Expression, items: list[_Item], expressions: ExpressionTranslator
    ) -> str:
        if isinstance(node, tree.Literal) and node.kind == "integer":
            index = int(node.text) - 1
            if not 0 <= index < len(items):
                message = f"GROUP BY position {node.text} is not in select list"
                raise QueryError("INVALID_COLUMN_REFERENCE", message, node.position)
            chosen = items[index].value
            if isinstance(chosen, Column):
                return self._starred(chosen, expressions).sql
            node = chosen
        value = expressions.translate(node)
        if value.kind.inner or value.kind == types.JSON:
            raise not_supported(f"Grouping by values of type {value.kind.base}", node.position)
        return value.sql

    @staticmethod
    def _order(
        node: tree.Select,
        order_by: tuple[tree.SortItem, ...],
        selected: list[tuple[_Item, Typed]],
        expressions: ExpressionTranslator,
    ) -> str:
        if not order_by:
            return ""
        outputs = tuple(Column(item.label.lower(), value, output=True) for item, value in selected)
        scope = expressions.scope
        named = expressions.within(
            clause=ORDER_BY, scope=Scope(scope.columns, scope.outer, outputs)
        )
        known = [value.sql for _, value in selected]
        keys = []
        for item in order_by:
            place = _place(item, len(selected))
            value = selected[place - 1][1] if place else named.translate(item.value)
            if value.kind.inner or value.kind == types.JSON:
                raise not_supported(f"Sorting by values of type {value.kind.base}", item.position)
            if place is None and value.sql in known:
                place = known.index(value.sql) + 1
            if place is None and node.distinct:
                raise QueryError(
                    "EXPRESSION_NOT_IN_DISTINCT",
                    "For SELECT DISTINCT, ORDER BY expressions must appear in select list",
                    item.position,
                )
            keys.append(sort_item(str(place) if place else value.sql, item))
        return f" ORDER BY {', '.join(keys)}"


def _place(item: tree.SortItem, count: int) -> int | None:
    """Return the place in SELECT that ORDER BY names by its number, if it does so."""
    value = item.value
    if not isinstance(value, tree.Literal) or value.kind != "integer":
        return None
    if not 1 <= int(value.text) <= count:
        message = f"ORDER BY position {value.text} is not in select list"
        raise QueryError("INVALID_COLUMN_REFERENCE", message, item.position)
    return int(value.text)


def _grouping_text(kind: str, sets: list[list[str]]) -> str:
    if kind == "simple":
        (keys,) = sets
        return ", ".join(keys) or "()"
    texts = ", ".join(f"({', '.join(keys)})" for keys in sets)
    return f"{_GROUPING_KEYWORDS[kind]} ({texts})"


def _refuse_incomparable(selected: list[tuple[_Item, Typed]], node: tree.Select) -> None:
    for _, value in selected:
        if value.kind.inner or value.kind == types.JSON:
            raise not_supported(f"DISTINCT values of type {value.kind.base}", node.position)
