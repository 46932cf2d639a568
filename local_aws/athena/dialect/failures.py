"""What a translated expression does where Trino would raise an error for a row."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.athena.dialect.coercion import text_literal


@dataclass(frozen=True)
class Failures:
    """Raise the error, or answer NULL within TRY and TRY_CAST.

    Attributes
    ----------
    silent : NULL in place of the error.
    """

    silent: bool = False

    def fail(self, code: str, *message: str) -> str:
        """Return the SQL that stands for an error; `message` are SQL texts to be joined."""
        if self.silent:
            return "NULL"
        return raise_always(code, *message)

    @property
    def cast(self) -> str:
        """The keyword of a cast that fails in this way."""
        return "TRY_CAST" if self.silent else "CAST"


def raise_always(code: str, *message: str) -> str:
    """Return the SQL that raises an error, also within TRY."""
    text = " || ".join((text_literal(f"{code}: "), *message))
    return f"error({text})"


RAISING = Failures()
SILENT = Failures(silent=True)
