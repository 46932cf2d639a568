"""Values out of JSON texts by Trino's rules, for the lines that DuckDB would read otherwise."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\["([^"]+)"\]')


class _Number(str):
    """A number's literal, kept as written."""

    __slots__ = ()


def _canonical(number: str) -> str:
    """Return a number as Java's BigDecimal writes it."""
    return str(Decimal(number))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; the SerDe takes one with a field twice, in whatever case, for broken."""
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise ValueError("Duplicate key")
    return dict(pairs)


_ROW = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_Number,
)


def json_field(line: str | None, field: str, index: int) -> str | None:
    """Return a field of a line as the OpenX JSON SerDe shows it in a text column.

    Parameters
    ----------
    line : the line; what is neither object nor array has no fields.
    field : the field's name in lower case.
    index : the column's place, for a line that is an array.
    """
    text = (line or "").strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        parsed, _ = _ROW.raw_decode(text)  # what follows the object is ignored
    except (ValueError, RecursionError):
        return None
    if isinstance(parsed, list):
        return _rendered(parsed[index]) if index < len(parsed) else None
    return _rendered({name.lower(): value for name, value in parsed.items()}.get(field))


def _rendered(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, _Number):
        return _canonical(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (
            f"{json.dumps(key, ensure_ascii=False)}:{_compact(item)}" for key, item in value.items()
        )
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    if isinstance(value, _Number):
        return _canonical(value)
    return json.dumps(value, ensure_ascii=False)


_STRICT = json.JSONDecoder(parse_float=_Number, parse_int=_Number)


def json_scalar(text: str | None, path: str) -> str | None:
    """Return json_extract_scalar(text, path): NULL for what is missing, nested or no JSON."""
    if text is None:
        return None
    try:
        value: Any = _STRICT.decode(text)
    except (ValueError, RecursionError):
        return None
    for name, place, quoted in _STEP.findall(path):
        if place and isinstance(value, list):
            value = value[int(place)] if int(place) < len(value) else None
        elif not place and isinstance(value, dict):
            value = value.get(name or quoted)
        else:
            return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str) else None
