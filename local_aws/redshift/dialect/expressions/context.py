"""What the rules of expressions work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlglot import exp

from local_aws.redshift.dialect.types import SqlType
from local_aws.redshift.dialect.values import Value
from local_aws.redshift.errors import UnsupportedError


class Names(Protocol):
    """Where an expression finds its columns and subqueries."""

    def column(self, parts: tuple[str, ...]) -> Value:
        """Return a column by its dotted name."""

    def subquery(self, query: exp.Expression, *, is_in: bool = False) -> tuple[str, list[SqlType]]:
        """Return a translated subquery and the types of its columns."""

    def called(self, function: str) -> None:
        """Note that a function is called."""


@dataclass(frozen=True)
class Context:
    """Translates the parts of an expression by the rules there are.

    Attributes
    ----------
    names : where columns and subqueries come from.
    rules : by the kind of node.
    """

    names: Names
    rules: Mapping[type[exp.Expression], Rule]

    def translate(self, node: exp.Expression) -> Value:
        """Return a part of the expression; a kind without a rule is refused."""
        rule = self.rules.get(type(node))
        if rule is None:
            raise UnsupportedError(f"{type(node).__name__.upper()}: {node.sql('redshift')}")
        return rule(node, self)


Rule = Callable[[Any, Context], Value]
"""Takes a node and the context of its parts."""
