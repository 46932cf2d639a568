"""Walk over the tokens of a query, and name what was expected where they do not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from local_aws.athena.dialect.lexer import Kind, Token, tokenize
from local_aws.athena.errors import MalformedQueryError, Position

T = TypeVar("T")

# Trino's reserved words: they cannot be names unless they are quoted.
RESERVED = frozenset(
    [
        "ALTER",
        "AND",
        "AS",
        "BETWEEN",
        "BY",
        "CASE",
        "CAST",
        "CONSTRAINT",
        "CREATE",
        "CROSS",
        "CUBE",
        "CURRENT_CATALOG",
        "CURRENT_DATE",
        "CURRENT_PATH",
        "CURRENT_ROLE",
        "CURRENT_SCHEMA",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "CURRENT_USER",
        "DEALLOCATE",
        "DELETE",
        "DESCRIBE",
        "DISTINCT",
        "DROP",
        "ELSE",
        "END",
        "ESCAPE",
        "EXCEPT",
        "EXECUTE",
        "EXISTS",
        "EXTRACT",
        "FALSE",
        "FOR",
        "FROM",
        "FULL",
        "GROUP",
        "GROUPING",
        "HAVING",
        "IN",
        "INNER",
        "INSERT",
        "INTERSECT",
        "INTO",
        "IS",
        "JOIN",
        "JSON_ARRAY",
        "JSON_EXISTS",
        "JSON_OBJECT",
        "JSON_QUERY",
        "JSON_TABLE",
        "JSON_VALUE",
        "LEFT",
        "LIKE",
        "LISTAGG",
        "LOCALTIME",
        "LOCALTIMESTAMP",
        "NATURAL",
        "NORMALIZE",
        "NOT",
        "NULL",
        "ON",
        "OR",
        "ORDER",
        "OUTER",
        "PREPARE",
        "RECURSIVE",
        "RIGHT",
        "ROLLUP",
        "SELECT",
        "SKIP",
        "TABLE",
        "THEN",
        "TRIM",
        "TRUE",
        "UESCAPE",
        "UNION",
        "UNNEST",
        "USING",
        "VALUES",
        "WHEN",
        "WHERE",
        "WITH",
    ]
)


class TokenStream:
    """The tokens of a query and how far they have been read."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._tokens = tokenize(sql)
        self._index = 0
        self._parameters = 0

    @property
    def here(self) -> Token:
        """The next token."""
        return self._tokens[self._index]

    @property
    def previous(self) -> Token:
        """The token taken last."""
        return self._tokens[self._index - 1]

    @property
    def position(self) -> Position:
        """Where the next token stands."""
        return self.here.position

    def ahead(self, count: int = 1) -> Token:
        """Return the token `count` after the next one."""
        return self._tokens[min(self._index + count, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Take the next token."""
        token = self.here
        if token.kind is not Kind.END:
            self._index += 1
        return token

    def at(self, *words: str) -> bool:
        """Tell whether the next tokens are these keywords or symbols, in this order."""
        return all(self._is(self.ahead(offset), word) for offset, word in enumerate(words))

    def at_any(self, *words: str) -> bool:
        """Tell whether the next token is one of these keywords or symbols."""
        return any(self._is(self.here, word) for word in words)

    def accept(self, *words: str) -> bool:
        """Take these keywords or symbols if they come next, all of them or none."""
        if not self.at(*words):
            return False
        self._index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these keywords or symbols, one after the other."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected(f"'{word}'")

    def expect_any(self, *words: str) -> str:
        """Take one of these keywords and return it."""
        for word in words:
            if self.accept(word):
                return word
        raise self.unexpected(*(f"'{word}'" for word in words))

    def identifier(self) -> str:
        """Take a name; unquoted and quoted ones alike are lower-cased, as Athena does."""
        token = self.here
        if token.kind is Kind.QUOTED:
            return self.advance().value.lower()
        if token.kind is Kind.NAME and token.keyword not in RESERVED:
            return self.advance().value
        if token.kind is Kind.BACKQUOTED:
            raise MalformedQueryError(
                "backquoted identifiers are not supported; use double quotes to quote identifiers",
                token.position,
            )
        raise self.unexpected("<identifier>")

    def at_alias(self) -> bool:
        """Tell whether an alias without AS comes next, and not the clause that may follow."""
        return self.at_identifier() and not self.at_any("LIMIT", "OFFSET", "FETCH", "WINDOW")

    def at_identifier(self) -> bool:
        """Tell whether a name comes next."""
        if self.here.kind is Kind.NAME:
            return self.here.keyword not in RESERVED
        return self.here.kind is Kind.QUOTED

    def qualified_name(self) -> tuple[str, ...]:
        """Take a dotted name."""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        return tuple(parts)

    def string(self) -> str:
        """Take a string literal."""
        if self.here.kind is not Kind.STRING:
            raise self.unexpected("<string>")
        return self.advance().value

    def integer(self) -> int:
        """Take an integer literal."""
        if self.here.kind is not Kind.INTEGER:
            raise self.unexpected("<integer>")
        return int(self.advance().text)

    def list_of(self, item: Callable[[], T]) -> tuple[T, ...]:
        """Take items separated by commas."""
        items = [item()]
        while self.accept(","):
            items.append(item())
        return tuple(items)

    def in_parentheses(self, item: Callable[[], T]) -> T:
        """Take an item between parentheses."""
        self.expect("(")
        taken = item()
        self.expect(")")
        return taken

    def text_from(self, start: Position) -> str:
        """Return the query's text from a place on."""
        lines = self.sql.split("\n")
        rest = [lines[start.line - 1][start.column - 1 :], *lines[start.line :]]
        return "\n".join(rest)

    def unexpected(self, *expecting: str) -> MalformedQueryError:
        """Return the error for the next token, which is none of what could come here."""
        expected = f". Expecting: {', '.join(expecting)}" if expecting else ""
        return MalformedQueryError(f"mismatched input '{self.here.text}'{expected}", self.position)

    @staticmethod
    def _is(token: Token, word: str) -> bool:
        if token.kind is Kind.NAME:
            return token.keyword == word
        return token.kind is Kind.SYMBOL and token.text == word
