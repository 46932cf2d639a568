"""Queries and the relations they read, as the parser found them."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.athena.dialect.tree.expressions import Expression, SortItem, Window
from local_aws.athena.dialect.tree.node import Node


class Relation(Node):
    """A part of FROM."""


@dataclass(frozen=True)
class TableName(Relation):
    """A table of the catalog or a CTE, perhaps as it was at another time."""

    parts: tuple[str, ...]
    as_of: tuple[str, Expression] | None = None  # ("timestamp" | "version", value)


@dataclass(frozen=True)
class SubqueryRelation(Relation):
    """(query) in FROM."""

    query: Query


@dataclass(frozen=True)
class Unnest(Relation):
    """UNNEST(a, b) [WITH ORDINALITY]."""

    items: tuple[Expression, ...]
    ordinality: bool


@dataclass(frozen=True)
class Aliased(Relation):
    """Relation AS alias (columns)."""

    relation: Relation
    alias: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Join(Relation):
    """A join; kind is inner, left, right, full or cross."""

    kind: str
    left: Relation
    right: Relation
    condition: Expression | None
    using: tuple[str, ...] = ()


@dataclass(frozen=True)
class SelectItem(Node):
    """An item of SELECT.

    Attributes
    ----------
    label : its alias or its column's name, in the case in which it was written.
    star : the qualifier of `t.*`, empty for a bare star; None where there is no star.
    """

    value: Expression | None
    label: str | None
    star: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GroupingElement(Node):
    """An element of GROUP BY; kind is simple, rollup, cube or sets."""

    kind: str
    sets: tuple[tuple[Expression, ...], ...]


class QueryBody(Node):
    """What a query's ORDER BY and LIMIT apply to."""


@dataclass(frozen=True)
class Select(QueryBody):
    """SELECT … FROM … WHERE … GROUP BY … HAVING …."""

    distinct: bool
    items: tuple[SelectItem, ...]
    source: Relation | None
    where: Expression | None
    group_by: tuple[GroupingElement, ...]
    having: Expression | None
    windows: tuple[tuple[str, Window], ...]


@dataclass(frozen=True)
class Values(QueryBody):
    """VALUES (…), (…)."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True)
class SetOperation(QueryBody):
    """UNION, INTERSECT or EXCEPT, of distinct rows unless `all`."""

    operator: str
    all: bool
    left: QueryBody
    right: QueryBody


@dataclass(frozen=True)
class NestedQuery(QueryBody):
    """(query) as an operand of a set operation."""

    query: Query


@dataclass(frozen=True)
class CommonTable(Node):
    """A query of WITH."""

    name: str
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True)
class Query(Node):
    """A whole query; offset and limit are row counts."""

    tables: tuple[CommonTable, ...]
    body: QueryBody
    order_by: tuple[SortItem, ...]
    offset: int | None
    limit: int | None
