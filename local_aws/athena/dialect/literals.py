"""Literals and their Trino types."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from local_aws.athena.dialect import tree, types
from local_aws.athena.dialect.coercion import Typed, cast_sql, text_literal
from local_aws.athena.dialect.types import SqlType, decimal
from local_aws.athena.errors import Position, QueryError, not_supported

_MAX_INTEGER = 2**31 - 1
_MAX_BIGINT = 2**63 - 1
_MILLISECONDS = {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1_000}
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2})(:\d{2}(?:\.(\d{1,6}))?)?)?( .+)?")


def literal(node: tree.Literal) -> Typed:
    """Return a plain literal."""
    text = node.text
    match node.kind:
        case "null":
            return Typed("NULL", types.UNKNOWN)
        case "boolean":
            return Typed(text.upper(), types.BOOLEAN, text == "true")
        case "string":
            return Typed(text_literal(text), types.varchar(len(text)), text)
        case "integer":
            return _integer(int(text), node.position)
        case "decimal":
            return decimal_literal(text, node.position)
        case "double":
            return Typed(f"CAST({text_literal(text)} AS DOUBLE)", types.DOUBLE, float(text))
    return Typed(f"from_hex({text_literal(text)})", types.VARBINARY)


def _integer(value: int, position: Position) -> Typed:
    if not -_MAX_BIGINT - 1 <= value <= _MAX_BIGINT:
        raise QueryError("INVALID_LITERAL", f"Invalid numeric literal: {value}", position)
    kind = types.INTEGER if -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER else types.BIGINT
    return Typed(cast_sql(f"({value})" if value < 0 else str(value), kind), kind, value)


def decimal_literal(text: str, position: Position) -> Typed:
    """Return a decimal; leading zeros do not count for its precision."""
    sign = "-" if text.startswith("-") else ""
    whole, _, fraction = text.lstrip("+-").partition(".")
    if not re.fullmatch(r"\d*", whole + fraction) or not whole + fraction:
        raise QueryError("INVALID_LITERAL", f"'{text}' is not a valid DECIMAL literal", position)
    digits = (whole + fraction).lstrip("0")
    precision = max(len(digits), len(fraction), 1)
    if precision > types.MAX_PRECISION:
        raise QueryError("INVALID_LITERAL", f"Invalid numeric literal: {text}", position)
    kind = decimal(precision, len(fraction))
    plain = f"{sign}{whole or '0'}{'.' + fraction if fraction else ''}"
    return Typed(cast_sql(text_literal(plain), kind), kind, Decimal(plain))


def typed_literal(node: tree.TypedLiteral) -> Typed:
    """Return `TYPE 'text'`."""
    name, text = node.type_name, node.text
    if name == "date":
        return _date(text, node.position)
    if name == "timestamp":
        return _timestamp(text, node.position)
    if name == "decimal":
        return decimal_literal(text, node.position)
    if name in ("integer", "int", "bigint") and re.fullmatch(r"[+-]?\d+", text):
        kind = types.BIGINT if name == "bigint" else types.INTEGER
        value = _integer(int(text), node.position)
        if value.kind in (kind, types.INTEGER):
            return Typed(cast_sql(str(int(text)), kind), kind, int(text))
    if name == "varchar":
        return Typed(text_literal(text), types.VARCHAR, text)
    raise not_supported(f"The literal {name.upper()} '{text}'", node.position)


def _date(text: str, position: Position) -> Typed:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)  # noqa: TRY301 - one way out for both kinds of wrong text
        date.fromisoformat(text)
    except ValueError as error:
        message = f"'{text}' is not a valid DATE literal"
        raise QueryError("INVALID_LITERAL", message, position) from error
    return Typed(f"DATE '{text}'", types.DATE)


def _timestamp(text: str, position: Position) -> Typed:
    match = _TIMESTAMP.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)  # noqa: TRY301 - one way out for both kinds of wrong text
        day, minutes, seconds, fraction, zone = match.groups()
        plain = f"{day} {minutes or '00:00'}{seconds or ':00'}"
        datetime.fromisoformat(plain)
    except ValueError as error:
        message = f"'{text}' is not a valid TIMESTAMP literal"
        raise QueryError("INVALID_LITERAL", message, position) from error
    sql = f"TIMESTAMP '{plain}'"
    precision = len(fraction or "")
    if zone is None:
        return Typed(sql, types.timestamp(precision))
    if zone.strip() not in ("UTC", "Z", "+00:00"):
        raise not_supported("A timestamp literal in a time zone other than UTC", position)
    return Typed(sql, types.timestamp_tz(precision))


def interval_literal(node: tree.IntervalLiteral) -> Typed:
    """Return an interval as a number of milliseconds or months."""
    sign = -1 if node.negative else 1
    if node.to_unit:
        raise not_supported(f"INTERVAL … {node.unit} TO {node.to_unit}", node.position)
    pattern = r"-?\d+(\.\d{1,3})?" if node.unit == "SECOND" else r"-?\d+"
    if not re.fullmatch(pattern, node.text):
        message = f"Invalid INTERVAL {node.unit} value: {node.text}"
        raise QueryError("INVALID_LITERAL", message, node.position)
    if node.unit in ("YEAR", "MONTH"):
        months = int(node.text) * (12 if node.unit == "YEAR" else 1) * sign
        return _amount(months, types.YEAR_TO_MONTH)
    milliseconds = int(Decimal(node.text) * _MILLISECONDS[node.unit]) * sign
    return _amount(milliseconds, types.DAY_TO_SECOND)


def _amount(count: int, kind: SqlType) -> Typed:
    return Typed(cast_sql(f"({count})", kind), kind)
