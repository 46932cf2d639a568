"""Expressions as the parser found them, before names and types are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_aws.athena.dialect.tree.node import Node

if TYPE_CHECKING:
    from local_aws.athena.dialect.tree.queries import Query


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


@dataclass(frozen=True)
class Parameter(Expression):
    """The question mark number `index`, from 0."""

    index: int
