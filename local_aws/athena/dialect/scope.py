"""The columns that an expression may name, and how a name finds its column."""

from __future__ import annotations

from dataclasses import dataclass, replace

from local_aws.athena.dialect.coercion import Typed, row_field
from local_aws.athena.errors import Position, QueryError


@dataclass(frozen=True)
class Column:
    """A column of a relation.

    Attributes
    ----------
    name : its visible name; empty for one without.
    value : its SQL and type.
    qualifier : what may stand before its name: (alias) or (database, table).
    relation, key : the relation's alias and its own name there, in the translated query.
    hidden : not part of `*`.
    output : an item of SELECT, which ORDER BY may name.
    """

    name: str
    value: Typed
    qualifier: tuple[str, ...] = ()
    relation: str = ""
    key: str = ""
    hidden: bool = False
    output: bool = False

    def qualified(self, qualifier: tuple[str, ...]) -> Column:
        """Return the same column under another qualifier."""
        return replace(self, qualifier=qualifier)

    def answers_to(self, qualifier: tuple[str, ...]) -> bool:
        """Tell whether `qualifier.name` means this column."""
        if not qualifier:
            return True
        known = ("awsdatacatalog", *self.qualifier) if len(self.qualifier) == 2 else self.qualifier
        return known[-len(qualifier) :] == qualifier


@dataclass(frozen=True)
class Scope:
    """The columns in sight, and behind them those of the query around.

    Attributes
    ----------
    outer : the scope of the query in which this one is nested.
    outputs : the items of SELECT, which come first where ORDER BY names something.
    """

    columns: tuple[Column, ...]
    outer: Scope | None = None
    outputs: tuple[Column, ...] = ()

    def find(self, parts: tuple[str, ...], position: Position) -> tuple[Column, Typed, bool]:
        """Return the column of a dotted name, its value (or a row's field), and if it is outer.

        Raises
        ------
        QueryError : COLUMN_NOT_FOUND or AMBIGUOUS_NAME.
        """
        scope: Scope | None = self
        is_outer = False
        while scope is not None:
            found = _find(scope.outputs, parts, position) or _find(scope.columns, parts, position)
            if found is not None:
                return (*found, is_outer)
            scope, is_outer = scope.outer, True
        raise column_not_found(".".join(parts), position)


def _find(
    columns: tuple[Column, ...], parts: tuple[str, ...], position: Position
) -> tuple[Column, Typed] | None:
    # `a.b.c` is a column c of a.b, or a field of a row column.
    for length in range(len(parts), 0, -1):
        *qualifier, name = parts[:length]
        matches = [
            column
            for column in columns
            if column.name == name and column.answers_to(tuple(qualifier))
        ]
        if len(matches) > 1:
            raise QueryError("AMBIGUOUS_NAME", f"Column '{'.'.join(parts)}' is ambiguous", position)
        if matches:
            value: Typed | None = matches[0].value
            for part in parts[length:]:
                value = field_of(value, part) if value else None
            return (matches[0], value) if value else None
    return None


def field_of(value: Typed, name: str) -> Typed | None:
    """Return a field of a row value by its name, or None."""
    names = [(known or "").lower() for known in value.kind.names]
    if names.count(name) != 1:
        return None
    index = names.index(name)
    return Typed(row_field(value.sql, index), value.kind.inner[index])


def column_not_found(name: str, position: Position) -> QueryError:
    """Return the error for a name without a column, in Athena's words."""
    return QueryError(
        "COLUMN_NOT_FOUND",
        f"Column '{name}' cannot be resolved or requester is not authorized to access "
        "requested resources",
        position,
    )
