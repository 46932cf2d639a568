"""Parse whole statements: queries, CREATE TABLE AS, and the DDL that the catalog answers."""

from __future__ import annotations

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.lexer import Kind
from local_aws.athena.dialect.parsing.queries import QueryParser
from local_aws.athena.errors import not_supported

# Statements of Athena that would change a lake or need an engine that is not here.
_REFUSED = frozenset(
    [
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "ALTER",
        "MSCK",
        "UNLOAD",
        "EXPLAIN",
        "ANALYZE",
        "OPTIMIZE",
        "VACUUM",
        "REFRESH",
        "CALL",
        "GRANT",
        "REVOKE",
        "SET",
        "USE",
    ]
)


class StatementParser(QueryParser):
    """Trino's queries and the part of Hive's DDL that Athena takes and we run."""

    def parse(self) -> tree.Statement:
        """Take the whole text as one statement; a semicolon may end it."""
        statement = self._statement()
        self.accept(";")
        if self.here.kind is not Kind.END:
            raise self.unexpected("<EOF>")
        return statement

    def _statement(self) -> tree.Statement:
        position = self.position
        keyword = self.here.keyword
        if keyword in _REFUSED:
            raise not_supported(f"The statement {keyword}", position)
        match keyword:
            case "SHOW":
                return self._show()
            case "DESCRIBE" | "DESC":
                return self._describe()
            case "CREATE":
                return self._create()
            case "DROP":
                return self._drop()
            case "EXECUTE":
                return self._execute()
            case "PREPARE":
                return self._prepare()
            case "DEALLOCATE":
                self.advance()
                self.accept("PREPARE")
                return tree.Deallocate(position, self.identifier())
            case _:
                return tree.QueryStatement(position, self.query())

    def _hive_name(self) -> tuple[str, ...]:
        """Take a dotted name that may be quoted in Hive's way."""
        parts = [self._hive_part()]
        while self.accept("."):
            parts.append(self._hive_part())
        return tuple(parts)

    def _hive_part(self) -> str:
        if self.here.kind is Kind.BACKQUOTED:
            return self.advance().value.lower()
        return self.identifier()

    def _show(self) -> tree.Statement:
        position = self.advance().position
        if self.accept("CREATE", "TABLE"):
            return tree.CatalogStatement(position, "show create table", self._hive_name())
        if self.at("CREATE"):
            raise not_supported(f"SHOW CREATE {self.ahead().text.upper()}", position)
        if self.accept("DATABASES") or self.accept("SCHEMAS"):
            return tree.CatalogStatement(position, "show databases", pattern=self._like())
        if self.accept("TABLES"):
            name = self._hive_name() if self.accept("IN") or self.accept("FROM") else ()
            return tree.CatalogStatement(position, "show tables", name, pattern=self._like())
        if self.accept("COLUMNS"):
            self.expect_any("IN", "FROM")
            name = self._hive_name()
            if self.accept("IN") or self.accept("FROM"):
                name = (*self._hive_name(), *name)
            return tree.CatalogStatement(position, "show columns", name)
        if self.accept("PARTITIONS"):
            return tree.CatalogStatement(position, "show partitions", self._hive_name())
        if self.at_any("VIEWS", "TBLPROPERTIES", "FUNCTIONS", "SESSION", "STATS"):
            raise not_supported(f"SHOW {self.here.keyword}", position)
        raise self.unexpected("'COLUMNS'", "'CREATE'", "'DATABASES'", "'PARTITIONS'", "'TABLES'")

    def _like(self) -> str | None:
        if self.accept("LIKE") or self.here.kind is Kind.STRING:
            return self.string()
        return None

    def _describe(self) -> tree.Statement:
        position = self.advance().position
        if self.at_any("INPUT", "OUTPUT", "DATABASE", "SCHEMA") and self.ahead().kind in (
            Kind.NAME,
            Kind.QUOTED,
        ):
            raise not_supported(f"DESCRIBE {self.here.keyword}", position)
        if self.at_any("EXTENDED", "FORMATTED") and self.ahead().kind is not Kind.END:
            raise not_supported(f"DESCRIBE {self.here.keyword}", position)
        return tree.CatalogStatement(position, "describe", self._hive_name())

    def _create(self) -> tree.Statement:
        position = self.advance().position
        if self.accept("DATABASE") or self.accept("SCHEMA"):
            return self._create_database()
        if not self.accept("TABLE"):
            kind = self.here.text.upper()
            raise not_supported(f"CREATE {kind}", position)
        optional = self.accept("IF", "NOT", "EXISTS")
        table = self._hive_name()
        if self.at("("):
            raise not_supported("CREATE TABLE without AS", position)
        properties: tuple[tuple[str, tree.Expression], ...] = ()
        if self.accept("WITH"):
            properties = self.in_parentheses(lambda: self.list_of(self._property))
        self.expect("AS")
        query = self.in_parentheses(self.query) if self._wrapped_query() else self.query()
        with_data = True
        if self.accept("WITH"):
            with_data = not self.accept("NO")
            self.expect("DATA")
        return tree.CreateTableAs(position, table, optional, properties, query, with_data)

    def _wrapped_query(self) -> bool:
        """Tell whether the parentheses that come next hold the whole query."""
        if not self.at("("):
            return False
        depth, offset = 0, 0
        while self.ahead(offset).kind is not Kind.END:
            depth += {"(": 1, ")": -1}.get(self.ahead(offset).text, 0)
            offset += 1
            if depth == 0:
                break
        following = self.ahead(offset)
        return following.kind is Kind.END or following.text == ";" or following.keyword == "WITH"

    def _property(self) -> tuple[str, tree.Expression]:
        name = self.identifier()
        self.expect("=")
        return name, self.expression()

    def _create_database(self) -> tree.Statement:
        position = self.position
        optional = self.accept("IF", "NOT", "EXISTS")
        name = self._hive_name()
        comment = self.string() if self.accept("COMMENT") else None
        location = self.string() if self.accept("LOCATION") else None
        if self.at("WITH"):
            raise not_supported("CREATE DATABASE … WITH DBPROPERTIES", self.position)
        return tree.CatalogStatement(
            position, "create database", name, optional, location, comment=comment
        )

    def _drop(self) -> tree.Statement:
        position = self.advance().position
        if self.accept("TABLE"):
            verb = "drop table"
        elif self.accept("DATABASE") or self.accept("SCHEMA"):
            verb = "drop database"
        else:
            raise not_supported(f"DROP {self.here.text.upper()}", position)
        optional = self.accept("IF", "EXISTS")
        name = self._hive_name()
        cascade = self.accept("CASCADE")
        if not cascade:
            self.accept("RESTRICT")
        return tree.CatalogStatement(position, verb, name, optional, cascade=cascade)

    def _execute(self) -> tree.Statement:
        position = self.advance().position
        if self.at("IMMEDIATE"):
            raise not_supported("EXECUTE IMMEDIATE", position)
        name = self.identifier()
        arguments = self.list_of(self.expression) if self.accept("USING") else ()
        return tree.Execute(position, name, arguments)

    def _prepare(self) -> tree.Statement:
        position = self.advance().position
        name = self.identifier()
        self.expect("FROM")
        text = self.text_from(self.position)
        self._statement()
        return tree.Prepare(position, name, text)
