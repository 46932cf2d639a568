"""String functions; positions and lengths count code points."""

from __future__ import annotations

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, text_literal
from local_aws.athena.dialect.functions.registry import CallSite, scalar, take, template
from local_aws.athena.dialect.types import BIGINT, VARCHAR, array

# What Trino's trim removes: Java's Character.isWhitespace.
_WHITE_SPACE = "".join(
    chr(code)
    for code in (
        *range(0x09, 0x0E),
        *range(0x1C, 0x21),
        0x1680,
        *range(0x2000, 0x2007),
        *range(0x2008, 0x200B),
        0x2028,
        0x2029,
        0x205F,
        0x3000,
    )
)

template("length", [VARCHAR], BIGINT, "length({0})")
template("codepoint", [types.varchar(1)], types.INTEGER, "unicode({0})")
template("strpos", [VARCHAR, VARCHAR], BIGINT, "strpos({0}, {1})")
template("starts_with", [VARCHAR, VARCHAR], types.BOOLEAN, "starts_with({0}, {1})")


@scalar("lower", "upper", "reverse")
def _same_length(site: CallSite, arguments: list[Typed]) -> Typed:
    (text,) = take(site, arguments, VARCHAR)
    function = site.name if site.name == "lower" else f"athena_{site.name}"
    return Typed(f"{function}({text.sql})", text.kind)


@scalar("trim", "ltrim", "rtrim")
def _trim(site: CallSite, arguments: list[Typed]) -> Typed:
    text, *rest = take(site, arguments, VARCHAR, VARCHAR, optional=1)
    removed = rest[0].sql if rest else text_literal(_WHITE_SPACE)
    return Typed(f"{site.name}({text.sql}, {removed})", text.kind)


@scalar("concat")
def _concat(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) < 2:
        raise site.wrong_arguments(arguments)
    if all(argument.kind.base == "array" for argument in arguments):
        raise site.refuse("of arrays (use ||)")
    texts = take(site, arguments, *[VARCHAR] * len(arguments))
    return Typed(f"({' || '.join(text.sql for text in texts)})", VARCHAR)


@scalar("concat_ws")
def _concat_ws(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) < 2 or arguments[1].kind.base == "array":
        raise site.refuse("of an array")
    texts = take(site, arguments, *[VARCHAR] * len(arguments))
    return Typed(f"concat_ws({', '.join(text.sql for text in texts)})", VARCHAR)


@scalar("substr", "substring")
def _substring(site: CallSite, arguments: list[Typed]) -> Typed:
    text, start, *rest = take(site, arguments, VARCHAR, BIGINT, BIGINT, optional=1)
    length = f", greatest({rest[0].sql}, 0)" if rest else ""
    part = f"substring({text.sql}, {start.sql}{length})"
    if isinstance(start.constant, int) and start.constant > 0:
        if rest and rest[0].kind != BIGINT:
            raise site.wrong_arguments(arguments)
        return Typed(_null_if_any_null(part, rest), text.kind)
    empty = f"{start.sql} = 0 OR abs({start.sql}) > length({text.sql})"
    part = f"(CASE WHEN {empty} THEN '' ELSE {part} END)"
    return Typed(_null_if_any_null(part, rest), text.kind)


def _null_if_any_null(sql: str, arguments: list[Typed]) -> str:
    nullable = [argument.sql for argument in arguments if argument.constant is None]
    if not nullable:
        return sql
    missing = " OR ".join(f"{item} IS NULL" for item in nullable)
    return f"(CASE WHEN {missing} THEN NULL ELSE {sql} END)"


@scalar("replace")
def _replace(site: CallSite, arguments: list[Typed]) -> Typed:
    text, search, *rest = take(site, arguments, VARCHAR, VARCHAR, VARCHAR, optional=1)
    if not isinstance(search.constant, str) or not search.constant:
        raise site.refuse("of a text that is not a literal, or is empty")
    replacement = rest[0].sql if rest else "''"
    return Typed(f"replace({text.sql}, {search.sql}, {replacement})", VARCHAR)


@scalar("split")
def _split(site: CallSite, arguments: list[Typed]) -> Typed:
    text, delimiter = _text_and_delimiter(site, arguments[:2])
    if len(arguments) > 2:
        raise site.refuse("with a limit")
    return Typed(f"string_split({text.sql}, {delimiter.sql})", array(VARCHAR))


@scalar("split_part")
def _split_part(site: CallSite, arguments: list[Typed]) -> Typed:
    if len(arguments) != 3:
        raise site.wrong_arguments(arguments)
    text, delimiter = _text_and_delimiter(site, arguments[:2])
    (index,) = take(site, arguments[2:], BIGINT)
    failure = site.fail("'Index must be greater than zero'")
    part = f"list_extract(string_split({text.sql}, {delimiter.sql}), {index.sql})"
    return Typed(f"(CASE WHEN {index.sql} <= 0 THEN {failure} ELSE {part} END)", VARCHAR)


def _text_and_delimiter(site: CallSite, arguments: list[Typed]) -> tuple[Typed, Typed]:
    text, delimiter = take(site, arguments, VARCHAR, VARCHAR)
    if not isinstance(delimiter.constant, str) or not delimiter.constant:
        raise site.refuse("by a delimiter that is not a literal, or is empty")
    return text, delimiter


@scalar("lpad", "rpad")
def _pad(site: CallSite, arguments: list[Typed]) -> Typed:
    text, size, padding = take(site, arguments, VARCHAR, BIGINT, VARCHAR)
    if not isinstance(padding.constant, str) or not padding.constant:
        raise site.refuse("with a padding that is not a literal, or is empty")
    failure = site.fail("'Target length must be in the range [0..2147483647]'")
    padded = f"{site.name}({text.sql}, CAST({size.sql} AS INTEGER), {padding.sql})"
    return Typed(f"(CASE WHEN {size.sql} < 0 THEN {failure} ELSE {padded} END)", VARCHAR)


@scalar("chr")
def _chr(site: CallSite, arguments: list[Typed]) -> Typed:
    (code,) = take(site, arguments, BIGINT)
    failure = site.fail("'Not a valid Unicode code point'")
    valid = f"{code.sql} BETWEEN 1 AND 55295 OR {code.sql} BETWEEN 57344 AND 1114111"
    made = f"chr(CAST({code.sql} AS INTEGER))"
    sql = f"(CASE WHEN {code.sql} IS NULL THEN NULL WHEN {valid} THEN {made} ELSE {failure} END)"
    return Typed(sql, types.varchar(1))
