"""Parse queries and the relations they read."""

from __future__ import annotations

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.lexer import Kind
from local_aws.athena.dialect.parsing.expressions import ExpressionParser
from local_aws.athena.errors import not_supported

_GROUPING_KINDS = {"ROLLUP": "rollup", "CUBE": "cube"}


class QueryParser(ExpressionParser):
    """Trino's grammar from `query` down to its expressions."""

    def query(self) -> tree.Query:
        """Take a query with its WITH, ORDER BY and LIMIT."""
        position = self.position
        tables: tuple[tree.CommonTable, ...] = ()
        if self.accept("WITH"):
            if self.at("RECURSIVE"):
                raise not_supported("WITH RECURSIVE", self.position)
            tables = self.list_of(self._common_table)
        body = self._set_operations()
        order_by = self.sort_items()
        offset = self._offset()
        limit = self._limit()
        return tree.Query(position, tables, body, order_by, offset, limit)

    def _common_table(self) -> tree.CommonTable:
        position = self.position
        name = self.identifier()
        columns = self._column_aliases()
        self.expect("AS")
        return tree.CommonTable(position, name, columns, self.in_parentheses(self.query))

    def _column_aliases(self) -> tuple[str, ...]:
        if not self.accept("("):
            return ()
        names = self.list_of(self.identifier)
        self.expect(")")
        return names

    def _offset(self) -> int | None:
        if not self.accept("OFFSET"):
            return None
        count = self._row_count()
        if not self.accept("ROWS"):
            self.accept("ROW")
        return count

    def _limit(self) -> int | None:
        if self.accept("LIMIT"):
            return None if self.accept("ALL") else self._row_count()
        if not self.at("FETCH"):
            return None
        position = self.advance().position
        self.expect_any("FIRST", "NEXT")
        count = self._row_count() if self.here.kind is Kind.INTEGER else 1
        self.expect_any("ROWS", "ROW")
        if self.at("WITH"):
            raise not_supported("FETCH FIRST … WITH TIES", position)
        self.expect("ONLY")
        return count

    def _row_count(self) -> int:
        if self.here.kind is Kind.PARAMETER:
            raise not_supported("A parameter as row count", self.position)
        return self.integer()

    def _set_operations(self) -> tree.QueryBody:
        left = self._intersections()
        while self.at_any("UNION", "EXCEPT"):
            token = self.advance()
            everything = self._all()
            right = self._intersections()
            left = tree.SetOperation(token.position, token.keyword, everything, left, right)
        return left

    def _intersections(self) -> tree.QueryBody:
        left = self._query_primary()
        while self.at("INTERSECT"):
            token = self.advance()
            everything = self._all()
            right = self._query_primary()
            left = tree.SetOperation(token.position, token.keyword, everything, left, right)
        return left

    def _all(self) -> bool:
        everything = self.accept("ALL")
        if not everything:
            self.accept("DISTINCT")
        return everything

    def _query_primary(self) -> tree.QueryBody:
        position = self.position
        if self.at("SELECT"):
            return self._select()
        if self.accept("VALUES"):
            return tree.Values(position, self.list_of(self._values_row))
        if self.accept("TABLE"):
            table = tree.TableName(position, self.qualified_name())
            star = tree.SelectItem(position, None, None, ())
            return tree.Select(position, False, (star,), table, None, (), None, ())
        if self.accept("("):
            query = self.query()
            self.expect(")")
            return tree.NestedQuery(position, query)
        raise self.unexpected("<query>")

    def _values_row(self) -> tuple[tree.Expression, ...]:
        row = self.expression()
        return row.items if isinstance(row, tree.RowItems) else (row,)

    def _select(self) -> tree.Select:
        position = self.advance().position
        distinct = self.accept("DISTINCT")
        if not distinct:
            self.accept("ALL")
        items = self.list_of(self._select_item)
        source = self._from() if self.accept("FROM") else None
        where = self.expression() if self.accept("WHERE") else None
        group_by = self._group_by() if self.accept("GROUP", "BY") else ()
        having = self.expression() if self.accept("HAVING") else None
        windows = self.list_of(self._named_window) if self.accept("WINDOW") else ()
        return tree.Select(position, distinct, items, source, where, group_by, having, windows)

    def _named_window(self) -> tuple[str, tree.Window]:
        name = self.identifier()
        self.expect("AS")
        return name, self.in_parentheses(self.window)

    def _select_item(self) -> tree.SelectItem:
        position = self.position
        if self.accept("*"):
            return tree.SelectItem(position, None, None, ())
        qualifier = self._star_qualifier()
        if qualifier:
            return tree.SelectItem(position, None, None, qualifier)
        value = self.expression()
        label = self.previous.label if isinstance(value, tree.Name | tree.Field) else None
        if self.accept("AS") or self.at_alias():
            self.identifier()
            label = self.previous.label
        return tree.SelectItem(position, value, label)

    def _star_qualifier(self) -> tuple[str, ...]:
        """Take `t.*` or `db.t.*` if it comes next, and return what stands before the star."""
        offset, names = 0, 0
        while self.ahead(offset).kind in (Kind.NAME, Kind.QUOTED):
            names += 1
            if self.ahead(offset + 1).text != ".":
                return ()
            if self.ahead(offset + 2).text == "*":
                parts = tuple(self._part_and_dot() for _ in range(names))
                self.expect("*")
                return parts
            offset += 2
        return ()

    def _part_and_dot(self) -> str:
        part = self.identifier()
        self.expect(".")
        return part

    def _group_by(self) -> tuple[tree.GroupingElement, ...]:
        if self.at_any("ALL", "DISTINCT"):
            raise not_supported(f"GROUP BY {self.here.keyword}", self.position)
        return self.list_of(self._grouping_element)

    def _grouping_element(self) -> tree.GroupingElement:
        position = self.position
        if self.accept("GROUPING", "SETS"):
            sets = self.in_parentheses(lambda: self.list_of(self._grouping_set))
            return tree.GroupingElement(position, "sets", sets)
        if self.here.keyword in _GROUPING_KINDS:
            kind = _GROUPING_KINDS[self.advance().keyword]
            sets = self.in_parentheses(lambda: self.list_of(self._grouping_set))
            return tree.GroupingElement(position, kind, sets)
        return tree.GroupingElement(position, "simple", (self._grouping_set(),))

    def _grouping_set(self) -> tuple[tree.Expression, ...]:
        if self.accept("(", ")"):
            return ()
        value = self.expression()
        return value.items if isinstance(value, tree.RowItems) else (value,)

    def _from(self) -> tree.Relation:
        relation = self._joined()
        while self.at(","):
            position = self.advance().position
            relation = tree.Join(position, "cross", relation, self._joined(), None)
        return relation

    def _joined(self) -> tree.Relation:
        left = self._relation_primary()
        while True:
            position = self.position
            if self.at("NATURAL"):
                raise not_supported("NATURAL JOIN", position)
            if self.accept("CROSS", "JOIN"):
                left = tree.Join(position, "cross", left, self._relation_primary(), None)
            elif self.at_any("JOIN", "INNER", "LEFT", "RIGHT", "FULL"):
                left = self._qualified_join(left)
            else:
                return left

    def _qualified_join(self, left: tree.Relation) -> tree.Relation:
        position = self.position
        kind = "inner"
        if self.at_any("LEFT", "RIGHT", "FULL"):
            kind = self.advance().value
            self.accept("OUTER")
        else:
            self.accept("INNER")
        self.expect("JOIN")
        right = self._relation_primary()
        if self.accept("USING"):
            names = self.in_parentheses(lambda: self.list_of(self.identifier))
            return tree.Join(position, kind, left, right, None, names)
        self.expect("ON")
        return tree.Join(position, kind, left, right, self.expression())

    def _relation_primary(self) -> tree.Relation:
        relation = self._unaliased()
        if self.at("TABLESAMPLE"):
            raise not_supported("TABLESAMPLE", self.position)
        if self.at("MATCH_RECOGNIZE"):
            raise not_supported("MATCH_RECOGNIZE", self.position)
        position = self.position
        if self.accept("AS") or self.at_alias():
            alias = self.identifier()
            columns = self._column_aliases()
            relation = tree.Aliased(position, relation, alias, columns)
            if self.at("TABLESAMPLE"):
                raise not_supported("TABLESAMPLE", self.position)
        return relation

    def _unaliased(self) -> tree.Relation:
        position = self.position
        if self.accept("UNNEST"):
            items = self.in_parentheses(lambda: self.list_of(self.expression))
            ordinality = self.accept("WITH", "ORDINALITY")
            return tree.Unnest(position, items, ordinality)
        if self.at("LATERAL"):
            raise not_supported("LATERAL", position)
        if self.at("(") and not self.at_query():
            return self.in_parentheses(self._joined)
        if self.accept("("):
            query = self.query()
            self.expect(")")
            return tree.SubqueryRelation(position, query)
        if self.at("TABLE", "("):
            raise not_supported("A table function", position)
        name = self.qualified_name()
        return tree.TableName(position, name, self._as_of())

    def _as_of(self) -> tuple[str, tree.Expression] | None:
        if not self.accept("FOR"):
            return None
        if self.accept("SYSTEM_TIME") or self.accept("TIMESTAMP"):
            kind = "timestamp"
        elif self.accept("SYSTEM_VERSION") or self.accept("VERSION"):
            kind = "version"
        else:
            raise self.unexpected("'TIMESTAMP'", "'VERSION'")
        self.expect("AS", "OF")
        return kind, self.value()
