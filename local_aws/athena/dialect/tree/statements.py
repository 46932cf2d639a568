"""Statements as the parser found them."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.athena.dialect.tree.expressions import Expression
from local_aws.athena.dialect.tree.node import Node
from local_aws.athena.dialect.tree.queries import Query


class Statement(Node):
    """What StartQueryExecution runs."""


@dataclass(frozen=True)
class QueryStatement(Statement):
    """A query whose rows are the result."""

    query: Query


@dataclass(frozen=True)
class CreateTableAs(Statement):
    """CREATE TABLE … WITH (…) AS query."""

    table: tuple[str, ...]
    if_not_exists: bool
    properties: tuple[tuple[str, Expression], ...]
    query: Query
    with_data: bool


@dataclass(frozen=True)
class CatalogStatement(Statement):
    """A statement that only the catalog answers.

    Attributes
    ----------
    verb : such as `show tables` or `drop table`.
    name : the table or database it names, empty where it names none.
    optional : IF EXISTS or IF NOT EXISTS was said.
    pattern : the regular expression of SHOW TABLES, or LOCATION of CREATE DATABASE.
    cascade : DROP DATABASE … CASCADE.
    """

    verb: str
    name: tuple[str, ...] = ()
    optional: bool = False
    pattern: str | None = None
    cascade: bool = False
    comment: str | None = None


@dataclass(frozen=True)
class Execute(Statement):
    """EXECUTE prepared [USING a, b]."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Prepare(Statement):
    """PREPARE name FROM statement; `sql` is the statement's text."""

    name: str
    sql: str


@dataclass(frozen=True)
class Deallocate(Statement):
    """DEALLOCATE PREPARE name."""

    name: str
