"""Translate expressions, each with its Trino type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local_aws.athena.dialect import tree, types, walk
from local_aws.athena.dialect.calls import CallTranslator
from local_aws.athena.dialect.casts import cast
from local_aws.athena.dialect.catalog import Context
from local_aws.athena.dialect.coercion import Typed, coerce, text_literal
from local_aws.athena.dialect.failures import Failures
from local_aws.athena.dialect.functions import CallSite, collections, conditionals, times
from local_aws.athena.dialect.functions.registry import SCALARS
from local_aws.athena.dialect.literals import interval_literal, literal, typed_literal
from local_aws.athena.dialect.operators import (
    arithmetic,
    comparison,
    concatenate,
    for_comparison,
    negate,
)
from local_aws.athena.dialect.scope import Scope, field_of
from local_aws.athena.errors import Position, QueryError, not_supported, type_mismatch

if TYPE_CHECKING:
    from local_aws.athena.dialect.queries import QueryTranslator


@dataclass(frozen=True)
class Clause:
    """Where an expression stands, and what may stand there."""

    name: str
    aggregates: bool = False
    windows: bool = False


WHERE = Clause("WHERE clause")
JOIN_CONDITION = Clause("JOIN clause")
GROUP_BY = Clause("GROUP BY clause")
AGGREGATE_ARGUMENT = Clause("aggregate function")
SELECT = Clause("SELECT clause", aggregates=True, windows=True)
HAVING = Clause("HAVING clause", aggregates=True)
ORDER_BY = Clause("ORDER BY clause", aggregates=True, windows=True)


@dataclass(frozen=True)
class ExpressionTranslator:
    """Translates the expressions of one clause.

    Attributes
    ----------
    groups : the SQL of the grouping expressions, where the query groups; else None.
    windows : the windows that the WINDOW clause names.
    failures : whether errors are raised or, within TRY, NULL.
    """

    context: Context
    scope: Scope
    queries: QueryTranslator
    clause: Clause
    groups: frozenset[str] | None = None
    windows: tuple[tuple[str, tree.Window], ...] = ()
    failures: Failures = Failures()

    def translate(self, node: tree.Expression) -> Typed:
        """Return an expression in DuckDB's SQL.

        Raises
        ------
        QueryError : Trino would refuse it, or the local engine does.
        """
        grouped = self._as_group(node)
        if grouped is not None:
            return grouped
        method: Callable[..., Typed] = _METHODS[type(node)]
        return method(self, node)

    def boolean(self, node: tree.Expression) -> Typed:
        """Return a condition."""
        value = self.translate(node)
        if value.kind not in (types.BOOLEAN, types.UNKNOWN):
            raise type_mismatch(
                f"{self.clause.name} must evaluate to a boolean: actual type {value.kind}",
                node.position,
            )
        return coerce(value, types.BOOLEAN)

    def site(self, name: str, position: Position) -> CallSite:
        """Return the place of a call in this clause."""
        return CallSite(name, position, self.failures, self.context.now)

    def within(self, **changes: Any) -> ExpressionTranslator:
        """Return a translator that differs in some attributes."""
        return replace(self, **changes)

    def _as_group(self, node: tree.Expression) -> Typed | None:
        """Return the expression if it is one that the query groups by."""
        if not self.groups or isinstance(node, tree.Literal | tree.Name | tree.Lambda):
            return None
        if walk.has_query(node) or walk.has_aggregate(node):
            return None
        try:
            plain = self.within(groups=None).translate(node)
        except QueryError:
            return None  # the parts will say what is wrong
        return plain if plain.sql in self.groups else None

    def _name(self, node: tree.Name) -> Typed:
        column, value, is_outer = self.scope.find(node.parts, node.position)
        if column.relation:
            self.context.touch(column.relation, column.key)
        if is_outer:
            self.context.outer_references += 1
        known = (value.sql, column.value.sql)
        ungrouped = self.groups is not None and not any(sql in self.groups for sql in known)
        if ungrouped and not is_outer and not column.output:
            name = ".".join(node.parts)
            raise QueryError(
                "EXPRESSION_NOT_AGGREGATE",
                f"'{name}' must be an aggregate expression or appear in GROUP BY clause",
                node.position,
            )
        return value

    def _field(self, node: tree.Field) -> Typed:
        base = self.translate(node.base)
        found = field_of(base, node.name) if base.kind.base == "row" else None
        if found is None:
            raise type_mismatch(
                f"Expression is not of type ROW or has no field {node.name}", node.position
            )
        return found

    def _parameter(self, node: tree.Parameter) -> Typed:
        if node.index >= len(self.context.parameters):
            raise QueryError(
                "INVALID_PARAMETER_USAGE", "Incorrect number of parameters", node.position
            )
        return self.translate(self.context.parameters[node.index])

    def _unary(self, node: tree.Unary) -> Typed:
        operand = self.translate(node.operand)
        return negate(operand, node.position) if node.operator == "-" else operand

    def _binary(self, node: tree.Binary) -> Typed:
        left, right = self.translate(node.left), self.translate(node.right)
        if node.operator == "||":
            return concatenate(left, right, node.position)
        return arithmetic(node.operator, left, right, self.failures, node.position)

    def _comparison(self, node: tree.Comparison) -> Typed:
        rows = (node.left, node.right)
        if all(isinstance(side, tree.RowItems) for side in rows):
            return self._row_comparison(node)
        left, right = self.translate(node.left), self.translate(node.right)
        return comparison(node.operator, left, right, node.position)

    def _row_comparison(self, node: tree.Comparison) -> Typed:
        left, right = node.left.items, node.right.items  # type: ignore[attr-defined]
        if node.operator != "=" or len(left) != len(right):
            raise not_supported("Such a comparison of rows", node.position)
        pairs = [
            self.translate(tree.Comparison(node.position, "=", a, b)).sql
            for a, b in zip(left, right, strict=True)
        ]
        return Typed(f"({' AND '.join(pairs)})", types.BOOLEAN)

    def _logical(self, node: tree.Logical) -> Typed:
        left, right = self._operand(node.left), self._operand(node.right)
        return Typed(f"({left} {node.operator} {right})", types.BOOLEAN)

    def _not(self, node: tree.Not) -> Typed:
        return Typed(f"(NOT {self._operand(node.operand)})", types.BOOLEAN)

    def _operand(self, node: tree.Expression) -> str:
        value = self.translate(node)
        if value.kind not in (types.BOOLEAN, types.UNKNOWN):
            raise type_mismatch(
                f"Logical expression term must evaluate to a boolean: actual type {value.kind}",
                node.position,
            )
        return coerce(value, types.BOOLEAN).sql

    def _is_null(self, node: tree.IsNull) -> Typed:
        return Typed(f"({self.translate(node.operand).sql} IS NULL)", types.BOOLEAN)

    def _between(self, node: tree.Between) -> Typed:
        value, low = self.translate(node.operand), self.translate(node.low)
        above = comparison(">=", value, low, node.position)
        below = comparison("<=", value, self.translate(node.high), node.position)
        return Typed(f"({above.sql} AND {below.sql})", types.BOOLEAN)

    def _in_list(self, node: tree.InList) -> Typed:
        if isinstance(node.operand, tree.RowItems):
            equal = [
                self.translate(tree.Comparison(node.position, "=", node.operand, item)).sql
                for item in node.items
            ]
            return Typed(f"({' OR '.join(equal)})", types.BOOLEAN)
        operand = self.translate(node.operand)
        items = [self.translate(item) for item in node.items]
        if operand.kind in (types.DOUBLE, types.REAL) or any(
            item.kind in (types.DOUBLE, types.REAL) for item in items
        ):
            equal = [comparison("=", operand, item, node.position).sql for item in items]
            return Typed(f"({' OR '.join(equal)})", types.BOOLEAN)
        return self._listed(operand, items, node.position)

    def _listed(self, operand: Typed, items: list[Typed], position: Position) -> Typed:
        pairs = [for_comparison("=", operand, item, position) for item in items]
        kinds = {left.kind if left.kind.base != "varchar" else types.VARCHAR for left, _ in pairs}
        if len(kinds) > 1:
            values, _ = conditionals.unify([operand, *items], position, "IN values")
            operand, items = values[0], values[1:]
        else:
            operand, items = pairs[0][0], [right for _, right in pairs]
        listed = ", ".join(item.sql for item in items)
        return Typed(f"({operand.sql} IN ({listed}))", types.BOOLEAN)

    def _like(self, node: tree.Like) -> Typed:
        operand, pattern = self.translate(node.operand), self.translate(node.pattern)
        if any(side.kind.base not in ("varchar", "unknown") for side in (operand, pattern)):
            raise type_mismatch(
                f"Left and right sides of LIKE must be text: {operand.kind}, {pattern.kind}",
                node.position,
            )
        if node.escape is None:
            return Typed(f"({operand.sql} LIKE {pattern.sql})", types.BOOLEAN)
        escape = self.translate(node.escape).constant
        if not isinstance(escape, str) or not isinstance(pattern.constant, str):
            raise not_supported("LIKE with ESCAPE on what is not a literal", node.position)
        if len(escape) != 1:
            raise QueryError(
                "INVALID_FUNCTION_ARGUMENT",
                "Escape string must be a single character",
                node.position,
            )
        _check_escapes(pattern.constant, escape, node.position)
        sql = f"({operand.sql} LIKE {pattern.sql} ESCAPE {text_literal(escape)})"
        return Typed(sql, types.BOOLEAN)

    def _case(self, node: tree.Case) -> Typed:
        operand = self.translate(node.operand) if node.operand else None
        conditions = []
        for condition, _ in node.branches:
            if operand is None:
                conditions.append(self._operand(condition))
            else:
                value = self.translate(condition)
                conditions.append(comparison("=", operand, value, condition.position).sql)
        results = [self.translate(result) for _, result in node.branches]
        if node.default is not None:
            results.append(self.translate(node.default))
        values, kind = conditionals.unify(results, node.position, "CASE results")
        default = f" ELSE {values.pop().sql}" if node.default is not None else ""
        branches = " ".join(
            f"WHEN {condition} THEN {value.sql}"
            for condition, value in zip(conditions, values, strict=True)
        )
        return Typed(f"(CASE {branches}{default} END)", kind)

    def _cast(self, node: tree.Cast) -> Typed:
        operand = self.translate(node.operand)
        failures = Failures(silent=True) if node.safe else self.failures
        return cast(operand, types.from_name(node.target), failures, node.position)

    def _extract(self, node: tree.Extract) -> Typed:
        site = self.site("extract", node.position)
        return times.extract(site, node.unit, self.translate(node.operand))

    def _at_time_zone(self, node: tree.AtTimeZone) -> Typed:
        site = self.site("at time zone", node.position)
        operands = [self.translate(node.operand), self.translate(node.zone)]
        return SCALARS["at_timezone"](site, operands)

    def _subscript(self, node: tree.Subscript) -> Typed:
        base, index = self.translate(node.base), self.translate(node.index)
        if base.kind.base == "row":
            place = index.constant
            if not isinstance(place, int) or not 1 <= place <= len(base.kind.inner):
                raise type_mismatch(
                    "Subscript of ROW must be a valid integer literal", node.position
                )
            return Typed(f"struct_extract({base.sql}, 'f{place - 1}')", base.kind.inner[place - 1])
        return collections.subscript(self.site("[]", node.position), base, index)

    def _array(self, node: tree.ArrayItems) -> Typed:
        if not node.items:
            return Typed("CAST([] AS INTEGER[])", types.array(types.UNKNOWN))
        items = [self.translate(item) for item in node.items]
        values, kind = conditionals.unify(items, node.position, "ARRAY elements")
        return Typed(f"[{', '.join(value.sql for value in values)}]", types.array(kind))

    def _row(self, node: tree.RowItems) -> Typed:
        items = [self.translate(item) for item in node.items]
        fields = ", ".join(f'"f{i}" := {item.sql}' for i, item in enumerate(items))
        kind = types.SqlType(
            "row", inner=tuple(item.kind for item in items), names=(None,) * len(items)
        )
        return Typed(f"struct_pack({fields})", kind)

    def _lambda(self, node: tree.Lambda) -> Typed:
        raise not_supported("A lambda expression", node.position)

    def _exists(self, node: tree.Exists) -> Typed:
        plan = self.queries.nested(node.query, self.scope)
        return Typed(f"EXISTS ({plan.sql})", types.BOOLEAN)

    def _scalar_query(self, node: tree.ScalarQuery) -> Typed:
        plan = self.queries.nested(node.query, self.scope)
        if len(plan.columns) != 1:
            raise not_supported("A subquery of several columns as a value", node.position)
        return Typed(f"({plan.sql})", plan.columns[0].kind)

    def _in_query(self, node: tree.InQuery) -> Typed:
        return self._quantified(
            tree.Quantified(node.position, "=", "ANY", node.operand, node.query)
        )

    def _quantified(self, node: tree.Quantified) -> Typed:
        plan = self.queries.nested(node.query, self.scope)
        if len(plan.columns) != 1 or isinstance(node.left, tree.RowItems):
            raise not_supported("The comparison of rows with a subquery", node.position)
        name = self.context.new_name("s")
        left = self.translate(node.left)
        right = Typed(f'"{name}"."c0"', plan.columns[0].kind)
        a, b = for_comparison(node.operator, left, right, node.position)
        if a.kind in (types.DOUBLE, types.REAL):
            raise not_supported(
                "The comparison of floating-point numbers with a subquery", node.position
            )
        rows = f'SELECT {b.sql} FROM ({plan.sql}) AS "{name}"'
        sql = f"({a.sql} {node.operator} {node.quantifier} ({rows}))"
        if (node.operator, node.quantifier) == ("=", "ANY"):
            sql = f"({a.sql} IN ({rows}))"
        return Typed(sql, types.BOOLEAN)

    def _call(self, node: tree.Call) -> Typed:
        return CallTranslator(self).translate(node)


def _check_escapes(pattern: str, escape: str, position: Position) -> None:
    index = 0
    while index < len(pattern):
        if pattern[index] == escape:
            index += 1
            if pattern[index : index + 1] not in ("%", "_", escape):
                raise QueryError(
                    "INVALID_FUNCTION_ARGUMENT",
                    "Escape character must be followed by '%', '_' or the escape character itself",
                    position,
                )
        index += 1


_METHODS: dict[type[tree.Expression], Callable[..., Typed]] = {
    tree.Literal: lambda _, node: literal(node),
    tree.TypedLiteral: lambda _, node: typed_literal(node),
    tree.IntervalLiteral: lambda _, node: interval_literal(node),
    tree.Name: ExpressionTranslator._name,
    tree.Field: ExpressionTranslator._field,
    tree.Parameter: ExpressionTranslator._parameter,
    tree.Unary: ExpressionTranslator._unary,
    tree.Binary: ExpressionTranslator._binary,
    tree.Comparison: ExpressionTranslator._comparison,
    tree.Quantified: ExpressionTranslator._quantified,
    tree.Logical: ExpressionTranslator._logical,
    tree.Not: ExpressionTranslator._not,
    tree.IsNull: ExpressionTranslator._is_null,
    tree.Between: ExpressionTranslator._between,
    tree.InList: ExpressionTranslator._in_list,
    tree.InQuery: ExpressionTranslator._in_query,
    tree.Exists: ExpressionTranslator._exists,
    tree.ScalarQuery: ExpressionTranslator._scalar_query,
    tree.Like: ExpressionTranslator._like,
    tree.Case: ExpressionTranslator._case,
    tree.Cast: ExpressionTranslator._cast,
    tree.Extract: ExpressionTranslator._extract,
    tree.AtTimeZone: ExpressionTranslator._at_time_zone,
    tree.Subscript: ExpressionTranslator._subscript,
    tree.ArrayItems: ExpressionTranslator._array,
    tree.RowItems: ExpressionTranslator._row,
    tree.Lambda: ExpressionTranslator._lambda,
    tree.Call: ExpressionTranslator._call,
}
