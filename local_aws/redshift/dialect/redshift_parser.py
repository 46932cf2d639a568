"""sqlglot's Redshift parser, kept from guessing: functions stay as they were written."""

from __future__ import annotations

import logging
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, TokenError

from local_aws.redshift.dialect.lexer import Kind, tokenize
from local_aws.redshift.dialect.reserved_words import check_name
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

# sqlglot warns of statements that it keeps as plain text; such statements are refused here.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_Parser: Any = Redshift.Parser
_SYNTAX_OF_THEIR_OWN = ("CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")
APPROXIMATE_COUNT = "approximate count"
PARAMETER = "parameter_"
"""What the name of a placeholder for `$1` begins with."""


def _parse_approximate(parser: Any) -> exp.Expression:
    """Read what follows APPROXIMATE: `COUNT(DISTINCT x)` and nothing else."""
    call = parser._parse_function()  # sqlglot's way to extend its parser
    is_count = isinstance(call, exp.Anonymous) and str(call.this).lower() == "count"
    if not is_count or not isinstance(call.expressions[0], exp.Distinct):
        raise UnsupportedError("APPROXIMATE before anything but COUNT(DISTINCT …)")
    return exp.Anonymous(this=APPROXIMATE_COUNT, expressions=call.expressions)


class StrictRedshift(Redshift):  # type: ignore[misc]  # sqlglot ships no types that fit
    """Redshift's grammar; each function call is `exp.Anonymous` with its name and arguments."""

    class Parser(_Parser):  # type: ignore[misc]
        """Knows no functions but those with a syntax of their own."""

        FUNCTIONS: dict[str, Any] = {}  # noqa: RUF012  # sqlglot's way to configure a parser
        FUNCTION_PARSERS: dict[str, Any] = {  # noqa: RUF012
            name: _Parser.FUNCTION_PARSERS[name] for name in _SYNTAX_OF_THEIR_OWN
        }
        NO_PAREN_FUNCTION_PARSERS: dict[str, Any] = {  # noqa: RUF012
            "APPROXIMATE": _parse_approximate,
            "CASE": _Parser.NO_PAREN_FUNCTION_PARSERS["CASE"],
        }


def _with_named_parameters(sql: str) -> str:
    """Return the text with `$1` as `:parameter_1`: sqlglot takes `$1` for a quotation mark."""
    parts, position = [], 0
    for token in tokenize(sql):
        if token.kind is Kind.WORD and token.text.startswith("$"):
            parts += [sql[position : token.start], f":{PARAMETER}{token.text[1:]}"]
            position = token.end
    return "".join(parts) + sql[position:]


def parse(sql: str) -> exp.Expression:
    """Return the tree of one query, INSERT, UPDATE, DELETE or MERGE.

    Raises
    ------
    SyntaxRefusedError : it is not SQL.
    """
    try:
        tree = sqlglot.parse_one(_with_named_parameters(sql), read=StrictRedshift)
    except ParseError as malformed:
        found = malformed.errors[0] if malformed.errors else {}
        near = f' at or near "{found["highlight"]}"' if found.get("highlight") else ""
        raise SyntaxRefusedError(f"syntax error{near}", detail=found.get("description")) from None
    except TokenError as malformed:
        raise SyntaxRefusedError(f"syntax error: {malformed}") from None
    if isinstance(tree, exp.Command):
        raise UnsupportedError(f"{str(tree.this).upper()} in this form")
    for name in tree.find_all(exp.Identifier):
        if not name.args.get("quoted"):
            check_name(str(name.this))
    return tree
