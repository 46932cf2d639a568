"""Translate function calls: scalar functions, aggregates, windows and TRY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.athena.dialect import tree, types, walk
from local_aws.athena.dialect.clauses import AGGREGATE_ARGUMENT, WINDOW_ARGUMENT
from local_aws.athena.dialect.coercion import Typed, coerce
from local_aws.athena.dialect.failures import SILENT
from local_aws.athena.dialect.functions import SCALARS
from local_aws.athena.dialect.functions.aggregates import (
    AGGREGATES,
    ORDERED,
    Aggregate,
    AggregateCall,
)
from local_aws.athena.dialect.functions.windows import SKIPPING, WINDOW_FUNCTIONS
from local_aws.athena.errors import Position, QueryError, not_supported

if TYPE_CHECKING:
    from local_aws.athena.dialect.expressions import ExpressionTranslator

# What hides a NULL that stands for an error within TRY.
_NOT_STRICT = (
    tree.Case,
    tree.IsNull,
    tree.Logical,
    tree.InList,
    tree.Comparison,
    tree.Query,
    tree.RowItems,
    tree.ArrayItems,
    tree.Subscript,
)
_NOT_STRICT_FUNCTIONS = frozenset({"coalesce", "if", "nullif", "concat_ws", "try"})


class CallTranslator:
    """Translates the calls of one clause."""

    def __init__(self, expressions: ExpressionTranslator) -> None:
        self._expressions = expressions

    def translate(self, node: tree.Call) -> Typed:
        """Return a call."""
        if node.window is not None:
            return self._window(node, node.window)
        if node.name in AGGREGATES:
            return self._aggregate(node)
        if node.name == "grouping":
            return self._grouping(node)
        if node.name in WINDOW_FUNCTIONS:
            raise QueryError(
                "MISSING_OVER",
                f"Window function {node.name} requires an OVER clause",
                node.position,
            )
        return self._scalar(node)

    def _scalar(self, node: tree.Call) -> Typed:
        if node.distinct or node.order_by or node.filter is not None or node.star:
            raise QueryError(
                "FUNCTION_NOT_AGGREGATE",
                f"DISTINCT, ORDER BY, FILTER and * are only for aggregates, not {node.name}",
                node.position,
            )
        if node.name == "try":
            return self._try(node)
        function = SCALARS.get(node.name)
        if function is None:
            raise not_supported(f"The function {node.name}", node.position)
        arguments = [self._expressions.translate(argument) for argument in node.arguments]
        return function(self._expressions.site(node.name, node.position), arguments)

    def _try(self, node: tree.Call) -> Typed:
        """Return TRY(x): NULL where x fails; its parts must let NULL through."""
        if len(node.arguments) != 1:
            raise not_supported("TRY of several arguments", node.position)
        for part in walk.parts(node.arguments[0]):
            hiding = isinstance(part, tree.Call) and (
                part.name in _NOT_STRICT_FUNCTIONS or part.name in AGGREGATES or part.window
            )
            if isinstance(part, _NOT_STRICT) or hiding:
                raise not_supported("TRY of such an expression", part.position)
        quiet = self._expressions.within(failures=SILENT)
        value = quiet.translate(node.arguments[0])
        guarded = "error(" not in value.sql and "random(" not in value.sql
        return Typed(f"TRY({value.sql})" if guarded else value.sql, value.kind)

    def _grouping(self, node: tree.Call) -> Typed:
        if self._expressions.groups is None:
            raise QueryError(
                "MISSING_GROUP_BY",
                "A GROUPING() operation can only be used with a GROUP BY",
                node.position,
            )
        arguments = [self._expressions.translate(argument).sql for argument in node.arguments]
        return Typed(f"CAST(GROUPING({', '.join(arguments)}) AS INTEGER)", types.INTEGER)

    def _aggregate(self, node: tree.Call) -> Typed:
        expressions = self._expressions
        if not expressions.clause.aggregates:
            what = expressions.clause.name
            code = "NESTED_AGGREGATION" if what == "aggregate function" else "EXPRESSION_NOT_SCALAR"
            raise QueryError(
                code,
                f"{what} cannot contain aggregations, window functions or grouping operations: "
                f"[{node.name}]",
                node.position,
            )
        inner = expressions.within(groups=None, clause=AGGREGATE_ARGUMENT)
        return self._finish(node, AGGREGATES[node.name], inner, "")

    def _window(self, node: tree.Call, window: tree.Window) -> Typed:
        expressions = self._expressions
        if not expressions.clause.windows:
            raise QueryError(
                "EXPRESSION_NOT_SCALAR",
                f"{expressions.clause.name} cannot contain aggregations, window functions or "
                f"grouping operations: [{node.name}]",
                node.position,
            )
        function = WINDOW_FUNCTIONS.get(node.name) or AGGREGATES.get(node.name)
        if function is None:
            raise not_supported(f"The window function {node.name}", node.position)
        if node.distinct or node.order_by:
            raise not_supported("DISTINCT or ORDER BY in a window function's call", node.position)
        if node.filter is not None and node.name in WINDOW_FUNCTIONS:
            raise not_supported(f"FILTER with {node.name}", node.position)
        if node.ignore_nulls and node.name not in SKIPPING:
            raise QueryError(
                "FUNCTION_NOT_WINDOW",
                f"Cannot specify null treatment clause for {node.name}",
                node.position,
            )
        inner = expressions.within(clause=WINDOW_ARGUMENT)
        return self._finish(node, function, inner, f" OVER ({self._over(window)})")

    def _finish(
        self, node: tree.Call, function: Aggregate, inner: ExpressionTranslator, over: str
    ) -> Typed:
        arguments = [inner.translate(argument) for argument in node.arguments]
        if node.star and node.name != "count":
            raise QueryError(
                "FUNCTION_NOT_FOUND",
                f"Unexpected parameters (*) for function {node.name}",
                node.position,
            )
        if not node.arguments and not node.star and node.name == "count":
            node = tree.Call(
                node.position, "count", (), star=True, filter=node.filter, window=node.window
            )
        order_by = self._order(node, inner)
        condition = ""
        if node.filter is not None:
            condition = f" FILTER (WHERE {inner.boolean(node.filter).sql})"
        distinct = "DISTINCT " if node.distinct else ""
        skip = " IGNORE NULLS" if node.ignore_nulls else ""

        def finish(name: str, listed: str) -> str:
            return f"{name}({distinct}{listed}{skip}{order_by}){condition}{over}"

        call = AggregateCall(inner.site(node.name, node.position), arguments, finish, node.distinct)
        if node.distinct and node.name == "approx_distinct":
            raise not_supported("approx_distinct of DISTINCT values", node.position)
        return function(call)

    def _order(self, node: tree.Call, inner: ExpressionTranslator) -> str:
        if not node.order_by:
            return ""
        if node.name not in ORDERED:
            # It makes no difference to the others, but for sums of floating-point numbers.
            raise not_supported(f"ORDER BY within {node.name}", node.position)
        return f" ORDER BY {sort_list(node.order_by, inner)}"

    def _over(self, window: tree.Window) -> str:
        expressions = self._expressions
        if window.base is not None:
            named = dict(expressions.windows).get(window.base)
            if named is None:
                raise QueryError(
                    "INVALID_WINDOW_REFERENCE",
                    f"Cannot resolve WINDOW name {window.base}",
                    window.position,
                )
            if window.partition_by or window.order_by or window.frame:
                raise not_supported("A window that extends another", window.position)
            window = named
        texts = []
        if window.partition_by:
            keys = [
                _sortable(expressions.translate(item), item.position)
                for item in window.partition_by
            ]
            texts.append(f"PARTITION BY {', '.join(keys)}")
        if window.order_by:
            texts.append(f"ORDER BY {sort_list(window.order_by, expressions)}")
        if window.frame:
            texts.append(self._frame(window.frame))
        return " ".join(texts)

    def _frame(self, frame: tree.Frame) -> str:
        bounds = []
        for kind, distance in (frame.start, frame.end):
            if distance is None:
                bounds.append(kind)
                continue
            count = self._expressions.translate(distance).constant
            if frame.unit != "ROWS" or not isinstance(count, int) or count < 0:
                raise not_supported(
                    "A frame other than ROWS with literal distances, or RANGE between UNBOUNDED "
                    "and CURRENT ROW,",
                    frame.position,
                )
            bounds.append(f"{count} {kind}")
        if frame.unit == "GROUPS":
            raise not_supported("A frame of GROUPS", frame.position)
        return f"{frame.unit} BETWEEN {bounds[0]} AND {bounds[1]}"


def sort_list(items: tuple[tree.SortItem, ...], expressions: ExpressionTranslator) -> str:
    """Return sort items; NULLs come last unless something else was said, as in Trino."""
    return ", ".join(
        sort_item(_sortable(expressions.translate(item.value), item.position), item)
        for item in items
    )


def sort_item(sql: str, item: tree.SortItem) -> str:
    """Return one sort item."""
    direction = "DESC" if item.descending else "ASC"
    nulls = "FIRST" if item.nulls_first else "LAST"
    return f"{sql} {direction} NULLS {nulls}"


def _sortable(value: Typed, position: Position) -> str:
    if value.kind == types.UNKNOWN:
        value = coerce(value, types.INTEGER)
    if value.kind.inner or value.kind == types.JSON:
        raise not_supported(f"Sorting by values of type {value.kind.base}", position)
    return value.sql
