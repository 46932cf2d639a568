"""Cut a text of Redshift SQL into tokens and statements."""

from __future__ import annotations

from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from local_aws.redshift.dialect.redshift_parser import StrictRedshift
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_QUOTED = (TokenType.STRING, TokenType.IDENTIFIER)


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of a text.

    Raises
    ------
    SyntaxRefusedError : a string or comment is not closed.
    """
    try:
        return list(StrictRedshift().tokenize(sql))
    except TokenError as unfinished:
        raise SyntaxRefusedError(f"syntax error: {unfinished}") from unfinished


def split(sql: str) -> list[str]:
    """Return the statements of a text that semicolons separate, without empty ones."""
    statements: list[str] = []
    start: int | None = None
    end = 0
    for token in tokenize(sql):
        if token.token_type == TokenType.SEMICOLON:
            if start is not None:
                statements.append(sql[start : end + 1])
            start = None
        else:
            start = token.start if start is None else start
            end = token.end
    if start is not None:
        statements.append(sql[start : end + 1])
    return statements


class Reader:
    """Reads the tokens of a command one by one.

    Parameters
    ----------
    sql : one statement.
    """

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = tokenize(sql)
        self._next = 0

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._next >= len(self._tokens)

    def word(self, ahead: int = 0) -> str:
        """Return the coming word in upper case, or a symbol; empty for a string or at the end."""
        index = self._next + ahead
        if index >= len(self._tokens) or self._tokens[index].token_type in _QUOTED:
            return ""
        return str(self._tokens[index].text).upper()

    def take(self, *words: str) -> bool:
        """Step over these words if they come next, all of them."""
        if all(self.word(ahead) == word for ahead, word in enumerate(words)):
            self._next += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Step over these words; anything else is a syntax error."""
        if not self.take(*words):
            raise self.syntax_error()

    def name(self) -> str:
        """Return a name: lower-cased even in quotes, as Redshift folds it by default."""
        if self.at_end or self._tokens[self._next].token_type == TokenType.STRING:
            raise self.syntax_error()
        token = self._tokens[self._next]
        if token.token_type != TokenType.IDENTIFIER and not _is_word(token.text):
            raise self.syntax_error()
        self._next += 1
        return str(token.text).lower()

    def dotted_name(self) -> tuple[str, ...]:
        """Return the parts of a name such as `schema.table`."""
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        return tuple(parts)

    def names_in_parentheses(self) -> tuple[str, ...]:
        """Return the names of `(a, b)`."""
        self.expect("(")
        names = [self.name()]
        while self.take(","):
            names.append(self.name())
        self.expect(")")
        return tuple(names)

    def string(self) -> str:
        """Return the content of a string literal."""
        if self.at_end or self._tokens[self._next].token_type != TokenType.STRING:
            raise self.syntax_error()
        self._next += 1
        return str(self._tokens[self._next - 1].text)

    def has_string(self) -> bool:
        """Return whether a string literal comes next."""
        return not self.at_end and self._tokens[self._next].token_type == TokenType.STRING

    def number(self) -> int:
        """Return a whole number."""
        if not self.word().isdigit():
            raise self.syntax_error()
        self._next += 1
        return int(self._tokens[self._next - 1].text)

    def skip(self) -> str:
        """Step over one token and return its word."""
        word = self.word()
        self._next += 1
        return word

    def rest(self) -> str:
        """Return the text that is left, as it was written, and step over it."""
        if self.at_end:
            return ""
        text = self._sql[self._tokens[self._next].start :]
        self._next = len(self._tokens)
        return text

    def until_parenthesis(self) -> str:
        """Return the text from an opening parenthesis to the one that closes it, both left out."""
        self.expect("(")
        first, depth = self._next, 1
        while depth:
            if self.at_end:
                raise self.syntax_error()
            depth += {"(": 1, ")": -1}.get(self.word(), 0)
            self._next += 1
        start = self._tokens[first].start
        return self._sql[start : self._tokens[self._next - 1].start]

    def end(self) -> None:
        """Demand that nothing is left."""
        if not self.at_end:
            raise self.syntax_error()

    def syntax_error(self) -> SyntaxRefusedError:
        """Return the error that names the coming token."""
        if self.at_end:
            return SyntaxRefusedError("syntax error at end of input")
        token = self._tokens[self._next]
        return SyntaxRefusedError(f'syntax error at or near "{token.text}"')

    def unsupported(self, what: str) -> UnsupportedError:
        """Return the error for the coming part, with what it is part of."""
        return UnsupportedError(f"{what} {self.word()}".rstrip())


def _is_word(text: str) -> bool:
    return bool(text) and (text[0].isalpha() or text[0] in "_#") and text.isascii() is not None
