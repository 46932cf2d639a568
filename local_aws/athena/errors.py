"""The errors of a query, in the form in which Athena reports them."""

from __future__ import annotations

from dataclasses import dataclass

USER_CATEGORY = 2
SYSTEM_CATEGORY = 1
# AthenaError.ErrorType of a query that its author has to change.
_USER_ERROR_TYPE = 1006
_SYSTEM_ERROR_TYPE = 0


@dataclass(frozen=True)
class Position:
    """A place in the query's text; both count from 1, as Athena's messages do."""

    line: int
    column: int


class QueryError(Exception):
    """A query that fails, with the reason that `StateChangeReason` shows.

    Parameters
    ----------
    code : Trino's error name, such as TABLE_NOT_FOUND.
    message : what happened, in Athena's words.
    position : the place in the query, where one is to blame.
    """

    def __init__(self, code: str, message: str, position: Position | None = None) -> None:
        place = f"line {position.line}:{position.column}: " if position else ""
        super().__init__(f"{code}: {place}{message}")
        self.code = code

    @property
    def reason(self) -> str:
        """The text of StateChangeReason."""
        return str(self)

    def as_athena_error(self) -> dict[str, object]:
        """Return the AthenaError structure of GetQueryExecution."""
        system = self.code in ("GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR")
        return {
            "ErrorCategory": SYSTEM_CATEGORY if system else USER_CATEGORY,
            "ErrorType": _SYSTEM_ERROR_TYPE if system else _USER_ERROR_TYPE,
            "Retryable": False,
            "ErrorMessage": self.reason,
        }


class MalformedQueryError(Exception):
    """A text that is not Athena SQL: StartQueryExecution itself refuses it.

    The message has Trino's form: `line 1:8: mismatched input 'FORM'. Expecting: <query>`.
    """

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(f"line {position.line}:{position.column}: {message}")


class QueryCancelledError(Exception):
    """The query was stopped by StopQueryExecution."""


def not_supported(what: str, position: Position | None = None) -> QueryError:
    """Return the error for SQL that Athena may take and the local engine does not."""
    return QueryError("NOT_SUPPORTED", f"{what} is not supported by the LOCAL engine", position)


def type_mismatch(message: str, position: Position | None = None) -> QueryError:
    """Return the error for operands whose types do not fit."""
    return QueryError("TYPE_MISMATCH", message, position)
