"""The errors of a statement, in the form in which Redshift's clients see them.

RedshiftError
├── SyntaxRefusedError      what Redshift itself refuses
├── UnsupportedError        what Redshift may take and the local engine does not
└── LoadError               a COPY or UNLOAD that fails
"""

from __future__ import annotations


class RedshiftError(Exception):
    """A statement that fails.

    Parameters
    ----------
    message : what happened, in Redshift's words where they are known.
    code : SQLSTATE.
    detail : what a person can do about it.
    """

    def __init__(self, message: str, code: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.detail = detail


class SyntaxRefusedError(RedshiftError):
    """SQL that Redshift refuses."""

    def __init__(self, message: str, code: str = "42601", detail: str | None = None) -> None:
        super().__init__(message, code, detail)


class UnsupportedError(RedshiftError):
    """SQL that Redshift may take and the local engine cannot run with the same outcome."""

    def __init__(self, what: str, detail: str | None = None) -> None:
        super().__init__(f"{what} is not supported by the LOCAL engine", "0A000", detail)


class LoadError(RedshiftError):
    """A COPY or UNLOAD that fails; nothing of it stays."""

    def __init__(self, message: str, detail: str | None = None, code: str = "XX000") -> None:
        super().__init__(message, code, detail)
