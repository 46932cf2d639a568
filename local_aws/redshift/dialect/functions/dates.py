"""Date and time functions.

Source: "Date and time functions" and "Date parts for date or timestamp functions" in the Redshift
developer guide.
"""

from __future__ import annotations

import re

from sqlglot import exp

from local_aws.redshift.dialect.types import (
    BIGINT,
    DATE,
    DOUBLE,
    INTEGER,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    SqlType,
)
from local_aws.redshift.dialect.values import (
    Call,
    Function,
    Value,
    all_constant,
    string,
    text_literal,
)
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_PARTS = {
    "year": ("year", "years", "y", "yr", "yrs"),
    "quarter": ("quarter", "quarters", "qtr", "qtrs"),
    "month": ("month", "months", "mon", "mons"),
    "week": ("week", "weeks", "w"),
    "day": ("day", "days", "d"),
    "hour": ("hour", "hours", "h", "hr", "hrs"),
    "minute": ("minute", "minutes", "m", "min", "mins"),
    "second": ("second", "seconds", "s", "sec", "secs"),
    "millisecond": ("millisecond", "milliseconds", "ms", "msec", "msecs", "msecond", "mseconds"),
    "microsecond": ("microsecond", "microseconds", "us", "usec", "usecs", "usecond", "useconds"),
    "dow": ("dayofweek", "dow", "dw", "weekday"),
    "doy": ("dayofyear", "doy", "dy", "yearday"),
    "epoch": ("epoch",),
}
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}
_LENGTHS_OF_TIME = tuple(part for part in _PARTS if part not in ("dow", "doy", "epoch"))
# Format patterns that TO_CHAR writes alike in Redshift and in PostgreSQL.
_FORMAT = re.compile(
    r"(YYYY|YY|MONTH|Month|month|MON|Mon|mon|MM|DDD|DD|DAY|Day|day|DY|Dy|dy|D|HH24|HH12|HH|MI|SS|MS|US"
    r"|AM|PM|am|pm|IYYY|IW|ID|Q|FM|T|[-/:., ]|\"[^\"]*\")*"
)
_NUMBER_FORMAT = re.compile(r"(FM)?[S$]?[09,.GDL]*")
_READ_FORMAT = re.compile(r"(YYYY|MM|DD|HH24|MI|SS|MON|Mon|mon|[-/:., T])*")


def part_of(node: exp.Expression, allowed: tuple[str, ...]) -> str:
    """Return the date part that an argument names, a word or a string, by its full name."""
    if (isinstance(node, exp.Column) and not node.table) or isinstance(node, exp.Var):
        name = node.name
    else:
        name = text_literal(node, "a date part")
    part = _PART_OF.get(name.lower())
    if part not in allowed:
        raise UnsupportedError(f"the date part {name}")
    return part


def moment(value: Value) -> Value:
    """Return a date or a string as a timestamp; a timestamp as it is."""
    if value.type.kind in ("timestamp", "timestamptz"):
        return value
    if value.type.kind == "date":
        return Value(f"CAST({value.sql} AS timestamp)", TIMESTAMP, value.constant)
    if value.type.is_text:
        return Value(f"redshift_sql.text_to_timestamp({value.sql})", TIMESTAMP, value.constant)
    raise SyntaxRefusedError(f"a date or timestamp is wanted, not {value.type.kind}", "42883")


def date_of_timestamp(value: Value) -> Value:
    """TRUNC of a timestamp: its date."""
    return Value(f"CAST({value.sql} AS date)", DATE, value.constant)


def _dateadd(call: Call) -> Value:
    call.check_count(3)
    part = part_of(call.arguments[0], _LENGTHS_OF_TIME)
    count, start = call.translate(call.arguments[1]), moment(call.translate(call.arguments[2]))
    if not (count.type.is_integer or count.type.kind == "unknown"):
        raise SyntaxRefusedError("DATEADD adds a whole number", "42883")
    return Value(
        f"redshift_sql.dateadd({string(part)}, {count.sql}, {start.sql})",
        start.type,
        all_constant(count, start),
    )


def _datediff(call: Call) -> Value:
    call.check_count(3)
    part = part_of(call.arguments[0], _LENGTHS_OF_TIME)
    first, last = (moment(call.translate(argument)) for argument in call.arguments[1:])
    if first.type != last.type:
        raise UnsupportedError("DATEDIFF of TIMESTAMP and TIMESTAMPTZ")
    # Local time is UTC, the session's time zone cannot be changed.
    arguments = ", ".join(f"CAST({value.sql} AS timestamp)" for value in (first, last))
    return Value(
        f"redshift_sql.datediff({string(part)}, {arguments})", BIGINT, all_constant(first, last)
    )


def _date_trunc(call: Call) -> Value:
    call.check_count(2)
    part = part_of(call.arguments[0], _LENGTHS_OF_TIME)
    value = moment(call.translate(call.arguments[1]))
    return Value(f"date_trunc({string(part)}, {value.sql})", value.type, value.constant)


_EXTRACTED = (
    "year", "quarter", "month", "week", "day", "hour", "minute", "dow", "doy", "second", "epoch",
)  # fmt: skip


def _extract(call: Call) -> Value:
    """EXTRACT: a whole number; seconds without their fraction."""
    part = part_of(call.arguments[0], _EXTRACTED)
    value = moment(call.translate(call.arguments[1]))
    result = BIGINT if part == "epoch" else INTEGER
    found = f"trunc(extract({part} FROM {value.sql}))"
    return Value(f"CAST({found} AS {result.postgres})", result, value.constant)


def _date_part(call: Call) -> Value:
    """DATE_PART: a floating-point number, seconds with their fraction."""
    call.check_count(2)
    part = part_of(call.arguments[0], _EXTRACTED)
    value = moment(call.translate(call.arguments[1]))
    return Value(f"date_part({string(part)}, {value.sql})", DOUBLE, value.constant)


def _date_part_year(call: Call) -> Value:
    call.check_count(1)
    value = moment(call.translate(call.arguments[0]))
    return Value(f"CAST(extract(year FROM {value.sql}) AS integer)", INTEGER, value.constant)


def _moments(name: str, result: SqlType, count: int = 1) -> Function:
    def translate(call: Call) -> Value:
        values = [moment(value) for value in call.values(count)]
        arguments = ", ".join(f"CAST({value.sql} AS timestamp)" for value in values)
        return Value(f"redshift_sql.{name}({arguments})", result, all_constant(*values))

    return translate


def _add_months(call: Call) -> Value:
    start, count = call.values(2)
    start = moment(start)
    return Value(
        f"redshift_sql.add_months(CAST({start.sql} AS timestamp), {count.sql})",
        TIMESTAMP,
        all_constant(start, count),
    )


def _next_day(call: Call) -> Value:
    call.check_count(2)
    start = moment(call.translate(call.arguments[0]))
    day = text_literal(call.arguments[1], "a day of the week")
    return Value(
        f"redshift_sql.next_day(CAST({start.sql} AS timestamp), {string(day)})",
        DATE,
        start.constant,
    )


def _to_char(call: Call) -> Value:
    call.check_count(2)
    value = call.translate(call.arguments[0])
    form = text_literal(call.arguments[1], "a format")
    known = _NUMBER_FORMAT if value.type.is_number else _FORMAT
    if value.type.is_float or not known.fullmatch(form):
        raise UnsupportedError(f"TO_CHAR of {value.type.kind} with the format {string(form)}")
    if not value.type.is_number:
        value = moment(value)
    return Value(f"to_char({value.sql}, {string(form)})", VARCHAR, value.constant)


def _to_date(call: Call) -> Value:
    return _read(call, "to_date", DATE)


def _to_timestamp(call: Call) -> Value:
    return _read(call, "to_timestamp", TIMESTAMPTZ)


def _read(call: Call, name: str, result: SqlType) -> Value:
    call.check_count(2)
    value = call.translate(call.arguments[0])
    form = text_literal(call.arguments[1], "a format")
    if not _READ_FORMAT.fullmatch(form) or not value.type.is_text:
        raise UnsupportedError(f"{name.upper()} with the format {string(form)}")
    return Value(f"{name}({value.sql}, {string(form)})", result, value.constant)


def _now(call: Call) -> Value:
    """GETDATE and SYSDATE: the start of the statement and of the transaction, in UTC."""
    call.check_count(0)
    name = "getdate" if call.name == "getdate" else "sysdate"
    return Value(f"redshift_sql.{name}()", TIMESTAMP)


def _convert_timezone(call: Call) -> Value:
    call.check_count(2, 3)
    zones = [text_literal(argument, "a time zone") for argument in call.arguments[:-1]]
    source, target = zones if len(zones) > 1 else ("UTC", zones[0])
    value = moment(call.translate(call.arguments[-1]))
    if value.type.kind == "timestamptz":
        raise UnsupportedError("CONVERT_TIMEZONE of a TIMESTAMPTZ")
    if not all(re.fullmatch(r"UTC|[A-Z]\w+/\w+(/\w+)?", zone) for zone in (source, target)):
        raise UnsupportedError(f"the time zone {source} or {target}", "Use a name: Europe/London.")
    there = f"(({value.sql} AT TIME ZONE {string(source)}) AT TIME ZONE {string(target)})"
    return Value(there, TIMESTAMP, value.constant)


FUNCTIONS: dict[str, Function] = {
    "add_months": _add_months,
    "convert_timezone": _convert_timezone,
    "date": lambda call: date_of_timestamp(moment(*call.values(1))),
    "date_part": _date_part,
    "date_part_year": _date_part_year,
    "date_trunc": _date_trunc,
    "dateadd": _dateadd,
    "datediff": _datediff,
    "extract": _extract,
    "getdate": _now,
    "last_day": _moments("last_day", DATE),
    "months_between": _moments("months_between", DOUBLE, 2),
    "next_day": _next_day,
    "pgdate_part": _date_part,
    "sysdate": _now,
    "to_char": _to_char,
    "to_date": _to_date,
    "to_timestamp": _to_timestamp,
}
