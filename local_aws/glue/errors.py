"""The errors that Glue's API answers with."""

from __future__ import annotations


class GlueApiError(Exception):
    """An error of the Glue API, by its code.

    Attributes
    ----------
    code : name of the exception, such as EntityNotFoundException.
    message : what the client is told.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def not_found(message: str) -> GlueApiError:
    """Return an EntityNotFoundException."""
    return GlueApiError("EntityNotFoundException", message)


def invalid(message: str) -> GlueApiError:
    """Return an InvalidInputException."""
    return GlueApiError("InvalidInputException", message)
