"""What a raw line means, worked out with the contract's own rules instead of Spark's."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import NoReturn, cast

from contracts import dates
from contracts.literals import NumberLiteral
from contracts.rejections import NOT_ONE_OBJECT, Reason, Rejection
from contracts.transaction import Transaction, canonicalise

_LONGEST_NUMBER = 1000
"""Characters of a JSON number that Spark's parser takes; landed numbers are text."""


def columns(line: bytes, object_modified: datetime, shop_zone: tzinfo) -> dict[str, str | None]:
    """Return the columns of a line that the contract decides, each as Spark writes it as text."""
    expected, received_at = meaning(line, object_modified, shop_zone)
    values = dataclasses.asdict(expected) | {"received_at": received_at}
    if isinstance(expected, Transaction):
        values |= {"reason": None, "field": None, "detail": None}
    elif half_pair := re.search("U\\+D[89A-F]..", values["detail"]):
        # Of half a surrogate pair Spark sees no more than that it is none.
        values["detail"] = values["detail"].replace(half_pair.group(), "U+0000")
    return {name: as_text(value) for name, value in values.items()}


def as_text(value: object) -> str | None:
    """Return a value as Spark casts it to a string."""
    if isinstance(value, datetime):
        return dates.table_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def meaning(
    line: bytes, object_modified: datetime, shop_zone: tzinfo
) -> tuple[Transaction | Rejection, datetime]:
    """Return what a line means, and when it was received."""
    record = _record(line)
    if record is None:
        return Rejection(Reason.NOT_AN_OBJECT, None, NOT_ONE_OBJECT), object_modified
    received_at = dates.received_moment(record.get("received_at"), object_modified)
    return canonicalise(record, received_at, shop_zone), received_at


def _record(line: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(
            line.decode(),  # given bytes, it would guess at their encoding
            parse_int=lambda digits: NumberLiteral(int(_limited(digits))),
            parse_float=lambda digits: NumberLiteral(double_text(float(_limited(digits)))),
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _limited(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} characters")
    return digits


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def double_text(value: float) -> str:
    """Return a double as Java writes it: that is what Spark makes of a number with a fraction."""
    if math.isinf(value):
        return f'"{"-" if value < 0 else ""}Infinity"'
    sign, digits, _ = Decimal(repr(value)).as_tuple()
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(Decimal(repr(value)), "f")
        return plain if "." in plain else f"{plain}.0"
    text = "".join(map(str, digits))
    exponent = Decimal(repr(value)).adjusted()
    return f"{'-' if sign else ''}{text[0]}.{text[1:].rstrip('0') or '0'}E{exponent}"
