"""Functions of arrays and maps."""

from __future__ import annotations

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, coerce, row_field
from local_aws.athena.dialect.functions.registry import CallSite, scalar, take
from local_aws.athena.dialect.types import BIGINT, VARCHAR, SqlType, array, common_type
from local_aws.athena.errors import type_mismatch

_COMPARED_ALIKE = ("varchar", "date", "timestamp", "decimal", "boolean")


def _array(site: CallSite, arguments: list[Typed], count: int) -> SqlType:
    """Return the element type of the first argument, which has to be an array."""
    if len(arguments) != count or arguments[0].kind.base != "array":
        raise site.wrong_arguments(arguments)
    return arguments[0].kind.inner[0]


def _comparable(site: CallSite, element: SqlType) -> None:
    if element.base not in _COMPARED_ALIKE and element not in types.INTEGERS:
        raise site.refuse(f"of an array of {element}")


@scalar("cardinality")
def _cardinality(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1 or arguments[0].kind.base not in ("array", "map"):
        raise site.wrong_arguments(arguments)
    (value,) = arguments
    function = "len" if value.kind.base == "array" else "cardinality"
    return Typed(f"CAST({function}({value.sql}) AS BIGINT)", BIGINT)


@scalar("element_at")
def _element_at(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 2:
        raise site.wrong_arguments(arguments)
    base, index = arguments
    if base.kind.base == "map":
        key = _as(site, arguments, base.kind.inner[0])
        return Typed(f"element_at({base.sql}, {key.sql})[1]", base.kind.inner[1])
    element = _array(site, arguments, 2)
    (index,) = take(site, [index], BIGINT)
    failure = site.fail("'SQL array indices start at 1'")
    item = f"list_extract({base.sql}, {index.sql})"
    return Typed(f"(CASE WHEN {index.sql} = 0 THEN {failure} ELSE {item} END)", element)


def subscript(site: CallSite, base: Typed, index: Typed) -> Typed:
    """Return base[index]; unlike element_at, a missing element is an error."""
    if base.kind.base == "map":
        key = _as(site, [base, index], base.kind.inner[0])
        failure = site.fail("'Key not present in map'")
        present = f"list_contains(map_keys({base.sql}), {key.sql})"
        item = f"element_at({base.sql}, {key.sql})[1]"
        value = f"(CASE WHEN {present} THEN {item} WHEN {base.sql} IS NOT NULL THEN {failure} END)"
        return Typed(value, base.kind.inner[1])
    if base.kind.base == "row":
        return _row_item(site, base, index)
    if base.kind.base != "array":
        raise site.wrong_arguments([base, index])
    (place,) = take(site, [index], BIGINT)
    failure = site.fail("'Array subscript is out of bounds'")
    outside = f"{place.sql} < 1 OR {place.sql} > len({base.sql})"
    item = f"list_extract({base.sql}, {place.sql})"
    return Typed(f"(CASE WHEN {outside} THEN {failure} ELSE {item} END)", base.kind.inner[0])


def _row_item(site: CallSite, base: Typed, index: Typed) -> Typed:
    place = index.constant
    if not isinstance(place, int) or not 1 <= place <= len(base.kind.inner):
        raise type_mismatch("Subscript of ROW must be a valid integer literal", site.position)
    return Typed(row_field(base.sql, place - 1), base.kind.inner[place - 1])


def _as(site: CallSite, arguments: list[Typed], kind: SqlType) -> Typed:
    if common_type(arguments[1].kind, kind) != kind:
        raise site.wrong_arguments(arguments)
    return coerce(arguments[1], kind)


@scalar("contains")
def _contains(site: CallSite, arguments: list[Typed]) -> Typed:
    element = _array(site, arguments, 2)
    _comparable(site, element)
    common = common_type(element, arguments[1].kind)
    if common is None:
        raise site.wrong_arguments(arguments)
    items, item = coerce(arguments[0], array(common)).sql, coerce(arguments[1], common).sql
    unknown = f"list_count({items}) < len({items})"
    found = f"list_contains({items}, {item})"
    sql = (
        f"(CASE WHEN {items} IS NULL OR {item} IS NULL THEN NULL WHEN {found} THEN TRUE "
        f"WHEN {unknown} THEN NULL ELSE FALSE END)"
    )
    return Typed(sql, types.BOOLEAN)


@scalar("array_join")
def _array_join(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 2:
        raise site.refuse("with a text for NULL")
    element = _array(site, arguments, 2)
    if element.base != "varchar":
        raise site.refuse(f"of an array of {element} (cast its elements to varchar)")
    (separator,) = take(site, arguments[1:], VARCHAR)
    return Typed(f"array_to_string({arguments[0].sql}, {separator.sql})", VARCHAR)


@scalar("array_sort")
def _array_sort(site: CallSite, arguments: list[Typed]) -> Typed:
    _comparable(site, _array(site, arguments, 1))
    return Typed(f"list_sort({arguments[0].sql}, 'ASC', 'NULLS LAST')", arguments[0].kind)


@scalar("array_max", "array_min")
def _array_extreme(site: CallSite, arguments: list[Typed]) -> Typed:
    element = _array(site, arguments, 1)
    _comparable(site, element)
    items = arguments[0].sql
    function = "list_max" if site.name == "array_max" else "list_min"
    unknown = f"list_count({items}) < len({items})"
    return Typed(f"(CASE WHEN {unknown} THEN NULL ELSE {function}({items}) END)", element)


@scalar("sequence")
def _sequence(site: CallSite, arguments: list[Typed]) -> Typed:
    first, last, *step = take(site, arguments, BIGINT, BIGINT, BIGINT, optional=1)
    if step:
        raise site.refuse("with a step")
    series = f"generate_series({first.sql}, {last.sql})"
    down = f"list_reverse(generate_series({last.sql}, {first.sql}))"
    listed = f"(CASE WHEN {first.sql} <= {last.sql} THEN {series} ELSE {down} END)"
    return Typed(listed, array(BIGINT))


@scalar("map_keys", "map_values")
def _map_side(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1 or arguments[0].kind.base != "map":
        raise site.wrong_arguments(arguments)
    inner = arguments[0].kind.inner[0 if site.name == "map_keys" else 1]
    return Typed(f"{site.name}({arguments[0].sql})", array(inner))


@scalar("map")
def _map(site: CallSite, arguments: list[Typed]) -> Typed:
    key = _array(site, arguments, 2)
    if arguments[1].kind.base != "array":
        raise site.wrong_arguments(arguments)
    _comparable(site, key)
    keys, values = arguments[0].sql, arguments[1].sql
    failure = site.fail("'Key and value arrays must be the same length'")
    made = f"(CASE WHEN len({keys}) <> len({values}) THEN {failure} ELSE MAP({keys}, {values}) END)"
    return Typed(made, types.map_of(key, arguments[1].kind.inner[0]))
