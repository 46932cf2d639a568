"""Ask the translated SQL of a DuckDB without tables: the dialect alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

import duckdb
import pytest

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.catalog import AsOf, Context
from local_aws.athena.dialect.coercion import Typed
from local_aws.athena.dialect.parsing import parse_statement
from local_aws.athena.dialect.queries import translate_query
from local_aws.athena.duckdb_engines import install_functions
from local_aws.athena.engine_errors import query_error
from local_aws.athena.errors import Position, QueryError
from local_aws.athena.result_files import output_text

NOW = datetime(2026, 11, 22, 12, 34, 56, 789_123, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """A query's rows as Athena's result files show them, and its columns."""

    rows: list[tuple[str | None, ...]]
    types: list[str]
    names: list[str]


Ask = Callable[..., Answer]


class NoTables:
    """A catalog without tables."""

    def find_table(
        self, parts: tuple[str, ...], as_of: AsOf | None, position: Position
    ) -> NoReturn:
        del as_of
        raise QueryError("TABLE_NOT_FOUND", f"Table '{'.'.join(parts)}' does not exist", position)


@pytest.fixture(scope="session")
def duck() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    install_functions(connection)
    return connection


@pytest.fixture(scope="session")
def ask(duck: duckdb.DuckDBPyConnection) -> Ask:
    """Run a query and return its answer; errors come as Athena would report them."""

    def run(sql: str, *parameters: tree.Expression) -> Answer:
        statement = parse_statement(sql)
        assert isinstance(statement, tree.QueryStatement)
        context = Context(NoTables(), NOW, lambda text: duck.execute(text).fetchone(), parameters)
        plan = translate_query(statement.query, context)
        texts = ", ".join(
            output_text(Typed(f'"q"."c{index}"', column.kind))
            for index, column in enumerate(plan.columns)
        )
        try:
            rows = duck.execute(f'SELECT {texts} FROM ({plan.sql}) AS "q"').fetchall()
        except duckdb.Error as error:
            raise query_error(error) from error
        return Answer(
            rows,
            [str(column.kind) for column in plan.columns],
            [column.label for column in plan.columns],
        )

    return run
