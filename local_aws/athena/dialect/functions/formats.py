"""Times as text and back: date_format, date_parse, format_datetime, to_iso8601."""

from __future__ import annotations

import re
from collections.abc import Callable

from local_aws.athena.dialect import types
from local_aws.athena.dialect.casts import render_text
from local_aws.athena.dialect.coercion import Typed, coerce, text_literal
from local_aws.athena.dialect.functions.registry import CallSite, literal_text, scalar, take
from local_aws.athena.dialect.functions.times import wall_clock
from local_aws.athena.dialect.types import DATE, VARCHAR

# MySQL's specifiers, as date_format writes them -> DuckDB's strftime.
_WRITTEN = {
    "a": "%a",
    "b": "%b",
    "c": "%-m",
    "d": "%d",
    "e": "%-d",
    "H": "%H",
    "h": "%I",
    "I": "%I",
    "i": "%M",
    "j": "%j",
    "k": "%-H",
    "l": "%-I",
    "M": "%B",
    "m": "%m",
    "p": "%p",
    "r": "%I:%M:%S %p",
    "S": "%S",
    "s": "%S",
    "T": "%H:%M:%S",
    "W": "%A",
    "Y": "%Y",
    "y": "%y",
    "f": "%g000",  # milliseconds; Trino fills up to six digits
    "%": "%%",
}
# Those that date_parse and DuckDB's strptime read in the same way.
_READ = {key: _WRITTEN[key].replace("%-", "%") for key in "bcdeHhIiklMmpSsTY"}
# Joda's pattern letters, as format_datetime writes them -> DuckDB's strftime.
_JODA = {
    "yyyy": "%Y",
    "YYYY": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "a": "%p",
    "EEEE": "%A",
    "EEE": "%a",
    "E": "%a",
    "DDD": "%j",
    "D": "%-j",
}


@scalar("date_format")
def _date_format(site: CallSite, arguments: list[Typed]) -> Typed:
    return Typed(_strftime(site, arguments, _from_mysql), VARCHAR)


@scalar("format_datetime")
def _format_datetime(site: CallSite, arguments: list[Typed]) -> Typed:
    return Typed(_strftime(site, arguments, _from_joda), VARCHAR)


def _strftime(
    site: CallSite, arguments: list[Typed], convert: Callable[[CallSite, str], str]
) -> str:
    if len(arguments) != 2:
        raise site.wrong_arguments(arguments)
    moment = wall_clock(site, arguments[0])
    if moment.kind == DATE:
        moment = coerce(moment, types.timestamp(3))
    pattern = literal_text(site, arguments[1], "a format")
    converted = convert(site, pattern)
    return f"strftime({moment.sql}, {text_literal(converted)})"


def _from_mysql(site: CallSite, pattern: str) -> str:
    return _convert_mysql(site, pattern, _WRITTEN)


def _convert_mysql(site: CallSite, pattern: str, known: dict[str, str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter not in known:
            raise site.refuse(f"with %{letter}")
        return known[letter]

    if not pattern or re.search(r"(?<!%)(%%)*%$", pattern):
        raise site.refuse(f"with the format '{pattern}'")
    return re.sub(r"%(.)", replaced, pattern, flags=re.DOTALL)


def _from_joda(site: CallSite, pattern: str) -> str:
    converted = []
    if not pattern:
        raise site.refuse("with an empty format")
    for match in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'", pattern):
        part = match.group()
        if part == "'":
            raise site.refuse("with an open quote in its format")
        if part.startswith("'"):
            converted.append((match.group(1).replace("''", "'") or "'").replace("%", "%%"))
        elif part.isalpha():
            if part not in _JODA:
                raise site.refuse(f"with {part}")
            converted.append(_JODA[part])
        else:
            converted.append(part.replace("%", "%%"))
    return "".join(converted)


@scalar("date_parse")
def _date_parse(site: CallSite, arguments: list[Typed]) -> Typed:
    text, pattern = take(site, arguments, VARCHAR, VARCHAR)
    converted = _convert_mysql(site, literal_text(site, pattern, "a format"), _READ)
    parsed = f"try_strptime({text.sql}, {text_literal(converted)})"
    failure = site.fail(f"'Invalid format: \"' || {text.sql} || '\"'")
    answer = f"(CASE WHEN {text.sql} IS NOT NULL AND {parsed} IS NULL THEN {failure} "
    return Typed(f"{answer}ELSE {parsed} END)", types.timestamp(3))


@scalar("to_iso8601")
def _to_iso8601(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1:
        raise site.wrong_arguments(arguments)
    moment = arguments[0]
    local = wall_clock(site, moment)
    text = render_text(local)
    if moment.kind.base == types.TIMESTAMP_TZ:
        if moment.kind.zone != "UTC":
            raise site.refuse("in a time zone other than UTC")
        return Typed(f"(replace({text}, ' ', 'T') || 'Z')", VARCHAR)
    return Typed(f"replace({text}, ' ', 'T')", VARCHAR)
