"""Window functions, and OVER with its frame.

Source: "Window functions" in the Redshift developer guide: an aggregate, FIRST_VALUE and their
like need an explicit ROWS frame where they have an ORDER BY; ranking functions take none.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.types import BIGINT, DOUBLE
from local_aws.redshift.dialect.values import Call, Function, Translate, Value, only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_UNFRAMED = frozenset(
    ("row_number", "rank", "dense_rank", "ntile", "percent_rank", "cume_dist", "lag", "lead")
)
_ORDERED = _UNFRAMED - {"row_number"}
_OFFSET = 2


def over_clause(call: Call, node: exp.Window) -> str:
    """Return the OVER clause of a window function, with the blank before it."""
    clauses = [_partition(node, call.translate), _order(node, call.translate), _frame(call, node)]
    return f" OVER ({' '.join(clause for clause in clauses if clause)})"


def _partition(node: exp.Window, translate: Translate) -> str:
    keys = node.args.get("partition_by") or []
    return "PARTITION BY " + ", ".join(translate(key).sql for key in keys) if keys else ""


def _order(node: exp.Window, translate: Translate) -> str:
    order = node.args.get("order")
    if order is None:
        return ""
    return "ORDER BY " + ", ".join(order_item(item, translate) for item in order.expressions)


def order_item(item: exp.Expression, translate: Translate) -> str:
    """Return one item of an ORDER BY."""
    only(item, "this", "desc", "nulls_first")
    direction = "DESC" if item.args.get("desc") else "ASC"
    nulls = "FIRST" if item.args.get("nulls_first") else "LAST"
    if isinstance(item.this, exp.Literal) and not item.this.is_string:
        raise UnsupportedError("a number in the ORDER BY of a window")
    return f"{translate(item.this).sql} {direction} NULLS {nulls}"


def _frame(call: Call, node: exp.Window) -> str:
    spec, ordered = node.args.get("spec"), node.args.get("order") is not None
    if call.name in _UNFRAMED:
        if spec is not None:
            raise SyntaxRefusedError(f"{call.name.upper()} takes no frame clause")
        if call.name in _ORDERED and not ordered:
            raise SyntaxRefusedError(f"Window function {call.name} requires an ORDER BY clause")
        return ""
    if spec is None:
        if ordered:
            raise SyntaxRefusedError(
                "Aggregate window functions with an ORDER BY clause require a frame clause"
            )
        return ""
    only(spec, "kind", "start", "start_side", "end", "end_side")
    if str(spec.args["kind"]).upper() != "ROWS" or not ordered:
        raise SyntaxRefusedError("a frame clause needs ROWS and an ORDER BY")
    start = _bound(spec, "start")
    if spec.args.get("end") is None:
        return f"ROWS {start}"
    return f"ROWS BETWEEN {start} AND {_bound(spec, 'end')}"


def _bound(spec: exp.Expression, side: str) -> str:
    bound = spec.args[side]
    if bound == "CURRENT ROW":
        return "CURRENT ROW"
    text = bound if isinstance(bound, str) else bound.name
    if text != "UNBOUNDED" and not text.isdigit():
        raise UnsupportedError("a frame bound that is no number")
    return f"{text} {str(spec.args[side + '_side']).upper()}"


def _ranking(call: Call) -> Value:
    call.check_count(0)
    return Value(f"{call.name}(){call.over}", BIGINT)


def _share(call: Call) -> Value:
    call.check_count(0)
    return Value(f"{call.name}(){call.over}", DOUBLE)


def _ntile(call: Call) -> Value:
    (count,) = call.values(1)
    return Value(f"CAST(ntile({count.sql}){call.over} AS bigint)", BIGINT)


def _offset(call: Call) -> Value:
    values = call.values(1, _OFFSET)
    arguments = ", ".join(value.sql for value in values)
    return Value(f"{call.name}({arguments}){call.over}", values[0].type)


def _edge(call: Call) -> Value:
    _refuse_null_treatment(call)
    (value,) = call.values(1)
    return Value(f"{call.name}({value.sql}){call.over}", value.type)


def _nth_value(call: Call) -> Value:
    _refuse_null_treatment(call)
    value, number = call.values(2)
    return Value(f"nth_value({value.sql}, {number.sql}){call.over}", value.type)


def _refuse_null_treatment(call: Call) -> None:
    if call.arguments and isinstance(call.arguments[0], exp.IgnoreNulls | exp.RespectNulls):
        raise UnsupportedError("IGNORE NULLS")


FUNCTIONS: dict[str, Function] = {
    "cume_dist": _share,
    "dense_rank": _ranking,
    "first_value": _edge,
    "lag": _offset,
    "last_value": _edge,
    "lead": _offset,
    "nth_value": _nth_value,
    "ntile": _ntile,
    "percent_rank": _share,
    "rank": _ranking,
    "row_number": _ranking,
}
