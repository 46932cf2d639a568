"""Parse function calls with what hangs on them, windows, sort items and type names."""

from __future__ import annotations

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.lexer import Kind
from local_aws.athena.dialect.parsing.stream import TokenStream
from local_aws.athena.errors import not_supported

_NO_PARENTHESES = ("CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP")
_REFUSED = frozenset(
    [
        "CURRENT_TIME",
        "LOCALTIME",
        "CURRENT_USER",
        "CURRENT_ROLE",
        "CURRENT_CATALOG",
        "CURRENT_SCHEMA",
        "CURRENT_PATH",
        "NORMALIZE",
        "JSON_ARRAY",
        "JSON_EXISTS",
        "JSON_OBJECT",
        "JSON_QUERY",
        "JSON_VALUE",
        "LISTAGG",
    ]
)


class CallParser(TokenStream):
    """Calls, windows and types; expressions and queries come from the classes on top."""

    def expression(self) -> tree.Expression:
        """Take an expression."""
        raise NotImplementedError

    def value(self) -> tree.Expression:
        """Take an expression without predicates."""
        raise NotImplementedError

    def query(self) -> tree.Query:
        """Take a query."""
        raise NotImplementedError

    def at_query(self) -> bool:
        """Tell whether a query comes next."""
        offset = 0
        while self.ahead(offset).text == "(":
            offset += 1
        return self.ahead(offset).keyword in ("SELECT", "WITH", "VALUES", "TABLE")

    def name_or_call(self) -> tree.Expression:
        """Take a column's name or a function call."""
        token = self.here
        if token.keyword in _REFUSED:
            raise not_supported(token.text.upper(), token.position)
        if token.keyword in _NO_PARENTHESES:
            self.advance()
            if self.at("("):
                raise not_supported(f"{token.keyword} with a precision", token.position)
            return tree.Call(token.position, token.value, ())
        if token.keyword == "EXTRACT" and self.ahead().text == "(":
            return self._extract()
        if token.keyword == "TRIM" and self.ahead().text == "(":
            return self._trim()
        if token.keyword == "GROUPING" and self.ahead().text == "(":
            self.advance()
            return self._call("grouping", token)
        name = self.identifier()
        if not self.at("("):
            return tree.Name(token.position, (name,))
        if name == "position":
            return self._position()
        return self._call(name, token)

    def _extract(self) -> tree.Expression:
        position = self.advance().position
        self.expect("(")
        unit = self.identifier()
        self.expect("FROM")
        operand = self.value()
        self.expect(")")
        return tree.Extract(position, unit, operand)

    def _trim(self) -> tree.Expression:
        """TRIM([LEADING | TRAILING | BOTH] [characters] FROM x), TRIM(x) or TRIM(x, characters)."""
        position = self.advance().position
        self.expect("(")
        side = "trim"
        for keyword, name in (("LEADING", "ltrim"), ("TRAILING", "rtrim"), ("BOTH", "trim")):
            if self.at(keyword) and self.ahead().text not in (")", ","):
                self.advance()
                side = name
                break
        first = [] if self.at("FROM") else [self.value()]
        if self.accept("FROM"):
            arguments = [self.value(), *first]
        else:
            arguments = first + ([self.value()] if self.accept(",") else [])
        self.expect(")")
        return tree.Call(position, side, tuple(arguments))

    def _position(self) -> tree.Expression:
        position = self.position
        self.expect("(")
        part = self.value()
        self.expect("IN")
        whole = self.value()
        self.expect(")")
        return tree.Call(position, "strpos", (whole, part))

    def _call(self, name: str, token: object) -> tree.Expression:
        position = token.position  # type: ignore[attr-defined]
        self.expect("(")
        star, distinct = False, False
        arguments: tuple[tree.Expression, ...] = ()
        order_by: tuple[tree.SortItem, ...] = ()
        if self.accept("*"):
            star = True
        elif not self.at(")"):
            distinct = self.accept("DISTINCT")
            if not distinct:
                self.accept("ALL")
            arguments = self.list_of(self.expression)
            if self.accept("ORDER", "BY"):
                order_by = self.list_of(self.sort_item)
        self.expect(")")
        condition = None
        if self.at("FILTER", "("):
            self.expect("FILTER", "(", "WHERE")
            condition = self.expression()
            self.expect(")")
        ignore_nulls = self.accept("IGNORE", "NULLS")
        if not ignore_nulls:
            self.accept("RESPECT", "NULLS")
        window = self.over() if self.accept("OVER") else None
        return tree.Call(
            position, name, arguments, star, distinct, order_by, condition, window, ignore_nulls
        )

    def over(self) -> tree.Window:
        """Take what follows OVER."""
        position = self.position
        if self.at("("):
            return self.in_parentheses(self.window)
        return tree.Window(position, self.identifier(), (), (), None)

    def window(self) -> tree.Window:
        """Take a window's specification, without its parentheses."""
        position = self.position
        starts = ("PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS")
        named = self.at_identifier() and self.here.keyword not in starts
        base = self.identifier() if named else None
        partition_by: tuple[tree.Expression, ...] = ()
        if self.accept("PARTITION", "BY"):
            partition_by = self.list_of(self.expression)
        order_by = self.sort_items()
        frame = self._frame() if self.at_any("ROWS", "RANGE", "GROUPS") else None
        return tree.Window(position, base, partition_by, order_by, frame)

    def _frame(self) -> tree.Frame:
        token = self.advance()
        if self.accept("BETWEEN"):
            start = self._frame_bound()
            self.expect("AND")
            return tree.Frame(token.position, token.keyword, start, self._frame_bound())
        return tree.Frame(token.position, token.keyword, self._frame_bound(), ("CURRENT ROW", None))

    def _frame_bound(self) -> tuple[str, tree.Expression | None]:
        if self.accept("UNBOUNDED"):
            return f"UNBOUNDED {self.expect_any('PRECEDING', 'FOLLOWING')}", None
        if self.accept("CURRENT", "ROW"):
            return "CURRENT ROW", None
        distance = self.expression()
        return self.expect_any("PRECEDING", "FOLLOWING"), distance

    def sort_items(self) -> tuple[tree.SortItem, ...]:
        """Take ORDER BY with its items, if it comes next."""
        return self.list_of(self.sort_item) if self.accept("ORDER", "BY") else ()

    def sort_item(self) -> tree.SortItem:
        """Take one item of ORDER BY."""
        position = self.position
        value = self.expression()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        nulls_first = None
        if self.accept("NULLS"):
            nulls_first = self.expect_any("FIRST", "LAST") == "FIRST"
        return tree.SortItem(position, value, descending, nulls_first)

    def type_name(self) -> tree.TypeName:
        """Take a type."""
        position = self.position
        name = self._type_base()
        numbers: tuple[int, ...] = ()
        arguments: tuple[tuple[str | None, tree.TypeName], ...] = ()
        if name in ("array", "map"):
            arguments = self._inner_types(name)
        elif name == "row":
            arguments = self.in_parentheses(lambda: self.list_of(self._row_field))
        elif self.accept("("):
            numbers = self.list_of(self.integer)
            self.expect(")")
        if name in ("timestamp", "time"):
            if self.accept("WITH", "TIME", "ZONE"):
                name += " with time zone"
            elif self.accept("WITHOUT", "TIME", "ZONE"):
                pass
        found = tree.TypeName(position, name, numbers, arguments)
        while self.accept("ARRAY"):
            found = tree.TypeName(position, "array", (), ((None, found),))
        return found

    def _type_base(self) -> str:
        if self.at("DOUBLE", "PRECISION"):
            self.expect("DOUBLE", "PRECISION")
            return "double"
        return self.identifier()

    def _inner_types(self, name: str) -> tuple[tuple[str | None, tree.TypeName], ...]:
        closing = ")" if self.accept("(") else ">"
        if closing == ">":
            self.expect("<")
        first = self.type_name()
        inner: tuple[tuple[str | None, tree.TypeName], ...] = ((None, first),)
        if name == "map":
            self.expect(",")
            inner = (*inner, (None, self.type_name()))
        self.expect(closing)
        return inner

    def _row_field(self) -> tuple[str | None, tree.TypeName]:
        following = self.ahead()
        named = following.kind in (Kind.NAME, Kind.QUOTED) and following.keyword not in (
            "PRECISION",
            "WITH",
            "WITHOUT",
            "ARRAY",
        )
        return (self.identifier() if named else None), self.type_name()
