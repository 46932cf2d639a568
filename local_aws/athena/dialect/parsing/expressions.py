"""Parse Trino's expressions."""

from __future__ import annotations

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.lexer import Kind
from local_aws.athena.dialect.parsing.calls import CallParser

_COMPARISONS = ("=", "<>", "!=", "<=", ">=", "<", ">")
_LITERALS = {
    Kind.STRING: "string",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.DOUBLE: "double",
    Kind.BINARY: "binary",
}
_INTERVAL_UNITS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
# Types that may stand before a string literal: DATE '2011-03-01'.
_LITERAL_TYPES = frozenset(
    [
        "DATE",
        "TIME",
        "TIMESTAMP",
        "DECIMAL",
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "INT",
        "BIGINT",
        "REAL",
        "DOUBLE",
        "VARCHAR",
        "JSON",
    ]
)
_NAMED_LITERALS = {"NULL": "null", "TRUE": "boolean", "FALSE": "boolean"}


class ExpressionParser(CallParser):
    """Trino's grammar from `expression` down; each method takes what its name says."""

    def expression(self) -> tree.Expression:
        """Take an expression; OR binds least."""
        left = self._conjunction()
        while self.at("OR"):
            position = self.advance().position
            left = tree.Logical(position, "OR", left, self._conjunction())
        return left

    def _conjunction(self) -> tree.Expression:
        left = self._negation()
        while self.at("AND"):
            position = self.advance().position
            left = tree.Logical(position, "AND", left, self._negation())
        return left

    def _negation(self) -> tree.Expression:
        if self.at("NOT"):
            position = self.advance().position
            return tree.Not(position, self._negation())
        return self._predicate()

    def _predicate(self) -> tree.Expression:
        left = self.value()
        position = self.position
        if self.at_any(*_COMPARISONS):
            return self._comparison(left)
        if self.accept("IS"):
            return self._is_predicate(left)
        negated = self.at("NOT") and (
            self.at("NOT", "BETWEEN") or self.at("NOT", "IN") or self.at("NOT", "LIKE")
        )
        if negated:
            self.advance()
        predicate = self._range_predicate(left)
        return tree.Not(position, predicate) if negated else predicate

    def _comparison(self, left: tree.Expression) -> tree.Expression:
        position = self.position
        operator = self.advance().text.replace("!=", "<>")
        if self.at_any("ALL", "ANY", "SOME") and self.ahead().text == "(":
            quantifier = self.advance().keyword.replace("SOME", "ANY")
            query = self.in_parentheses(self.query)
            return tree.Quantified(position, operator, quantifier, left, query)
        return tree.Comparison(position, operator, left, self.value())

    def _is_predicate(self, left: tree.Expression) -> tree.Expression:
        position = self.position
        negated = self.accept("NOT")
        if self.accept("NULL"):
            predicate: tree.Expression = tree.IsNull(position, left)
        elif self.accept("DISTINCT", "FROM"):
            predicate = tree.Comparison(position, "IS DISTINCT FROM", left, self.value())
        else:
            raise self.unexpected("'DISTINCT'", "'NULL'")
        return tree.Not(position, predicate) if negated else predicate

    def _range_predicate(self, left: tree.Expression) -> tree.Expression:
        position = self.position
        if self.accept("BETWEEN"):
            low = self.value()
            self.expect("AND")
            return tree.Between(position, left, low, self.value())
        if self.accept("LIKE"):
            pattern = self.value()
            escape = self.value() if self.accept("ESCAPE") else None
            return tree.Like(position, left, pattern, escape)
        if self.accept("IN"):
            self.expect("(")
            if self.at_query():
                query = self.query()
                self.expect(")")
                return tree.InQuery(position, left, query)
            items = self.list_of(self.expression)
            self.expect(")")
            return tree.InList(position, left, items)
        return left

    def value(self) -> tree.Expression:
        """Take a value expression; `||` binds least."""
        left = self._sum()
        while self.at("||"):
            position = self.advance().position
            left = tree.Binary(position, "||", left, self._sum())
        return left

    def _sum(self) -> tree.Expression:
        left = self._product()
        while self.at_any("+", "-"):
            token = self.advance()
            left = tree.Binary(token.position, token.text, left, self._product())
        return left

    def _product(self) -> tree.Expression:
        left = self._signed()
        while self.at_any("*", "/", "%"):
            token = self.advance()
            left = tree.Binary(token.position, token.text, left, self._signed())
        return left

    def _signed(self) -> tree.Expression:
        if not self.at_any("+", "-"):
            return self._at_time_zone()
        token = self.advance()
        operand = self._signed()
        if token.text == "-" and isinstance(operand, tree.Literal) and _is_number(operand):
            return tree.Literal(token.position, operand.kind, f"-{operand.text}")
        return tree.Unary(token.position, token.text, operand)

    def _at_time_zone(self) -> tree.Expression:
        operand = self._postfix()
        while self.at("AT", "TIME", "ZONE"):
            position = self.position
            self.expect("AT", "TIME", "ZONE")
            operand = tree.AtTimeZone(position, operand, self._postfix())
        return operand

    def _postfix(self) -> tree.Expression:
        base = self._primary()
        while True:
            position = self.position
            if self.accept("["):
                base = tree.Subscript(position, base, self.value())
                self.expect("]")
            elif self.accept("."):
                name = self.identifier()
                if isinstance(base, tree.Name):
                    base = tree.Name(base.position, (*base.parts, name))
                else:
                    base = tree.Field(position, base, name)
            else:
                return base

    def _primary(self) -> tree.Expression:
        token = self.here
        if token.kind in _LITERALS:
            self.advance()
            return tree.Literal(token.position, _LITERALS[token.kind], token.value)
        if token.kind is Kind.PARAMETER:
            self.advance()
            self._parameters += 1
            return tree.Parameter(token.position, self._parameters - 1)
        if token.keyword in _NAMED_LITERALS:
            self.advance()
            return tree.Literal(token.position, _NAMED_LITERALS[token.keyword], token.value)
        if self.at("("):
            return self._parenthesized()
        special = self._special_form()
        if special is not None:
            return special
        if self._at_lambda():
            return self._lambda()
        return self.name_or_call()

    def _parenthesized(self) -> tree.Expression:
        position = self.position
        if self._at_lambda():
            return self._lambda()
        self.expect("(")
        if self.at_query():
            query = self.query()
            self.expect(")")
            return tree.ScalarQuery(position, query)
        items = self.list_of(self.expression)
        self.expect(")")
        return items[0] if len(items) == 1 else tree.RowItems(position, items)

    def _special_form(self) -> tree.Expression | None:
        """Take what starts with a keyword of its own, if one comes next."""
        position = self.position
        if self.at("CASE"):
            return self._case()
        if self.at_any("CAST", "TRY_CAST") and self.ahead().text == "(":
            return self._cast()
        if self.accept("EXISTS"):
            return tree.Exists(position, self.in_parentheses(self.query))
        if self.at("INTERVAL") and self._interval_follows():
            return self._interval()
        if self.at("ARRAY", "["):
            self.expect("ARRAY", "[")
            items = () if self.at("]") else self.list_of(self.expression)
            self.expect("]")
            return tree.ArrayItems(position, items)
        if self.at("ROW", "("):
            self.expect("ROW", "(")
            items = self.list_of(self.expression)
            self.expect(")")
            return tree.RowItems(position, items)
        if self.here.keyword in _LITERAL_TYPES and self.ahead().kind is Kind.STRING:
            name = self.advance().value
            return tree.TypedLiteral(position, name, self.string())
        return None

    def _case(self) -> tree.Expression:
        position = self.advance().position
        operand = None if self.at("WHEN") else self.expression()
        branches = []
        while self.accept("WHEN"):
            condition = self.expression()
            self.expect("THEN")
            branches.append((condition, self.expression()))
        if not branches:
            raise self.unexpected("'WHEN'")
        default = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return tree.Case(position, operand, tuple(branches), default)

    def _cast(self) -> tree.Expression:
        token = self.advance()
        self.expect("(")
        operand = self.expression()
        self.expect("AS")
        target = self.type_name()
        self.expect(")")
        return tree.Cast(token.position, operand, target, safe=token.keyword == "TRY_CAST")

    def _interval_follows(self) -> bool:
        following = self.ahead()
        signed = following.text in ("+", "-") and self.ahead(2).kind is Kind.STRING
        return following.kind is Kind.STRING or signed

    def _interval(self) -> tree.Expression:
        position = self.advance().position
        negative = self.accept("-")
        if not negative:
            self.accept("+")
        text = self.string()
        unit = self.expect_any(*_INTERVAL_UNITS)
        to_unit = self.expect_any(*_INTERVAL_UNITS) if self.accept("TO") else None
        return tree.IntervalLiteral(position, text, negative, unit, to_unit)

    def _at_lambda(self) -> bool:
        if self.at_identifier() and self.ahead().text == "->":
            return True
        if not self.at("("):
            return False
        offset = 1
        while self.ahead(offset).kind in (Kind.NAME, Kind.QUOTED) or self.ahead(offset).text == ",":
            offset += 1
        return self.ahead(offset).text == ")" and self.ahead(offset + 1).text == "->"

    def _lambda(self) -> tree.Expression:
        position = self.position
        if self.accept("("):
            names = () if self.at(")") else self.list_of(self.identifier)
            self.expect(")")
        else:
            names = (self.identifier(),)
        self.expect("->")
        return tree.Lambda(position, names, self.expression())


def _is_number(literal: tree.Literal) -> bool:
    numeric = literal.kind in ("integer", "decimal", "double")
    return numeric and not literal.text.startswith("-")
