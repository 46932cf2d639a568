"""The syntax tree of a query: what the parser found, before names and types are known."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_aws.athena.errors import Position


@dataclass(frozen=True)
class Node:
    """Any part of a query; `position` is not part of its identity."""

    position: Position = field(compare=False, repr=False)


class Expression(Node):
    """A part that has a value."""


@dataclass(frozen=True)
class Literal(Expression):
    """A literal; `kind` is null, boolean, string, integer, decimal, double or binary."""

    kind: str
    text: str


@dataclass(frozen=True)
class TypedLiteral(Expression):
    """`DATE '…'`, `TIMESTAMP '…'`, `DECIMAL '…'`: a type's name before a string."""

    type_name: str
    text: str


@dataclass(frozen=True)
class IntervalLiteral(Expression):
    """`INTERVAL '3' DAY`."""

    text: str
    negative: bool
    unit: str
    to_unit: str | None


@dataclass(frozen=True)
class Name(Expression):
    """A column by its dotted name; parts are lower-cased."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Field(Expression):
    """A field of a row value that is not a plain name: `f(x).a`."""

    base: Expression
    name: str


@dataclass(frozen=True)
class Unary(Expression):
    """`-x` or `+x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """Arithmetic or `||`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(Expression):
    """`=`, `<>`, `<`, `<=`, `>`, `>=`, and IS [NOT] DISTINCT FROM."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Quantified(Expression):
    """`x = ANY (query)`, `x > ALL (query)`."""

    operator: str
    quantifier: str
    left: Expression
    query: Query


@dataclass(frozen=True)
class Logical(Expression):
    """AND or OR."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Not(Expression):
    """NOT x."""

    operand: Expression


@dataclass(frozen=True)
class IsNull(Expression):
    """X IS NULL."""

    operand: Expression


@dataclass(frozen=True)
class Between(Expression):
    """X BETWEEN low AND high."""

    operand: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True)
class InList(Expression):
    """X IN (a, b)."""

    operand: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class InQuery(Expression):
    """X IN (query)."""

    operand: Expression
    query: Query


@dataclass(frozen=True)
class Exists(Expression):
    """EXISTS (query)."""

    query: Query


@dataclass(frozen=True)
class ScalarQuery(Expression):
    """A query in place of a value."""

    query: Query


@dataclass(frozen=True)
class Like(Expression):
    """X LIKE pattern [ESCAPE c]."""

    operand: Expression
    pattern: Expression
    escape: Expression | None


@dataclass(frozen=True)
class Case(Expression):
    """CASE [operand] WHEN … THEN … [ELSE …] END."""

    operand: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


@dataclass(frozen=True)
class TypeName(Node):
    """A type as written: a lower-case name, numbers, and the types within."""

    name: str
    numbers: tuple[int, ...] = ()
    arguments: tuple[tuple[str | None, TypeName], ...] = ()


@dataclass(frozen=True)
class Cast(Expression):
    """CAST or TRY_CAST."""

    operand: Expression
    target: TypeName
    safe: bool


@dataclass(frozen=True)
class Extract(Expression):
    """EXTRACT(unit FROM x)."""

    unit: str
    operand: Expression


@dataclass(frozen=True)
class AtTimeZone(Expression):
    """X AT TIME ZONE zone."""

    operand: Expression
    zone: Expression


@dataclass(frozen=True)
class Subscript(Expression):
    """X[i]."""

    base: Expression
    index: Expression


@dataclass(frozen=True)
class ArrayItems(Expression):
    """ARRAY[a, b]."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class RowItems(Expression):
    """ROW(a, b), or (a, b) with at least two items."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Lambda(Expression):
    """(a, b) -> body."""

    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True)
class SortItem(Node):
    """An item of ORDER BY; `nulls_first` is None where nothing was said."""

    value: Expression
    descending: bool
    nulls_first: bool | None


@dataclass(frozen=True)
class Frame(Node):
    """A window frame; each bound is (kind, value)."""

    unit: str
    start: tuple[str, Expression | None]
    end: tuple[str, Expression | None]


@dataclass(frozen=True)
class Window(Node):
    """An OVER clause, or a named window."""

    base: str | None
    partition_by: tuple[Expression, ...]
    order_by: tuple[SortItem, ...]
    frame: Frame | None


@dataclass(frozen=True)
class Call(Expression):
    """A function call with all that may hang on it."""

    name: str
    arguments: tuple[Expression, ...]
    star: bool = False
    distinct: bool = False
    order_by: tuple[SortItem, ...] = ()
    filter: Expression | None = None
    window: Window | None = None
    ignore_nulls: bool = False


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
    lateral: bool = False


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


@dataclass(frozen=True)
class Parameter(Expression):
    """The question mark number `index`, from 0."""

    index: int
