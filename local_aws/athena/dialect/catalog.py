"""What the translator asks of the catalog, and what it leaves for the engine to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from local_aws.athena.dialect.tree import Expression
from local_aws.athena.dialect.types import SqlType
from local_aws.athena.errors import Position

PATH_COLUMN = "$path"


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes
    ----------
    hidden : a pseudo column such as `$path`: only a query that names it gets it.
    partition : its value is told by the partition, not by the file.
    """

    name: str
    kind: SqlType
    hidden: bool = False
    partition: bool = False


class Table(Protocol):
    """A table as it was at one moment."""

    @property
    def database(self) -> str:
        """The name of its database."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def columns(self) -> Sequence[TableColumn]:
        """Its columns, the pseudo columns among them."""
        ...

    def prepare(self, scan: Scan, session: Any) -> None:
        """Create the view that the translated query reads; `session` is the engine's."""
        ...


@dataclass(frozen=True)
class AsOf:
    """The moment (UTC) or the snapshot that a query wants to see."""

    moment: datetime | None = None
    snapshot_id: int | None = None


class Catalog(Protocol):
    """Where table names are looked up."""

    def find_table(self, parts: tuple[str, ...], as_of: AsOf | None, position: Position) -> Table:
        """Return the table of a dotted name.

        Raises
        ------
        QueryError : TABLE_NOT_FOUND and its kin.
        """
        ...


@dataclass
class Scan:
    """A table that the query reads under a name of its own.

    Attributes
    ----------
    view : the name under which the translated query reads it.
    alias : the name that its columns carry in the translated query.
    used : the columns that the query mentions.
    partition_filters : conditions on partition columns alone, which every row must meet.
    """

    view: str
    alias: str
    table: Table
    used: set[str] = field(default_factory=set)
    partition_filters: list[str] = field(default_factory=list)


@dataclass
class Context:
    """What holds for the whole of one query.

    Attributes
    ----------
    now : the query's start, UTC.
    evaluate : answers the SQL of a constant with its value.
    parameters : the values of its question marks.
    scans : the tables it reads, found while it is translated.
    used_parameters : the question marks that the query holds, found while it is translated.
    outer_references : how often a nested query has named a column of the query around it.
    """

    catalog: Catalog
    now: datetime
    evaluate: Callable[[str], object]
    parameters: tuple[Expression, ...] = ()
    scans: list[Scan] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)
    used_parameters: set[int] = field(default_factory=set)
    outer_references: int = 0
    _names: int = 0

    def new_name(self, prefix: str) -> str:
        """Return a name that nothing else in the translated query has."""
        self._names += 1
        return f"{prefix}{self._names}"

    def touch(self, alias: str, name: str) -> None:
        """Note that the query mentions a column of a relation."""
        self.touched.append((alias, name))
        for scan in self.scans:
            if scan.alias == alias:
                scan.used.add(name)
