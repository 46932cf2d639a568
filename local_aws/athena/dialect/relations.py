"""Translate what a query reads: tables, common tables, subqueries, joins and UNNEST."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from local_aws.athena.dialect import tree, types
from local_aws.athena.dialect.catalog import AsOf, Context, Scan
from local_aws.athena.dialect.clauses import JOIN_CONDITION
from local_aws.athena.dialect.coercion import Typed, quoted, row_field
from local_aws.athena.dialect.expressions import ExpressionTranslator
from local_aws.athena.dialect.operators import for_comparison
from local_aws.athena.dialect.scope import Column, Scope, column_not_found
from local_aws.athena.errors import Position, QueryError, not_supported

if TYPE_CHECKING:
    from local_aws.athena.dialect.queries import QueryTranslator

_EXPLICIT_JOINS = {"inner": "INNER", "left": "LEFT", "right": "RIGHT", "full": "FULL"}


@dataclass(frozen=True)
class OutputColumn:
    """A column of a query's result; `label` is its name as written."""

    label: str
    kind: types.SqlType

    @property
    def name(self) -> str:
        """The name by which others find it."""
        return self.label.lower()


@dataclass(frozen=True)
class RelationPlan:
    """A translated relation.

    Attributes
    ----------
    sql : what stands in FROM.
    filtered : the aliases of scans whose rows a WHERE condition really removes.
    """

    sql: str
    columns: tuple[Column, ...]
    filtered: frozenset[str] = frozenset()


class RelationTranslator:
    """Translates the FROM clause of one query."""

    def __init__(self, context: Context, queries: QueryTranslator, outer: Scope | None) -> None:
        self._context = context
        self._queries = queries
        self._outer = outer

    def translate(self, node: tree.Relation) -> RelationPlan:
        """Return a relation in DuckDB's SQL."""
        match node:
            case tree.TableName():
                return self._table(node, self._as_of(*node.as_of) if node.as_of else None)
            case tree.Aliased():
                return self._aliased(node)
            case tree.SubqueryRelation():
                plan = self._queries.query(node.query, self._outer)
                return self._derived(f"({plan.sql})", plan.columns, ())
            case tree.Unnest():
                return self._unnest(node, None)
            case tree.Join():
                return self._join(node)
        raise not_supported("Such a relation", node.position)

    def _table(self, node: tree.TableName, as_of: AsOf | None) -> RelationPlan:
        common = self._queries.common_tables.get(node.parts[0]) if len(node.parts) == 1 else None
        if common is not None:
            if node.as_of:
                raise not_supported("Time travel in a common table", node.position)
            return self._derived(quoted(common.view), common.columns, (node.parts[0],))
        table = self._context.catalog.find_table(node.parts, as_of, node.position)
        view, alias = self._context.new_name("scan"), self._context.new_name("r")
        self._context.scans.append(Scan(view, alias, table))
        columns = tuple(
            Column(
                column.name,
                Typed(f"{quoted(alias)}.{quoted(column.name)}", column.kind),
                (table.database, table.name),
                alias,
                column.name,
                column.hidden,
            )
            for column in table.columns
        )
        return RelationPlan(f"{quoted(view)} AS {quoted(alias)}", columns, frozenset({alias}))

    def _as_of(self, kind: str, expression: tree.Expression) -> AsOf:
        value = self._expressions(Scope(())).translate(expression)
        found = self._context.evaluate(f"SELECT {value.sql}")
        if found is None:
            raise QueryError(
                "INVALID_ARGUMENTS", "Pointer value cannot be NULL", expression.position
            )
        if kind == "version":
            if value.kind not in (types.INTEGER, types.BIGINT) or not isinstance(found, int):
                raise not_supported("A version other than a snapshot's number", expression.position)
            return AsOf(snapshot_id=found)
        if isinstance(found, datetime):
            return AsOf(moment=found.replace(tzinfo=UTC))
        if isinstance(found, date):
            return AsOf(moment=datetime(found.year, found.month, found.day, tzinfo=UTC))
        raise QueryError(
            "TYPE_MISMATCH",
            f"Type {value.kind} invalid. Temporal pointers must be of type Timestamp, "
            "Timestamp with Time Zone, or Date.",
            expression.position,
        )

    def _derived(
        self, sql: str, columns: tuple[OutputColumn, ...], qualifier: tuple[str, ...]
    ) -> RelationPlan:
        alias = self._context.new_name("r")
        named = tuple(
            Column(
                column.name,
                Typed(f'{quoted(alias)}."c{index}"', column.kind),
                qualifier,
                alias,
                f"c{index}",
            )
            for index, column in enumerate(columns)
        )
        return RelationPlan(f"{sql} AS {quoted(alias)}", named)

    def _with_alias(self, node: tree.Relation, left: Scope) -> RelationPlan:
        """Return an UNNEST, with or without an alias, that may name columns of its left side."""
        if isinstance(node, tree.Aliased):
            return self._aliased(node, left)
        if isinstance(node, tree.Unnest):
            return self._unnest(node, left)
        return self.translate(node)

    def _aliased(self, node: tree.Aliased, left: Scope | None = None) -> RelationPlan:
        if isinstance(node.relation, tree.Unnest):
            plan = self._unnest(node.relation, left)
        elif isinstance(node.relation, tree.Join):
            raise not_supported("An alias of a join", node.position)
        else:
            plan = self.translate(node.relation)
        columns = tuple(column.qualified((node.alias,)) for column in plan.columns)
        if node.columns:
            columns = self._renamed(columns, node)
        return RelationPlan(plan.sql, columns, plan.filtered)

    @staticmethod
    def _renamed(columns: tuple[Column, ...], node: tree.Aliased) -> tuple[Column, ...]:
        visible = [column for column in columns if not column.hidden]
        if len(visible) != len(node.columns):
            raise QueryError(
                "MISMATCHED_COLUMN_ALIASES",
                f"Column alias list has {len(node.columns)} entries but '{node.alias}' has "
                f"{len(visible)} columns available",
                node.position,
            )
        return tuple(
            Column(name, column.value, column.qualifier, column.relation, column.key)
            for name, column in zip(node.columns, visible, strict=True)
        )

    def _unnest(self, node: tree.Unnest, left: Scope | None) -> RelationPlan:
        expressions = self._expressions(left or Scope((), self._outer))
        alias = self._context.new_name("r")
        inner: list[str] = []  # what is unnested, side by side
        outer: list[tuple[str, types.SqlType, str]] = []  # SQL over it, type, name
        for item in node.items:
            value = expressions.translate(item)
            self._add_unnested(value, inner, outer, item.position)
        if node.ordinality:
            lengths = ", ".join(f"len({sql})" for sql in inner)
            inner.append(f"range(1, greatest({lengths}) + 1)")
            outer.append((f'"u{len(inner) - 1}"', types.BIGINT, "ordinality"))
        unnested = ", ".join(f'unnest({sql}) AS "u{i}"' for i, sql in enumerate(inner))
        listed = ", ".join(f'{sql} AS "c{i}"' for i, (sql, _, _) in enumerate(outer))
        columns = tuple(
            Column(name, Typed(f'{quoted(alias)}."c{i}"', kind), (), alias, f"c{i}")
            for i, (_, kind, name) in enumerate(outer)
        )
        sql = f"(SELECT {listed} FROM (SELECT {unnested})) AS {quoted(alias)}"
        return RelationPlan(sql, columns)

    @staticmethod
    def _add_unnested(
        value: Typed,
        inner: list[str],
        outer: list[tuple[str, types.SqlType, str]],
        position: Position,
    ) -> None:
        column = f'"u{len(inner)}"'
        if value.kind.base == "map":
            inner += [f"map_keys({value.sql})", f"map_values({value.sql})"]
            key, item = value.kind.inner
            outer += [(column, key, ""), (f'"u{len(inner) - 1}"', item, "")]
            return
        if value.kind.base != "array":
            raise QueryError("TYPE_MISMATCH", f"Cannot unnest type: {value.kind}", position)
        inner.append(value.sql)
        element = value.kind.inner[0]
        if element.base != "row":
            outer.append((column, element, ""))
            return
        for index, kind in enumerate(element.inner):
            outer.append((row_field(column, index), kind, element.names[index] or ""))

    def _join(self, node: tree.Join) -> RelationPlan:
        left = self.translate(node.left)
        if _unnest_of(node.right) is not None:
            return self._unnest_join(node, left)
        right = self.translate(node.right)
        if node.kind == "cross":
            both = left.filtered | right.filtered
            columns = (*left.columns, *right.columns)
            return RelationPlan(f"({left.sql} CROSS JOIN {right.sql})", columns, both)
        filtered = {
            "inner": left.filtered | right.filtered,
            "left": left.filtered,
            "right": right.filtered,
        }.get(node.kind, frozenset())
        keyword = _EXPLICIT_JOINS[node.kind]
        if node.condition is None:
            condition, columns = self._using(node, left, right)
        else:
            columns = (*left.columns, *right.columns)
            scope = Scope(columns, self._outer)
            condition = self._expressions(scope).boolean(node.condition).sql
        sql = f"({left.sql} {keyword} JOIN {right.sql} ON {condition})"
        return RelationPlan(sql, columns, filtered)

    def _unnest_join(self, node: tree.Join, left: RelationPlan) -> RelationPlan:
        on_true = isinstance(node.condition, tree.Literal) and node.condition.text == "true"
        if node.kind != "cross" and not (node.kind == "left" and on_true):
            raise not_supported(
                "A join with UNNEST other than CROSS JOIN and LEFT JOIN … ON TRUE", node.position
            )
        right = self._with_alias(node.right, Scope(left.columns, self._outer))
        keyword, condition = (
            ("CROSS JOIN", "") if node.kind == "cross" else ("LEFT JOIN", " ON TRUE")
        )
        sql = f"({left.sql} {keyword} LATERAL {right.sql}{condition})"
        return RelationPlan(sql, (*left.columns, *right.columns), left.filtered)

    def _using(
        self, node: tree.Join, left: RelationPlan, right: RelationPlan
    ) -> tuple[str, tuple[Column, ...]]:
        conditions, merged = [], []
        for name in node.using:
            sides = []
            for plan in (left, right):
                found = [column for column in plan.columns if column.name == name]
                if not found:
                    raise column_not_found(name, node.position)
                if len(found) > 1:
                    raise QueryError(
                        "AMBIGUOUS_NAME", f"Column '{name}' is ambiguous", node.position
                    )
                if found[0].relation:
                    self._context.touch(found[0].relation, found[0].key)
                sides.append(found[0].value)
            a, b = for_comparison("=", sides[0], sides[1], node.position)
            conditions.append(f"({a.sql} = {b.sql})")
            merged.append(Column(name, Typed(f"coalesce({a.sql}, {b.sql})", a.kind)))
        rest = [
            column for column in (*left.columns, *right.columns) if column.name not in node.using
        ]
        return " AND ".join(conditions), (*merged, *rest)

    def _expressions(self, scope: Scope) -> ExpressionTranslator:
        return ExpressionTranslator(self._context, scope, self._queries, JOIN_CONDITION)


def _unnest_of(node: tree.Relation) -> tree.Unnest | None:
    inner = node.relation if isinstance(node, tree.Aliased) else node
    return inner if isinstance(inner, tree.Unnest) else None
