"""Date and time functions. Trino's values with a time zone are instants in a known zone."""

from __future__ import annotations

import zoneinfo

from local_aws.athena.dialect import types
from local_aws.athena.dialect.casts import cast
from local_aws.athena.dialect.coercion import (
    Typed,
    cast_sql,
    coerce,
    wall_clock_of,
)
from local_aws.athena.dialect.failures import raise_always
from local_aws.athena.dialect.functions.registry import (
    CallSite,
    literal_text,
    scalar,
    take,
)
from local_aws.athena.dialect.operators import add_interval
from local_aws.athena.dialect.types import BIGINT, DATE, DOUBLE, VARCHAR, timestamp_tz
from local_aws.athena.errors import QueryError

_DATE_UNITS = ("day", "week", "month", "quarter", "year")
_TIME_UNITS = ("millisecond", "second", "minute", "hour")
_MILLISECONDS = {
    "millisecond": 1,
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
# Trino's name of a part of a date or time -> DuckDB's.
_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "week",
    "week_of_year": "week",
    "year_of_week": "isoyear",
    "yow": "isoyear",
    "day": "day",
    "day_of_month": "day",
    "day_of_week": "isodow",
    "dow": "isodow",
    "day_of_year": "doy",
    "doy": "doy",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
}
_TIME_PARTS = ("hour", "minute", "second")


@scalar("current_date", "current_timestamp", "now", "localtimestamp")
def _now(site: CallSite, arguments: list[Typed]) -> Typed:
    """Return the query's start, the same wherever the query names it."""
    if arguments:
        raise site.wrong_arguments(arguments)
    if site.name == "current_date":
        return Typed(f"DATE '{site.now:%Y-%m-%d}'", DATE)
    text = f"{site.now:%Y-%m-%d %H:%M:%S}.{site.now.microsecond // 1000:03d}"
    local = site.name == "localtimestamp"
    return Typed(f"TIMESTAMP '{text}'", types.timestamp(3) if local else timestamp_tz(3))


@scalar("date")
def _date(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.wrong_arguments(arguments)
    return cast(arguments[0], DATE, site.failures, site.position)


def wall_clock(site: CallSite, value: Typed) -> Typed:
    """Return a date or time as what a clock in its zone shows."""
    if value.kind.base == types.TIMESTAMP_TZ:
        local = wall_clock_of(value.sql, value.kind.zone)
        return Typed(local, types.timestamp(value.kind.precision))
    if value.kind == types.UNKNOWN:
        return coerce(value, types.timestamp(3))
    if value.kind != DATE and value.kind.base != "timestamp":
        raise site.wrong_arguments([value])
    return value


@scalar(*_PARTS)
def _part(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.wrong_arguments(arguments)
    moment = wall_clock(site, arguments[0])
    if moment.kind == DATE and site.name in _TIME_PARTS:
        raise site.wrong_arguments(arguments)
    return Typed(f"date_part('{_PARTS[site.name]}', {moment.sql})", BIGINT)


@scalar("millisecond")
def _millisecond(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1 or arguments[0].kind == DATE:
        raise site.wrong_arguments(arguments)
    moment = wall_clock(site, arguments[0])
    return Typed(f"(date_part('millisecond', {moment.sql}) % 1000)", BIGINT)


@scalar("last_day_of_month")
def _last_day(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.wrong_arguments(arguments)
    return Typed(f"last_day({wall_clock(site, arguments[0]).sql})", DATE)


def _unit(site: CallSite, argument: Typed, kind: types.SqlType) -> str:
    unit = literal_text(site, argument, "a unit").lower()
    if unit not in _DATE_UNITS and (kind == DATE or unit not in _TIME_UNITS):
        field = "DATE" if kind == DATE else "TIMESTAMP"
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid {field} field", site.position
        )
    return unit


@scalar("date_trunc")
def _date_trunc(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 2:
        raise site.wrong_arguments(arguments)
    moment = arguments[1]
    local = wall_clock(site, moment)
    unit = _unit(site, arguments[0], local.kind)
    truncated = cast_sql(f"date_trunc('{unit}', {local.sql})", local.kind)
    if moment.kind.base != types.TIMESTAMP_TZ:
        return Typed(truncated, local.kind)
    zoned = timestamp_tz(moment.kind.precision, moment.kind.zone)
    return coerce(Typed(truncated, local.kind), zoned)


@scalar("date_add")
def _date_add(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 3:
        raise site.wrong_arguments(arguments)
    (count,) = take(site, arguments[1:2], BIGINT)
    moment = arguments[2]
    wall_clock(site, moment)  # refuses what is no date or time
    unit = _unit(site, arguments[0], moment.kind)
    if unit in _MONTHS:
        months = f"CAST({count.sql} * {_MONTHS[unit]} AS INTEGER)"
        return add_interval(moment, Typed(months, types.YEAR_TO_MONTH), site.failures)
    milliseconds = f"({count.sql} * {_MILLISECONDS[unit]})"
    return add_interval(moment, Typed(milliseconds, types.DAY_TO_SECOND), site.failures)


@scalar("date_diff")
def _date_diff(site: CallSite, arguments: list[Typed]) -> Typed:
    """Count the complete units between two moments."""
    if len(arguments) != 3:
        raise site.wrong_arguments(arguments)
    start, end = (wall_clock(site, argument) for argument in arguments[1:])
    common = types.common_type(arguments[1].kind, arguments[2].kind)
    if common is None:
        raise site.wrong_arguments(arguments)
    unit = _unit(site, arguments[0], common)
    if common.base == types.TIMESTAMP_TZ and common.zone != "UTC":
        raise site.refuse("in a time zone other than UTC")
    wall = common if common == DATE else types.timestamp(common.precision)
    a, b = coerce(start, wall).sql, coerce(end, wall).sql
    return Typed(f"datesub('{unit}', {a}, {b})", BIGINT)


@scalar("from_unixtime")
def _from_unixtime(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.refuse("with a time zone")
    (seconds,) = take(site, arguments, DOUBLE)
    microseconds = f"CAST(round({seconds.sql} * 1000) AS BIGINT) * 1000"
    return Typed(f"make_timestamp({microseconds})", timestamp_tz(3))


@scalar("to_unixtime")
def _to_unixtime(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1 or arguments[0].kind == DATE:
        raise site.wrong_arguments(arguments)
    moment = arguments[0]
    wall_clock(site, moment)  # refuses what is no time
    return Typed(f"(CAST(epoch_us({moment.sql}) AS DOUBLE) / 1000000)", DOUBLE)


@scalar("at_timezone")
def _at_timezone(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 2:
        raise site.wrong_arguments(arguments)
    moment, zone = arguments
    name = literal_text(site, zone, "a time zone")
    if name not in zoneinfo.available_timezones():
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", f"'{name}' is not a valid time zone", site.position
        )
    if moment.kind.base == "timestamp" and site.name == "at time zone":
        moment = coerce(moment, timestamp_tz(moment.kind.precision))
    if moment.kind.base != types.TIMESTAMP_TZ:
        raise site.wrong_arguments(arguments)
    return Typed(moment.sql, timestamp_tz(moment.kind.precision, name))


@scalar("with_timezone")
def _with_timezone(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 2 or arguments[0].kind.base != "timestamp":
        raise site.wrong_arguments(arguments)
    name = literal_text(site, arguments[1], "a time zone")
    if name not in zoneinfo.available_timezones():
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", f"'{name}' is not a valid time zone", site.position
        )
    return coerce(arguments[0], timestamp_tz(arguments[0].kind.precision, name))


def extract(site: CallSite, unit: str, value: Typed) -> Typed:
    """Return EXTRACT(unit FROM value)."""
    name = unit.lower()
    if name not in _PARTS:
        raise QueryError("SYNTAX_ERROR", f"Invalid EXTRACT field: {unit}", site.position)
    named = CallSite(name, site.position, site.failures, site.now)
    return _part(named, [value])


# Times of at most milliseconds in UTC; then other ISO 8601 times, whose zone or fraction a
# timestamp(3) with time zone keeps in Trino, and not here.
_ISO_UTC = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?"
_ISO_OFFSET = "(Z|[+-]00:?00)"
_ISO_OTHER = "[0-9]{4}.*([+-][0-9:]+|Z|[.][0-9]{4,}.*)"


@scalar("from_iso8601_timestamp")
def _from_iso8601_timestamp(site: CallSite, arguments: list[Typed]) -> Typed:
    (text,) = take(site, arguments, VARCHAR)
    sql = text.sql
    plain = f"replace(regexp_replace({sql}, '{_ISO_OFFSET}$', ''), 'T', ' ')"
    message = "'from_iso8601_timestamp of another zone or precision (LOCAL engine): '"
    refused = raise_always("NOT_SUPPORTED", message, sql)
    failure = site.failures.fail("INVALID_FUNCTION_ARGUMENT", "'Invalid format: '", sql)
    case = (
        f"(CASE WHEN {sql} IS NULL THEN NULL "
        f"WHEN regexp_full_match({sql}, '{_ISO_UTC}{_ISO_OFFSET}?') "
        f"THEN {site.failures.cast}({plain} AS TIMESTAMP) "
        f"WHEN regexp_full_match({sql}, '{_ISO_OTHER}') THEN {refused} ELSE {failure} END)"
    )
    return Typed(case, timestamp_tz(3))


@scalar("from_iso8601_date")
def _from_iso8601_date(site: CallSite, arguments: list[Typed]) -> Typed:
    (text,) = take(site, arguments, VARCHAR)
    return cast(Typed(text.sql, VARCHAR), DATE, site.failures, site.position)
