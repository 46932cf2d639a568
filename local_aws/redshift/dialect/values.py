"""A translated expression, and the calls that functions translate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from local_aws.redshift.dialect.arithmetic import common
from local_aws.redshift.dialect.types import SqlType
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import literal


@dataclass(frozen=True)
class Value:
    """An expression in PostgreSQL's SQL.

    Attributes
    ----------
    sql : the text; it binds tighter than any operator.
    type : its type in Redshift.
    constant : whether no column is read for it.
    column : whether it is a column as it is stored.
    """

    sql: str
    type: SqlType
    constant: bool = False
    column: bool = False


Translate = Callable[[exp.Expression], Value]


@dataclass(frozen=True)
class Call:
    """A function call in Redshift's SQL.

    Attributes
    ----------
    name : in lower case.
    arguments : as they were written.
    translate : translates an argument.
    distinct : whether DISTINCT stands before the arguments.
    order : the ORDER BY of WITHIN GROUP.
    over : the OVER clause, translated; empty where it is no window function.
    """

    name: str
    arguments: list[exp.Expression]
    translate: Translate
    distinct: bool = False
    order: list[exp.Expression] = field(default_factory=list)
    over: str = ""

    def values(self, fewest: int, most: int | None = None) -> list[Value]:
        """Return the translated arguments, once their number is found right."""
        self.check_count(fewest, most)
        return [self.translate(argument) for argument in self.arguments]

    def check_count(self, fewest: int, most: int | None = None) -> None:
        """Refuse a wrong number of arguments."""
        count, most = len(self.arguments), fewest if most is None else most
        if not fewest <= count <= most:
            raise SyntaxRefusedError(
                f"function {self.name} with {count} arguments does not exist", "42883"
            )


Function = Callable[[Call], Value]


def all_constant(*values: Value) -> bool:
    """Return whether no column is read for any of the values."""
    return all(value.constant for value in values)


def converted(value: Value, target: SqlType) -> str:
    """Return the text of a value among others whose common type is `target`."""
    if value.type == target or target.kind in ("unknown", "system", "varchar", "char"):
        return value.sql
    return f"CAST({value.sql} AS {target.postgres})"


def of_one_type(values: list[Value]) -> tuple[list[str], SqlType]:
    """Return the texts of values that become one type, and that type."""
    target = common([value.type for value in values])
    return [converted(value, target) for value in values], target


def only(node: exp.Expression, *names: str) -> None:
    """Refuse a node that has any other part than these: nothing is dropped silently.

    Raises
    ------
    UnsupportedError : it has one.
    """
    for name, part in node.args.items():
        if part and name not in names:
            raise UnsupportedError(f"{name.strip('_').upper()} in {type(node).__name__.upper()}")


def text_literal(node: exp.Expression, what: str) -> str:
    """Return the content of a string literal that must be one."""
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise UnsupportedError(f"{what} that is no string literal")


def number_literal(node: Any, what: str) -> int:
    """Return the value of an integer literal that must be one, also a negative."""
    negative = isinstance(node, exp.Neg)
    inner = node.this if negative else node
    if isinstance(inner, exp.Literal) and not inner.is_string and inner.this.isdigit():
        return -int(inner.this) if negative else int(inner.this)
    raise UnsupportedError(f"{what} that is no number")


def string(text: str) -> str:
    """Return a string literal of PostgreSQL."""
    return literal(text)
