"""Translate expressions: each kind that is not listed here is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from sqlglot import exp

from local_aws.redshift.dialect.casts import cast
from local_aws.redshift.dialect.functions import find_function
from local_aws.redshift.dialect.functions.windows import over_clause
from local_aws.redshift.dialect.redshift_parser import PARAMETER
from local_aws.redshift.dialect.types import (
    BOOLEAN,
    DATE,
    INTEGER,
    INTERVAL,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    SqlType,
    decimal,
    of_arithmetic,
    type_of_tree,
    varchar,
)
from local_aws.redshift.dialect.values import (
    Call,
    Value,
    all_constant,
    of_one_type,
    only,
    string,
)
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import quoted


class Names(Protocol):
    """Where an expression finds its columns and subqueries."""

    def column(self, parts: tuple[str, ...]) -> Value:
        """Return a column by its dotted name."""

    def subquery(self, query: exp.Expression) -> tuple[str, list[SqlType]]:
        """Return a translated subquery and the types of its columns."""


_INT_MAX, _BIGINT_MAX = 2**31 - 1, 2**63 - 1
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_COMPARISONS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_PATTERNS = {exp.RegexpLike: "~", exp.RegexpILike: "~*"}
# Intervals of months and years behave as calendars do; DATEADD says which way.
_INTERVAL_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK")


def translate_expression(node: exp.Expression, names: Names) -> Value:
    """Return an expression in PostgreSQL's SQL, with its type in Redshift.

    Raises
    ------
    UnsupportedError : it has a part that is not on the list.
    SyntaxRefusedError : Redshift refuses it.
    """
    return _Translator(names).translate(node)


class _Translator:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._rules: dict[type[exp.Expression], Callable[[Any], Value]] = {
            exp.Alias: self._refuse_alias,
            exp.And: self._logical,
            exp.Anonymous: self._call,
            exp.Between: self._between,
            exp.Boolean: lambda node: Value(str(node.this).upper(), BOOLEAN, constant=True),
            exp.Case: self._case,
            exp.Cast: self._cast,
            exp.Column: self._column,
            exp.CurrentDate: lambda _: Value("redshift_sql.today()", DATE, constant=True),
            exp.CurrentUser: lambda _: Value("CAST(current_user AS varchar)", VARCHAR),
            exp.SessionUser: lambda _: Value("CAST(session_user AS varchar)", VARCHAR),
            exp.DPipe: self._concatenation,
            exp.Escape: self._escape,
            exp.Exists: self._exists,
            exp.Extract: self._extract,
            exp.ILike: self._like,
            exp.In: self._in,
            exp.Interval: self._interval,
            exp.Is: self._is,
            exp.Like: self._like,
            exp.Literal: self._literal,
            exp.Neg: self._negative,
            exp.Not: self._not,
            exp.Null: lambda _: Value("NULL", UNKNOWN, constant=True),
            exp.Or: self._logical,
            exp.Placeholder: self._parameter,
            exp.Paren: self._parenthesis,
            exp.SimilarTo: self._similar,
            exp.StrPosition: self._position,
            exp.Subquery: self._scalar_subquery,
            exp.Substring: self._substring,
            exp.Trim: self._trim,
            exp.Window: self._window,
            exp.WithinGroup: self._call,
            **dict.fromkeys(_ARITHMETIC, self._arithmetic),
            **dict.fromkeys(_COMPARISONS, self._comparison),
            **dict.fromkeys(_PATTERNS, self._pattern),
        }

    def translate(self, node: exp.Expression) -> Value:
        rule = self._rules.get(type(node))
        if rule is None:
            raise UnsupportedError(f"{type(node).__name__.upper()}: {node.sql('redshift')}")
        return rule(node)

    # Literals and names

    def _literal(self, node: exp.Literal) -> Value:
        text = str(node.this)
        if node.is_string:
            return Value(string(text), UNKNOWN, constant=True)
        if text.isdigit():
            number = int(text)
            if number <= _INT_MAX:
                return Value(text, INTEGER, constant=True)
            if number <= _BIGINT_MAX:
                return Value(text, SqlType("bigint"), constant=True)
            return Value(text, decimal(len(text), 0), constant=True)
        if not text.replace(".", "", 1).isdigit():
            raise UnsupportedError(f"the number {text}", "Write it without an exponent.")
        whole, _, fraction = text.partition(".")
        digits = len(whole.lstrip("0")) + len(fraction)
        return Value(text, decimal(max(digits, 1), len(fraction)), constant=True)

    def _parameter(self, node: exp.Placeholder) -> Value:
        number = str(node.this or "").removeprefix(PARAMETER)
        if not number.isdigit():
            raise SyntaxRefusedError(f'syntax error at or near ":{number}"')
        return Value(f"${number}", UNKNOWN, constant=True)

    def _column(self, node: exp.Column) -> Value:
        only(node, "this", "table", "db", "catalog")
        if isinstance(node.this, exp.Star):
            raise SyntaxRefusedError('syntax error at or near "*"')
        return self._names.column(tuple(part.name.lower() for part in node.parts))

    def _refuse_alias(self, node: exp.Alias) -> Value:
        raise SyntaxRefusedError(f'syntax error at or near "{node.alias}"')

    def _parenthesis(self, node: exp.Paren) -> Value:
        only(node, "this")
        return self.translate(node.this)

    # Operators

    def _arithmetic(self, node: exp.Binary) -> Value:
        only(node, "this", "expression", "typed", "safe")
        operator = _ARITHMETIC[type(node)]
        left, right = self.translate(node.this), self.translate(node.expression)
        kinds = left.type, right.type
        constant = all_constant(left, right)
        if left.type.is_number and right.type.is_number:
            result = of_arithmetic(operator, *kinds)
            if operator == "/" and result.kind == "decimal":
                return _quotient(left, right, result)
            return Value(f"({left.sql} {operator} {right.sql})", result, constant)
        return Value(
            f"({left.sql} {operator} {right.sql})",
            _of_moments(operator, *kinds) or _of_unknown(*kinds),
            constant,
        )

    def _negative(self, node: exp.Neg) -> Value:
        only(node, "this")
        value = self.translate(node.this)
        return Value(f"(- {value.sql})", value.type, value.constant)

    def _logical(self, node: exp.Connector) -> Value:
        # A long chain of ANDs is a deep tree: go down its left side without recursion.
        operator, parts = type(node), []
        left: exp.Expression = node
        while isinstance(left, operator):
            only(left, "this", "expression")
            parts.append(self.translate(left.expression).sql)
            left = left.this
        parts.append(self.translate(left).sql)
        joined = f" {operator.__name__.upper()} ".join(reversed(parts))
        return Value(f"({joined})", BOOLEAN)

    def _not(self, node: exp.Not) -> Value:
        only(node, "this")
        return Value(f"(NOT {self.translate(node.this).sql})", BOOLEAN)

    def _comparison(self, node: exp.Binary) -> Value:
        only(node, "this", "expression")
        operator = _COMPARISONS[type(node)]
        if isinstance(node.this, exp.Tuple) and isinstance(node.expression, exp.Tuple):
            raise UnsupportedError("a comparison of rows")
        if isinstance(node.expression, exp.Any | exp.All):
            return self._quantified(node, operator)
        left, right = self.translate(node.this), self.translate(node.expression)
        for value, literal in ((left, node.expression), (right, node.this)):
            _refuse_trailing_blanks(value, literal)
        return Value(f"({left.sql} {operator} {right.sql})", BOOLEAN, all_constant(left, right))

    def _quantified(self, node: exp.Binary, operator: str) -> Value:
        query = node.expression.this
        if isinstance(query, exp.Subquery):
            query = query.this
        if not isinstance(query, exp.Query):
            raise UnsupportedError("ANY or ALL of anything but a subquery")
        sql, _ = self._names.subquery(query)
        word = "ANY" if isinstance(node.expression, exp.Any) else "ALL"
        return Value(f"({self.translate(node.this).sql} {operator} {word} ({sql}))", BOOLEAN)

    def _between(self, node: exp.Between) -> Value:
        only(node, "this", "low", "high")
        value, low, high = (self.translate(node.args[name]) for name in ("this", "low", "high"))
        return Value(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", BOOLEAN)

    def _in(self, node: exp.In) -> Value:
        only(node, "this", "expressions", "query")
        left = self._row_or_value(node.this)
        if node.args.get("query") is not None:
            query = node.args["query"]
            sql, _ = self._names.subquery(query.this if isinstance(query, exp.Subquery) else query)
            return Value(f"({left} IN ({sql}))", BOOLEAN)
        items = ", ".join(self._row_or_value(item) for item in node.expressions)
        return Value(f"({left} IN ({items}))", BOOLEAN)

    def _row_or_value(self, node: exp.Expression) -> str:
        if isinstance(node, exp.Tuple):
            return "(" + ", ".join(self.translate(item).sql for item in node.expressions) + ")"
        return self.translate(node).sql

    def _is(self, node: exp.Is) -> Value:
        only(node, "this", "expression")
        if not isinstance(node.expression, exp.Null | exp.Boolean):
            raise UnsupportedError(f"IS {node.expression.sql('redshift')}")
        return Value(
            f"({self.translate(node.this).sql} IS {self.translate(node.expression).sql})", BOOLEAN
        )

    def _concatenation(self, node: exp.DPipe) -> Value:
        only(node, "this", "expression", "safe")
        left, right = self.translate(node.this), self.translate(node.expression)
        if not (left.type.is_text and right.type.is_text):
            raise UnsupportedError(
                f"|| of {left.type.kind} and {right.type.kind}", "Cast both sides to VARCHAR."
            )
        lengths = left.type.length, right.type.length
        known = None if None in lengths else sum(length or 0 for length in lengths)
        return Value(f"({left.sql} || {right.sql})", varchar(known), all_constant(left, right))

    # Patterns

    def _like(self, node: exp.Binary, escape: str = "") -> Value:
        only(node, "this", "expression", "negate")
        value, pattern = self.translate(node.this), self.translate(node.expression)
        if isinstance(node.expression, exp.Any | exp.All):
            raise UnsupportedError("LIKE ANY")
        left, right = value.sql, pattern.sql
        if isinstance(node, exp.ILike):
            # Redshift's ILIKE ignores the case of single-byte characters only.
            left, right = (f'lower({side} COLLATE "C")' for side in (left, right))
        word = "NOT LIKE" if node.args.get("negate") else "LIKE"
        return Value(f"({left} {word} {right}{escape})", BOOLEAN)

    def _escape(self, node: exp.Escape) -> Value:
        only(node, "this", "expression")
        if not isinstance(node.this, exp.Like | exp.ILike):
            raise UnsupportedError("ESCAPE of anything but LIKE")
        return self._like(node.this, f" ESCAPE {self.translate(node.expression).sql}")

    def _similar(self, node: exp.SimilarTo) -> Value:
        only(node, "this", "expression")
        value, pattern = self.translate(node.this), self.translate(node.expression)
        return Value(f"({value.sql} SIMILAR TO {pattern.sql})", BOOLEAN)

    def _pattern(self, node: exp.Binary) -> Value:
        only(node, "this", "expression")
        value, pattern = self.translate(node.this), self.translate(node.expression)
        return Value(f"({value.sql} {_PATTERNS[type(node)]} {pattern.sql})", BOOLEAN)

    # What has a syntax of its own

    def _case(self, node: exp.Case) -> Value:
        only(node, "this", "ifs", "default")
        branches = [self.translate(branch.args["true"]) for branch in node.args["ifs"]]
        default = node.args.get("default")
        results = [*branches, self.translate(default)] if default is not None else branches
        texts, result = of_one_type(results)
        subject = self.translate(node.this).sql if node.this is not None else ""
        whens = " ".join(
            f"WHEN {self.translate(branch.this).sql} THEN {text}"
            for branch, text in zip(node.args["ifs"], texts, strict=False)
        )
        otherwise = f" ELSE {texts[-1]}" if default is not None else ""
        return Value(f"(CASE {subject} {whens}{otherwise} END)", result, all_constant(*results))

    def _cast(self, node: exp.Cast) -> Value:
        only(node, "this", "to")
        return cast(self.translate(node.this), type_of_tree(node.args["to"]))

    def _interval(self, node: exp.Interval) -> Value:
        only(node, "this", "unit")
        unit = node.args.get("unit")
        text = f"{node.this.name} {unit.name if unit is not None else ''}".strip()
        words = text.upper().split()
        pairs = zip(words[::2], words[1::2], strict=False)
        if len(words) % 2 or not all(
            number.lstrip("+-").isdigit() and name.rstrip("S") in _INTERVAL_UNITS
            for number, name in pairs
        ):
            raise UnsupportedError(f"INTERVAL '{text}'", "Use DATEADD.")
        return Value(f"INTERVAL {string(text)}", INTERVAL, constant=True)

    def _extract(self, node: exp.Extract) -> Value:
        only(node, "this", "expression")
        return self._named_call("extract", [node.this, node.expression])

    def _position(self, node: exp.StrPosition) -> Value:
        only(node, "this", "substr")
        return self._named_call("strpos", [node.this, node.args["substr"]])

    def _substring(self, node: exp.Substring) -> Value:
        only(node, "this", "start", "length")
        parts = [node.this, node.args.get("start"), node.args.get("length")]
        return self._named_call("substring", [part for part in parts if part is not None])

    def _trim(self, node: exp.Trim) -> Value:
        only(node, "this", "position", "expression")
        side = str(node.args.get("position") or "BOTH").upper()
        name = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "btrim"}[side]
        parts = [node.this, node.args.get("expression")]
        return self._named_call(name, [part for part in parts if part is not None])

    # Subqueries

    def _scalar_subquery(self, node: exp.Subquery) -> Value:
        only(node, "this")
        sql, types = self._names.subquery(node.this)
        if len(types) != 1:
            raise SyntaxRefusedError("subquery must return only one column")
        return Value(f"({sql})", types[0])

    def _exists(self, node: exp.Exists) -> Value:
        only(node, "this")
        query = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        sql, _ = self._names.subquery(query)
        return Value(f"EXISTS ({sql})", BOOLEAN)

    # Functions

    def _call(self, node: exp.Expression) -> Value:
        call = self._read_call(node)
        return find_function(call.name, over=False)(call)

    def _named_call(self, name: str, arguments: list[exp.Expression]) -> Value:
        return find_function(name, over=False)(Call(name, arguments, self.translate))

    def _read_call(self, node: exp.Expression) -> Call:
        order: list[exp.Expression] = []
        if isinstance(node, exp.WithinGroup):
            only(node, "this", "expression")
            order = node.expression.expressions
            node = node.this
        if not isinstance(node, exp.Anonymous):
            raise UnsupportedError(node.sql("redshift"))
        only(node, "this", "expressions")
        arguments = list(node.expressions)
        distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
        if distinct:
            only(arguments[0], "expressions")
            arguments = [*arguments[0].expressions, *arguments[1:]]
        return Call(str(node.this).lower(), arguments, self.translate, distinct, order)

    def _window(self, node: exp.Window) -> Value:
        only(node, "this", "partition_by", "order", "spec", "over")
        call = self._read_call(node.this)
        function = find_function(call.name, over=True)
        return function(replace(call, over=over_clause(call, node)))


def _quotient(left: Value, right: Value, result: SqlType) -> Value:
    if left.constant and right.constant:
        raise UnsupportedError(
            "a division of decimal constants",
            "How many digits it has depends on which node of Redshift calculates it.",
        )
    # Truncated, as AVG is: the guide's AVG(pricepaid) is 655.06 where the mean is 655.0662.
    return Value(f"redshift_sql.quotient({left.sql}, {right.sql}, {result.scale})", result)


def _of_moments(operator: str, left: SqlType, right: SqlType) -> SqlType | None:
    """Return the type of a calculation with dates; None if it is none."""
    if left.kind == "date" and right.is_integer and operator in ("+", "-"):
        return DATE
    if left.kind == right.kind == "date" and operator == "-":
        return INTEGER
    if right.kind == "interval" and operator in ("+", "-") and left.is_moment:
        return TIMESTAMP if left.kind == "date" else left
    if left.kind == "interval" and right.is_number and operator == "*":
        return INTERVAL
    if right.kind == "interval" and left.is_number and operator == "*":
        return INTERVAL
    if left.is_moment or right.is_moment or "interval" in (left.kind, right.kind):
        raise UnsupportedError(
            f"{left.kind} {operator} {right.kind}", "Use DATEDIFF or DATEADD, or cast a string."
        )
    return None


def _of_unknown(left: SqlType, right: SqlType) -> SqlType:
    for one, other in ((left, right), (right, left)):
        if one.kind == "unknown" and other.is_integer:
            return other
        if one.kind == "unknown" and other.is_float:
            return other
        if one.kind == "unknown" and other.kind in ("decimal", "unknown"):
            raise UnsupportedError(
                "arithmetic with a parameter or string", "Cast it to the type that it has."
            )
    raise SyntaxRefusedError(f"operator does not exist: {left.kind} and {right.kind}", "42883")


def _refuse_trailing_blanks(value: Value, literal: exp.Expression) -> None:
    is_string = isinstance(literal, exp.Literal) and literal.is_string
    if is_string and value.type.is_text and str(literal.this).endswith(" "):
        raise UnsupportedError(
            "a comparison with a string that ends in a blank",
            "Redshift ignores trailing blanks in comparisons: leave them out.",
        )


def quoted_name(parts: tuple[str, ...]) -> str:
    """Return a dotted name in PostgreSQL's SQL."""
    return ".".join(quoted(part) for part in parts)
