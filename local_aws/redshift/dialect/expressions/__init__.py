"""Translate expressions: a kind of node that no rule is for is refused."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.expressions import calls, literals, operators, predicates
from local_aws.redshift.dialect.expressions.context import Context, Names
from local_aws.redshift.dialect.values import Value

_RULES = {**literals.RULES, **operators.RULES, **predicates.RULES, **calls.RULES}


def translate_expression(node: exp.Expression, names: Names) -> Value:
    """Return an expression in PostgreSQL's SQL, with its type in Redshift.

    Raises
    ------
    UnsupportedError : it has a part that is not on the list.
    SyntaxRefusedError : Redshift refuses it.
    """
    return Context(names, _RULES).translate(node)
