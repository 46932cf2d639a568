"""Translate expressions, each with its Trino type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from local_aws.athena.dialect import predicates, tree, types, walk
from local_aws.athena.dialect.calls import CallTranslator
from local_aws.athena.dialect.casts import cast
from local_aws.athena.dialect.catalog import Context
from local_aws.athena.dialect.clauses import Clause
from local_aws.athena.dialect.coercion import Typed, coerce
from local_aws.athena.dialect.failures import RAISING, SILENT, Failures
from local_aws.athena.dialect.functions import CallSite, collections, conditionals, times
from local_aws.athena.dialect.functions.registry import SCALARS
from local_aws.athena.dialect.literals import interval_literal, literal, typed_literal
from local_aws.athena.dialect.operators import arithmetic, comparison, concatenate, negate
from local_aws.athena.dialect.scope import Scope, field_of
from local_aws.athena.errors import Position, QueryError, not_supported, type_mismatch

if TYPE_CHECKING:
    from local_aws.athena.dialect.queries import QueryTranslator


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
    failures: Failures = RAISING

    def translate(self, node: tree.Expression) -> Typed:
        """Return an expression in DuckDB's SQL.

        Raises
        ------
        QueryError : Trino would refuse it, or the local engine does.
        """
        return self._as_group(node) or self._METHODS[type(node)](self, node)

    def boolean(self, node: tree.Expression) -> Typed:
        """Return a condition."""
        return self._truth(node, self.clause.name)

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
        name = ".".join(node.parts)
        if column.relation:
            self.context.touch(column.relation, column.key)
        if is_outer:
            self.context.outer_references += 1
        if value.kind.base == "unreadable":
            kind = value.kind.names[0]
            raise not_supported(f"A column of type {kind} ({name})", node.position)
        if self.groups is None or is_outer or column.output:
            return value
        if value.sql not in self.groups and column.value.sql not in self.groups:
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
            message = f"Expression is not of type ROW or has no field {node.name}"
            raise type_mismatch(message, node.position)
        return found

    def _parameter(self, node: tree.Parameter) -> Typed:
        given = len(self.context.parameters)
        if node.index >= given:
            message = f"Incorrect number of parameters: expected more than {given}"
            raise QueryError("INVALID_PARAMETER_USAGE", message, node.position)
        self.context.used_parameters.add(node.index)
        return self.translate(self.context.parameters[node.index])

    def _unary(self, node: tree.Unary) -> Typed:
        operand = self.translate(node.operand)
        return negate(operand, node.position) if node.operator == "-" else operand

    def _binary(self, node: tree.Binary) -> Typed:
        left, right = self.translate(node.left), self.translate(node.right)
        if node.operator == "||":
            return concatenate(left, right, node.position)
        return arithmetic(node.operator, left, right, self.failures, node.position)

    def _logical(self, node: tree.Logical) -> Typed:
        left, right = self._term(node.left), self._term(node.right)
        return Typed(f"({left} {node.operator} {right})", types.BOOLEAN)

    def _not(self, node: tree.Not) -> Typed:
        return Typed(f"(NOT {self._term(node.operand)})", types.BOOLEAN)

    def _term(self, node: tree.Expression) -> str:
        return self._truth(node, "Logical expression term").sql

    def _truth(self, node: tree.Expression, what: str) -> Typed:
        value = self.translate(node)
        if value.kind not in {types.BOOLEAN, types.UNKNOWN}:
            message = f"{what} must evaluate to a boolean: actual type {value.kind}"
            raise type_mismatch(message, node.position)
        return coerce(value, types.BOOLEAN)

    def _is_null(self, node: tree.IsNull) -> Typed:
        return Typed(f"({self.translate(node.operand).sql} IS NULL)", types.BOOLEAN)

    def _case(self, node: tree.Case) -> Typed:
        operand = self.translate(node.operand) if node.operand else None
        conditions = []
        for condition, _ in node.branches:
            if operand is None:
                conditions.append(self._term(condition))
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
        failures = SILENT if node.safe else self.failures
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
        inner = tuple(item.kind for item in items)
        kind = types.SqlType("row", inner=inner, names=(None,) * len(items))
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
        same = tree.Quantified(node.position, "=", "ANY", node.operand, node.query)
        return predicates.quantified(same, self)

    def _call(self, node: tree.Call) -> Typed:
        return CallTranslator(self).translate(node)

    _METHODS: ClassVar[dict[type[tree.Expression], Callable[[Any, Any], Typed]]] = {
        tree.Literal: lambda _, node: literal(node),
        tree.TypedLiteral: lambda _, node: typed_literal(node),
        tree.IntervalLiteral: lambda _, node: interval_literal(node),
        tree.Comparison: lambda self, node: predicates.compare(node, self),
        tree.Between: lambda self, node: predicates.between(node, self),
        tree.InList: lambda self, node: predicates.in_list(node, self),
        tree.Quantified: lambda self, node: predicates.quantified(node, self),
        tree.Like: lambda self, node: predicates.like(node, self),
        tree.Name: _name,
        tree.Field: _field,
        tree.Parameter: _parameter,
        tree.Unary: _unary,
        tree.Binary: _binary,
        tree.Logical: _logical,
        tree.Not: _not,
        tree.IsNull: _is_null,
        tree.InQuery: _in_query,
        tree.Exists: _exists,
        tree.ScalarQuery: _scalar_query,
        tree.Case: _case,
        tree.Cast: _cast,
        tree.Extract: _extract,
        tree.AtTimeZone: _at_time_zone,
        tree.Subscript: _subscript,
        tree.ArrayItems: _array,
        tree.RowItems: _row,
        tree.Lambda: _lambda,
        tree.Call: _call,
    }
