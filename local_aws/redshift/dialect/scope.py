"""What names mean at one place of a statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from local_aws.redshift.dialect.expressions import translate_expression
from local_aws.redshift.dialect.types import TIMESTAMP, SqlType
from local_aws.redshift.dialect.values import Value
from local_aws.redshift.errors import SyntaxRefusedError
from local_aws.redshift.sql_text import quoted

Columns = tuple[tuple[str, SqlType], ...]

# Some functions run on one kind of Redshift's nodes only; see the guide on leader-node functions.
_LEADER_ONLY = frozenset(
    ("current_schema", "has_database_privilege", "has_schema_privilege", "has_table_privilege")
)
_COMPUTE_ONLY = frozenset(("listagg", "median", "percentile_cont", "percentile_disc"))


class Tables(Protocol):
    """Tells about the tables that a statement names."""

    def columns_of(self, parts: tuple[str, ...]) -> Columns | None:
        """Return the columns of a table or view, or None when there is none of that name."""

    def is_view(self, parts: tuple[str, ...]) -> bool:
        """Return whether it is a view."""


@dataclass(frozen=True)
class Query:
    """A query in PostgreSQL's SQL, with the names and types of its columns."""

    sql: str
    columns: Columns


@dataclass
class Facts:
    """What is known of a statement when all of it was read.

    Attributes
    ----------
    functions : names of the functions that it calls.
    reads_users_tables : whether it reads a table that is not the system's.
    """

    functions: set[str] = field(default_factory=set)
    reads_users_tables: bool = False

    def check(self) -> None:
        """Refuse functions that run on the leader node only, or on compute nodes only."""
        if self.reads_users_tables and self.functions & _LEADER_ONLY:
            raise SyntaxRefusedError(
                "Specified types or functions not supported on Redshift tables", "0A000"
            )
        if not self.reads_users_tables and self.functions & _COMPUTE_ONLY:
            (name, *_) = sorted(self.functions & _COMPUTE_ONLY)
            raise SyntaxRefusedError(f"{name} needs a query that reads a user's table", "0A000")


TranslateQuery = Callable[[exp.Expression, "Scope"], Query]


@dataclass
class Scope:
    """What names mean at one place.

    Attributes
    ----------
    tables : the tables that exist.
    translate_query : translates subqueries.
    facts : of the whole statement.
    named : common table expressions.
    sources : what FROM has, by alias.
    aliases : columns of the SELECT list so far, which later ones may use.
    using : columns of JOIN … USING, which `*` has once and first.
    outer : the scope around a subquery.
    is_correlated : whether a name was found in the scope around.
    in_outer_join : whether the ON of an outer join is being read.
    """

    tables: Tables
    translate_query: TranslateQuery
    facts: Facts = field(default_factory=Facts)
    named: dict[str, Columns] = field(default_factory=dict)
    sources: dict[str, Columns] = field(default_factory=dict)
    aliases: dict[str, Value] = field(default_factory=dict)
    using: list[str] = field(default_factory=list)
    outer: Scope | None = None
    is_correlated: bool = False
    in_outer_join: bool = False

    def inner(self) -> Scope:
        """Return the scope of a query within this one."""
        return Scope(self.tables, self.translate_query, self.facts, dict(self.named), outer=self)

    def column(self, parts: tuple[str, ...]) -> Value:
        """Return a column by its dotted name.

        Raises
        ------
        SyntaxRefusedError : there is none, or Redshift cannot reach it.
        """
        found = self._own(parts)
        if found is not None:
            return found
        if len(parts) == 1 and parts[0] in self.aliases:
            return self.aliases[parts[0]]
        found = self._of_outer(parts)
        if found is not None:
            return found
        if parts == ("sysdate",):
            return Value("redshift_sql.sysdate()", TIMESTAMP)
        raise SyntaxRefusedError(f'column "{".".join(parts)}" does not exist', "42703")

    def called(self, function: str) -> None:
        """Note that a function is called."""
        self.facts.functions.add(function)

    def _own(self, parts: tuple[str, ...]) -> Value | None:
        *table, name = parts
        wanted = ".".join(table)
        for alias, columns in self.sources.items():
            if table and wanted not in (alias, alias.rpartition(".")[2]):
                continue
            for column, type_ in columns:
                if column == name:
                    sql = ".".join(quoted(part) for part in (*table, name))
                    return Value(sql, type_, column=True)
        return None

    def _of_outer(self, parts: tuple[str, ...]) -> Value | None:
        crossed, scope = [self], self.outer
        while scope is not None:
            found = scope._own(parts)
            if found is not None:
                if sum(1 for one in crossed if one.sources) > 1:
                    raise correlation_refused("a reference that skips a query block")
                for one in crossed:
                    one.is_correlated = True
                return found
            crossed.append(scope)
            scope = scope.outer
        return None

    def subquery(self, query: exp.Expression, *, is_in: bool = False) -> tuple[str, list[SqlType]]:
        """Return a translated subquery and the types of its columns.

        Parameters
        ----------
        query : the subquery.
        is_in : whether IN stands before it.

        Raises
        ------
        SyntaxRefusedError : it is correlated in a way that Redshift cannot resolve (see
            "Correlated subqueries" in the developer guide).
        """
        inner = self.inner()
        translated = self.translate_query(query, inner)
        if inner.is_correlated:
            self._check_correlation(query, is_in)
        return translated.sql, [type_ for _, type_ in translated.columns]

    def _check_correlation(self, query: exp.Expression, is_in: bool) -> None:
        if self.in_outer_join:
            raise correlation_refused("a reference from the ON clause of an outer join")
        if query.find(exp.Window) is not None:
            raise correlation_refused("a reference within a subquery with a window function")
        if is_in and query.args.get("group") is not None:
            raise correlation_refused("IN with a subquery that groups")

    def translate(self, node: exp.Expression) -> Value:
        """Return a translated expression."""
        return translate_expression(node, self)


def correlation_refused(what: str) -> SyntaxRefusedError:
    """Return the error for a correlated subquery that Redshift cannot resolve."""
    return SyntaxRefusedError(
        f"This type of correlated subquery pattern is not supported yet: {what}", "0A000"
    )
