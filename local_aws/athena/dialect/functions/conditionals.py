"""COALESCE, NULLIF, IF, GREATEST and LEAST."""

from __future__ import annotations

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, coerce, text_literal
from local_aws.athena.dialect.functions.registry import CallSite, scalar
from local_aws.athena.dialect.operators import comparison
from local_aws.athena.dialect.types import SqlType, common_type
from local_aws.athena.errors import Position, type_mismatch


def unify(values: list[Typed], position: Position, what: str) -> tuple[list[Typed], SqlType]:
    """Return the values as their common type.

    Raises
    ------
    QueryError : TYPE_MISMATCH, when they have none.
    """
    common = types.UNKNOWN
    for value in values:
        wider = common_type(common, value.kind)
        if wider is None:
            raise type_mismatch(
                f"All {what} must be the same type: {value.kind} (expected {common})", position
            )
        common = wider
    return [coerce(value, common) for value in values], common


@scalar("coalesce")
def _coalesce(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) < 2:
        raise site.wrong_arguments(arguments)
    values, kind = unify(arguments, site.position, "COALESCE operands")
    return Typed(f"coalesce({', '.join(value.sql for value in values)})", kind)


@scalar("nullif")
def _nullif(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 2:
        raise site.wrong_arguments(arguments)
    first, second = arguments
    equal = comparison("=", first, second, site.position)
    return Typed(f"(CASE WHEN {equal.sql} THEN NULL ELSE {first.sql} END)", first.kind)


@scalar("if")
def _if(site: CallSite, arguments: list[Typed]) -> Typed:
    if not 2 <= len(arguments) <= 3 or arguments[0].kind not in (types.BOOLEAN, types.UNKNOWN):
        raise site.wrong_arguments(arguments)
    condition, *results = arguments
    values, kind = unify(results, site.position, "IF results")
    other = values[1].sql if len(values) == 2 else "NULL"
    return Typed(f"(CASE WHEN {condition.sql} THEN {values[0].sql} ELSE {other} END)", kind)


@scalar("greatest", "least")
def _extreme(site: CallSite, arguments: list[Typed]) -> Typed:
    """Return the greatest or least; unlike DuckDB's, NULL if any of them is NULL."""
    if not arguments:
        raise site.wrong_arguments(arguments)
    values, kind = unify(arguments, site.position, f"{site.name} arguments")
    if kind in (types.DOUBLE, types.REAL):
        raise site.refuse("of floating-point numbers")
    if kind.inner:
        raise site.wrong_arguments(arguments)
    listed = ", ".join(value.sql for value in values)
    missing = " OR ".join(f"{value.sql} IS NULL" for value in values)
    return Typed(f"(CASE WHEN {missing} THEN NULL ELSE {site.name}({listed}) END)", kind)


@scalar("typeof")
def _typeof(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.wrong_arguments(arguments)
    return Typed(text_literal(str(arguments[0].kind)), types.VARCHAR)
