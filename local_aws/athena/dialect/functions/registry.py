"""Where scalar functions are listed, and how their arguments are checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from local_aws.athena.dialect import types
from local_aws.athena.dialect.coercion import Typed, coerce
from local_aws.athena.dialect.failures import Failures
from local_aws.athena.dialect.types import SqlType, can_coerce
from local_aws.athena.errors import Position, QueryError, not_supported


@dataclass(frozen=True)
class CallSite:
    """One call of a function.

    Attributes
    ----------
    now : the query's start, UTC.
    failures : what the call does where Trino would raise an error.
    """

    name: str
    position: Position
    failures: Failures
    now: datetime

    def wrong_arguments(self, arguments: Sequence[Typed]) -> QueryError:
        """Return the error for arguments that no form of the function takes."""
        given = ", ".join(str(argument.kind) for argument in arguments)
        return QueryError(
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({given}) for function {self.name}",
            self.position,
        )

    def refuse(self, what: str) -> QueryError:
        """Return the error for a form of the function that the local engine lacks."""
        return not_supported(f"{self.name} {what}", self.position)

    def fail(self, message: str) -> str:
        """Return the SQL for an argument's value that Trino refuses; `message` is SQL."""
        return self.failures.fail("INVALID_FUNCTION_ARGUMENT", message)


Scalar = Callable[[CallSite, list[Typed]], Typed]
SCALARS: dict[str, Scalar] = {}


def scalar(*names: str) -> Callable[[Scalar], Scalar]:
    """List a function under its names in Trino."""

    def register(function: Scalar) -> Scalar:
        SCALARS.update(dict.fromkeys(names, function))
        return function

    return register


def template(names: str, parameters: Sequence[SqlType], result: SqlType, sql: str) -> None:
    """List a function that is one SQL text, with {0}, {1} for its arguments."""

    def translate(site: CallSite, arguments: list[Typed]) -> Typed:
        taken = take(site, arguments, *parameters)
        return Typed(sql.format(*(argument.sql for argument in taken)), result)

    scalar(*names.split())(translate)


def take(
    site: CallSite, arguments: list[Typed], *parameters: SqlType, optional: int = 0
) -> list[Typed]:
    """Return the arguments read as the parameters' types; the last `optional` may lack.

    A parameter VARCHAR takes a text of any length and leaves it its type.
    """
    if not len(parameters) - optional <= len(arguments) <= len(parameters):
        raise site.wrong_arguments(arguments)
    taken = []
    for argument, parameter in zip(arguments, parameters, strict=False):
        if parameter == types.VARCHAR and argument.kind.base == "varchar":
            taken.append(argument)
        elif can_coerce(argument.kind, parameter):
            taken.append(coerce(argument, parameter))
        else:
            raise site.wrong_arguments(arguments)
    return taken


def literal_text(site: CallSite, argument: Typed, what: str) -> str:
    """Return the value of an argument that has to be a string literal."""
    if not isinstance(argument.constant, str):
        raise site.refuse(f"with {what} that is not a literal")
    return argument.constant
