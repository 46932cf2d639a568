"""Cut the text of a query into Trino's tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from local_aws.athena.errors import MalformedQueryError, Position


class Kind(Enum):
    """What a token is."""

    NAME = auto()  # an unquoted identifier or a keyword
    QUOTED = auto()  # "identifier"
    BACKQUOTED = auto()  # `identifier`: Hive DDL only
    STRING = auto()
    BINARY = auto()
    INTEGER = auto()
    DECIMAL = auto()
    DOUBLE = auto()
    SYMBOL = auto()
    PARAMETER = auto()
    END = auto()


@dataclass(frozen=True)
class Token:
    """A token: `text` as written, `value` unquoted and unescaped."""

    kind: Kind
    text: str
    value: str
    position: Position

    @property
    def keyword(self) -> str:
        """The upper-cased text of an unquoted name, else an empty string."""
        return self.text.upper() if self.kind is Kind.NAME else ""

    @property
    def label(self) -> str:
        """A name as written, in its own case."""
        return self.text if self.kind is Kind.NAME else self.value


_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\r\n]*|/\*.*?\*/)
  | (?P<BINARY>[xX]'(?:[^'])*')
  | (?P<STRING>'(?:[^']|'')*'(?!'))
  | (?P<QUOTED>"(?:[^"]|"")*"(?!"))
  | (?P<BACKQUOTED>`(?:[^`]|``)*`)
  | (?P<DOUBLE>(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d+)
  | (?P<DECIMAL>\d+\.\d*|\.\d+)
  | (?P<INTEGER>\d+)
  | (?P<NAME>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<PARAMETER>\?)
  | (?P<SYMBOL><>|!=|<=|>=|\|\||->|=>|[-+*/%=<>(),.;\[\]:])
    """,
    re.VERBOSE | re.DOTALL,
)


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of `sql`, with an END token last.

    Raises
    ------
    MalformedQueryError : a character that no Trino token starts with.
    """
    tokens: list[Token] = []
    offset, line, line_start = 0, 1, 0
    while offset < len(sql):
        position = Position(line, offset - line_start + 1)
        match = _TOKEN.match(sql, offset)
        if match is None:
            raise MalformedQueryError(f"mismatched input '{sql[offset]}'", position)
        text = match.group()
        if match.lastgroup != "space":
            kind = Kind[str(match.lastgroup)]
            tokens.append(Token(kind, text, _value(kind, text, position), position))
        newlines = text.count("\n")
        if newlines:
            line += newlines
            line_start = offset + text.rindex("\n") + 1
        offset = match.end()
    tokens.append(Token(Kind.END, "<EOF>", "", Position(line, offset - line_start + 1)))
    _refuse_run_together(tokens)
    return tokens


def _value(kind: Kind, text: str, position: Position) -> str:
    if kind in (Kind.STRING, Kind.QUOTED, Kind.BACKQUOTED):
        value = text[1:-1].replace(text[0] * 2, text[0])
        if kind is not Kind.STRING and not value:
            raise MalformedQueryError("Zero-length delimited identifier not allowed", position)
        return value
    if kind is Kind.BINARY:
        digits = re.sub(r"\s", "", text[2:-1])
        if len(digits) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", digits):
            raise MalformedQueryError(f"Invalid binary literal: {text}", position)
        return digits.upper()
    if kind is Kind.NAME:
        return text.lower()
    return text


def _refuse_run_together(tokens: list[Token]) -> None:
    """Refuse `1abc` and `'a''b'x`: Trino wants white space between number and name."""
    numbers = (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)
    for token, following in pairwise(tokens):
        touching = (
            token.position.line == following.position.line
            and token.position.column + len(token.text) == following.position.column
        )
        if token.kind in numbers and following.kind is Kind.NAME and touching:
            raise MalformedQueryError(
                "identifiers must not start with a digit; surround the identifier with "
                "double quotes",
                token.position,
            )
