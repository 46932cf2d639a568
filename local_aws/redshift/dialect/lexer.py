"""Cut a text of Redshift SQL into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    NAME = "name"  # in double quotes
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


@dataclass(frozen=True)
class Token:
    """A token.

    Attributes
    ----------
    text : a word or symbol as written, or the content of quotes.
    start, end : its place in the text; `end` is behind it.
    """

    kind: Kind
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|--[^\n]*)
    | (?P<comment>/\*)
    | (?P<string>'(?:[^'\\]|''|\\.)*')
    | (?P<name>"(?:[^"]|"")+")
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*|\#\w+|\$\d+)
    | (?P<symbol>::|\|\||<=|>=|<>|!=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_PART = re.compile(r"/\*|\*/")
# Redshift reads a backslash in a string as PostgreSQL 8 does.
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPED = {"\\": "\\", "'": "'", "n": "\n", "t": "\t", "r": "\r"}


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of a text, without comments.

    Raises
    ------
    SyntaxRefusedError : a string, a name or a comment is not closed.
    UnsupportedError : a string has an escape whose meaning is not sure.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(sql):
        found = _TOKEN.match(sql, position)
        assert found is not None  # noqa: S101  # the last alternative takes any character
        if found.lastgroup == "comment":
            position = _end_of_comment(sql, position)
            continue
        if found.lastgroup != "blank":
            tokens.append(_token(found))
        position = found.end()
    return tokens


def _token(found: re.Match[str]) -> Token:
    written, kind = found[0], Kind(found.lastgroup)
    if kind is Kind.SYMBOL and written in "'\"":
        raise SyntaxRefusedError(f"unterminated quoted string at or near {written}")
    if kind is Kind.STRING:
        text = _ESCAPE.sub(_unescaped, written[1:-1])
    elif kind is Kind.NAME:
        text = written[1:-1].replace('""', '"')
    else:
        text = written
    return Token(kind, text, found.start(), found.end())


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return "'"
    if found[1] not in _ESCAPED:
        raise UnsupportedError(
            f"the escape {found[0]} in a string", "A backslash in a string is written twice."
        )
    return _ESCAPED[found[1]]


def _end_of_comment(sql: str, start: int) -> int:
    depth = 0
    for part in _COMMENT_PART.finditer(sql, start):
        depth += 1 if part[0] == "/*" else -1
        if depth == 0:
            return part.end()
    raise SyntaxRefusedError("unterminated /* comment")
