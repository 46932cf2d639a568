"""Read a statement token by token."""

from __future__ import annotations

from local_aws.redshift.dialect.lexer import Kind, Token, tokenize
from local_aws.redshift.dialect.reserved_words import check_name
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError


def split(sql: str) -> list[str]:
    """Return the statements of a text that semicolons separate, without empty ones."""
    statements: list[str] = []
    start: int | None = None
    end = 0
    for token in tokenize(sql):
        if token.kind is Kind.SYMBOL and token.text == ";":
            if start is not None:
                statements.append(sql[start:end])
            start = None
        else:
            start = token.start if start is None else start
            end = token.end
    if start is not None:
        statements.append(sql[start:end])
    return statements


class Reader:
    """Reads the tokens of a statement one by one.

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
        """Return the coming word in upper case, or a symbol; empty for quotes or at the end."""
        index = self._next + ahead
        if index >= len(self._tokens) or self._tokens[index].kind in (Kind.STRING, Kind.NAME):
            return ""
        return self._tokens[index].text.upper()

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

    def skip(self) -> str:
        """Step over one token and return its word."""
        word = self.word()
        self._step()
        return word

    def name(self) -> str:
        """Return a name: lower-cased even in quotes, as Redshift folds it by default."""
        if not self._comes(Kind.NAME, Kind.WORD):
            raise self.syntax_error()
        token = self._step()
        if token.kind is Kind.WORD:
            check_name(token.text)
        return token.text.lower()

    def user_name(self) -> str:
        """Return the name of a user, group or role: quotes keep its case, as `"IAMR:Loader"`."""
        if self._comes(Kind.NAME):
            return self._step().text
        return self.name()

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

    def has_string(self) -> bool:
        """Return whether a string literal comes next."""
        return self._comes(Kind.STRING)

    def string(self) -> str:
        """Return the content of a string literal."""
        if not self.has_string():
            raise self.syntax_error()
        return self._step().text

    def number(self) -> int:
        """Return a whole number."""
        if not self.word().isdigit():
            raise self.syntax_error()
        return int(self._step().text)

    def text(self) -> str:
        """Return one token as it was written or the content of its quotes."""
        return self._step().text

    def rest(self) -> str:
        """Return the text that is left, as it was written, and step over it."""
        if self.at_end:
            return ""
        text = self._sql[self._tokens[self._next].start :]
        self._next = len(self._tokens)
        return text

    def until(self, *words: str) -> str:
        """Return the text up to one of these words outside of parentheses."""
        first, depth = self._next, 0
        while not self.at_end and not (depth == 0 and self.word() in words):
            depth += {"(": 1, ")": -1}.get(self.word(), 0)
            self._next += 1
        if first == self._next:
            raise self.syntax_error()
        return self._sql[self._tokens[first].start : self._tokens[self._next - 1].end]

    def end(self) -> None:
        """Demand that nothing is left."""
        if not self.at_end:
            raise self.syntax_error()

    def syntax_error(self) -> SyntaxRefusedError:
        """Return the error that names the coming token."""
        if self.at_end:
            return SyntaxRefusedError("syntax error at end of input")
        return SyntaxRefusedError(f'syntax error at or near "{self._tokens[self._next].text}"')

    def unsupported(self, what: str) -> UnsupportedError:
        """Return the error for the coming part, with what it is part of."""
        return UnsupportedError(f"{what} {self.word()}".rstrip())

    def _comes(self, *kinds: Kind) -> bool:
        return not self.at_end and self._tokens[self._next].kind in kinds

    def _step(self) -> Token:
        if self.at_end:
            raise self.syntax_error()
        self._next += 1
        return self._tokens[self._next - 1]
