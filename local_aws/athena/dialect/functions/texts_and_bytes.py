"""Regular expressions, JSON texts and binary functions."""

from __future__ import annotations

import re

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, text_literal
from local_aws.athena.dialect.failures import raise_always
from local_aws.athena.dialect.functions.registry import (
    CallSite,
    literal_text,
    scalar,
    take,
    template,
)
from local_aws.athena.dialect.types import BIGINT, VARBINARY, VARCHAR, array

template("to_utf8", [VARCHAR], VARBINARY, "encode({0})")
template("from_utf8", [VARBINARY], VARCHAR, "decode({0})")
template("to_hex", [VARBINARY], VARCHAR, "hex({0})")
template("from_hex", [VARCHAR], VARBINARY, "from_hex({0})")
template("to_base64", [VARBINARY], VARCHAR, "base64({0})")
template("md5", [VARBINARY], VARBINARY, "from_hex(md5({0}))")
template("sha1", [VARBINARY], VARBINARY, "from_hex(sha1({0}))")
template("sha256", [VARBINARY], VARBINARY, "from_hex(sha256({0}))")

# Constructs that Trino's regular expressions and RE2 understand in the same way. Not \\w and \\s:
# whether they go beyond ASCII differs.
_END = r"(?:\n?\z)"
_ALIKE = re.compile(
    r"""(?:
        \\[dDtnrf.\\+*?()\[\]{}|^$/\-]        # digits and escaped characters
      | \(\?: | \((?!\?) | \) | \|           # groups and alternatives
      | \[\^?(?:\\[dDtnrf.\\\]\[^$\-/]|[^\\\[\]&])+\]   # sets
      | [*+?]\?? | \{\d+(?:,\d*)?\}\??        # quantifiers
      | \.
      | [^\\()\[\]{}|*+?.^$]               # plain characters
    )""",
    re.VERBOSE | re.DOTALL,
)


def _pattern(site: CallSite, argument: Typed) -> str:
    """Return a pattern for RE2, or refuse one that Java might read in another way."""
    pattern = literal_text(site, argument, "a pattern")
    flags = ""
    body = pattern
    if body.startswith("(?i)"):
        flags, body = "(?i)", body[4:]
    start = "^" if body.startswith("^") else ""
    body = body.removeprefix("^")
    end = ""
    if body.endswith("$") and not body.endswith("\\$"):
        # In Java `$` also matches before a line break that ends the text.
        body, end = body[:-1], _END
    offset = 0
    while offset < len(body):
        match = _ALIKE.match(body, offset)
        if match is None or not match.group():
            raise site.refuse(f"with the pattern '{pattern}'")
        offset = match.end()
    return f"{flags}{start}{body}{end}"


@scalar("regexp_like")
def _regexp_like(site: CallSite, arguments: list[Typed]) -> Typed:
    text, pattern = take(site, arguments, VARCHAR, VARCHAR)
    found = f"regexp_matches({text.sql}, {text_literal(_pattern(site, pattern))})"
    return Typed(found, types.BOOLEAN)


def _search(site: CallSite, argument: Typed, text: Typed) -> tuple[str, str]:
    """Return a pattern for a function that shows the match, and the text to search.

    Before a line break at the text's end, `$` matches in Java without taking the break, which RE2
    cannot say: such a text is an error at run time.
    """
    pattern = _pattern(site, argument)
    if not pattern.endswith(_END):
        return pattern, text.sql
    failure = raise_always("NOT_SUPPORTED", f"'{site.name} with $ on a text that ends a line'")
    ends = f"ends_with({text.sql}, chr(10))"
    return pattern.removesuffix(
        _END
    ) + "$", f"(CASE WHEN {ends} THEN {failure} ELSE {text.sql} END)"


@scalar("regexp_extract")
def _regexp_extract(site: CallSite, arguments: list[Typed]) -> Typed:
    text, pattern, *rest = take(site, arguments, VARCHAR, VARCHAR, BIGINT, optional=1)
    regex, searched = _search(site, pattern, text)
    group = _group(site, regex, rest)
    regex_sql = text_literal(regex)
    part = f"regexp_extract({searched}, {regex_sql}, {group})"
    return Typed(f"(CASE WHEN regexp_matches({searched}, {regex_sql}) THEN {part} END)", VARCHAR)


@scalar("regexp_extract_all")
def _regexp_extract_all(site: CallSite, arguments: list[Typed]) -> Typed:
    text, pattern, *rest = take(site, arguments, VARCHAR, VARCHAR, BIGINT, optional=1)
    regex, searched = _search(site, pattern, text)
    group = _group(site, regex, rest)
    sql = f"regexp_extract_all({searched}, {text_literal(regex)}, {group})"
    return Typed(sql, array(VARCHAR))


def _group(site: CallSite, regex: str, rest: list[Typed]) -> int:
    """Return the group's number; DuckDB cannot tell a group without part from an empty one."""
    if not rest:
        return 0
    group = rest[0].constant
    if not isinstance(group, int):
        raise site.refuse("with a group that is not a literal")
    if not 0 <= group <= re.compile(regex).groups:
        raise site.refuse(f"with the group {group}, which the pattern does not have")
    if group and re.search(r"\||\)[?*]|\)\{0", regex):
        raise site.refuse("of a group that may have no part in the match")
    return group


@scalar("regexp_replace")
def _regexp_replace(site: CallSite, arguments: list[Typed]) -> Typed:
    text, pattern, *rest = take(site, arguments, VARCHAR, VARCHAR, VARCHAR, optional=1)
    replacement = literal_text(site, rest[0], "a replacement") if rest else ""
    if re.search(r"\$(?!\d)|\\", replacement):
        raise site.refuse(f"with the replacement '{replacement}'")
    groups = re.sub(r"\$(\d)", r"\\\1", replacement)
    regex, searched = _search(site, pattern, text)
    replaced = f"regexp_replace({searched}, {text_literal(regex)}, {text_literal(groups)}, 'g')"
    return Typed(replaced, VARCHAR)


@scalar("regexp_count")
def _regexp_count(site: CallSite, arguments: list[Typed]) -> Typed:
    text, pattern = take(site, arguments, VARCHAR, VARCHAR)
    regex, searched = _search(site, pattern, text)
    sql = f"len(regexp_extract_all({searched}, {text_literal(regex)}))"
    return Typed(sql, BIGINT)


_JSON_PATH = re.compile(r"\$((\.[A-Za-z_][A-Za-z0-9_]*)|(\[\d+\])|(\[\"[^\"\\]+\"\]))*")


@scalar("json_extract_scalar")
def _json_extract_scalar(site: CallSite, arguments: list[Typed]) -> Typed:
    text, path = take(site, arguments, VARCHAR, VARCHAR)
    steps = literal_text(site, path, "a path")
    if not _JSON_PATH.fullmatch(steps):
        raise site.refuse(f"with the path '{steps}'")
    return Typed(f"athena_json_scalar({text.sql}, {text_literal(steps)})", VARCHAR)
