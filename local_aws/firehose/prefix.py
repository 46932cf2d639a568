"""Evaluate the `!{namespace:value}` expressions of an S3 prefix as Firehose does."""

from __future__ import annotations

import re
import secrets
import string
from datetime import UTC, datetime

_EXPRESSION = re.compile(r"!\{([^:}]*):([^}]*)\}")
_LETTERS = string.ascii_lowercase + string.digits
_DEFAULT_FOLDERS = "!{timestamp:yyyy/MM/dd/HH/}"
_TOKEN = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+)")

# The letters of Java's DateTimeFormatter that stand for a plain number.
_NUMBERS = {
    "y": "%Y",
    "M": "%m",
    "d": "%d",
    "D": "%j",
    "H": "%H",
    "m": "%M",
    "s": "%S",
}


class PrefixError(ValueError):
    """A prefix that Firehose refuses, or that the local cloud cannot evaluate."""


def check_prefixes(prefix: str, error_prefix: str) -> None:
    """Refuse a pair of prefixes that Firehose would refuse.

    Rules: "Understand custom prefixes for Amazon S3 objects" in the Firehose developer guide.

    Raises
    ------
    PrefixError : with what is wrong.
    """
    if _EXPRESSION.search(prefix) and not error_prefix:
        raise PrefixError("ErrorOutputPrefix is required when Prefix contains expressions")
    if "!{firehose:error-output-type}" in prefix:
        raise PrefixError("Prefix cannot contain !{firehose:error-output-type}")
    has_type = "!{firehose:error-output-type}" in error_prefix
    if _EXPRESSION.search(error_prefix) and not has_type:
        raise PrefixError("ErrorOutputPrefix must contain !{firehose:error-output-type}")
    for template in (prefix, error_prefix.replace("!{firehose:error-output-type}", "")):
        evaluate(template, datetime.now(UTC))


def evaluate(template: str, at: datetime) -> str:
    """Return the prefix for an object whose oldest record arrived at `at`.

    Without a timestamp expression `yyyy/MM/dd/HH/` is appended, as Firehose does.

    Raises
    ------
    PrefixError : an expression that the local cloud cannot evaluate.
    """
    if "!{timestamp:" not in template:
        template += _DEFAULT_FOLDERS

    def value_of(expression: re.Match[str]) -> str:
        namespace, value = expression.groups()
        if namespace == "timestamp":
            return format_java_time(value, at)
        if (namespace, value) == ("firehose", "random-string"):
            return "".join(secrets.choice(_LETTERS) for _ in range(11))
        raise PrefixError(f"!{{{namespace}:{value}}} is not supported in a prefix")

    return _EXPRESSION.sub(value_of, template)


def format_java_time(pattern: str, at: datetime) -> str:
    """Format a time with a pattern of Java's DateTimeFormatter: numbers and 'quoted text' only.

    Raises
    ------
    PrefixError : a letter that is not supported (week years, names, zones).
    """
    formatted = []
    for token in _TOKEN.finditer(pattern):
        letters = token["letters"]
        if token["quoted"] is not None:
            formatted.append(token["quoted"] or "'")
        elif letters is None:
            formatted.append(token["other"])
        else:
            formatted.append(_number(letters, at))
    return "".join(formatted)


def _number(letters: str, at: datetime) -> str:
    directive = _NUMBERS.get(letters[0])
    if directive is None or (letters[0] == "M" and len(letters) > 2):
        raise PrefixError(f"the time pattern {letters!r} is not supported in a prefix")
    number = int(at.strftime(directive))
    if letters == "yy":
        number %= 100
    return str(number).zfill(len(letters))
