"""Find the rule for a statement by its first words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from sqlglot import exp

from local_aws.redshift.dialect import changes, commands, copy_command, security, tables, views
from local_aws.redshift.dialect.alter_table import alter_table
from local_aws.redshift.dialect.catalog_queries import reads_the_catalog_only
from local_aws.redshift.dialect.catalog_rewriting import in_postgres
from local_aws.redshift.dialect.queries import whole_query
from local_aws.redshift.dialect.redshift_parser import parse
from local_aws.redshift.dialect.relations import relation_sql
from local_aws.redshift.dialect.scope import Columns, Tables
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Direct, Translation
from local_aws.redshift.dialect.types import type_of_column
from local_aws.redshift.dialect.unload_command import read_unload
from local_aws.redshift.errors import UnsupportedError

_logger = logging.getLogger(__name__)


class Column(Protocol):
    """A column as the database server describes it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type_name(self) -> str:
        """Its type as PostgreSQL writes it."""


class Catalog(Protocol):
    """The tables that a session sees."""

    def columns(self, table: str) -> tuple[Column, ...]:
        """Return the columns of a table by its quoted name; empty when there is none."""

    def is_view(self, table: str) -> bool:
        """Return whether it is a view."""


class _TablesOf:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, Columns | None] = {}

    def columns_of(self, parts: tuple[str, ...]) -> Columns | None:
        text = relation_sql(parts)
        if text not in self._known:
            columns = self._catalog.columns(text)
            typed = tuple((column.name, type_of_column(column.type_name)) for column in columns)
            self._known[text] = typed or None
        return self._known[text]

    def is_view(self, parts: tuple[str, ...]) -> bool:
        return self._catalog.is_view(relation_sql(parts))


Rule = Callable[[Reader, Tables], Translation]


def translate(statement: str, catalog: Catalog) -> Translation:
    """Return what one statement becomes.

    Raises
    ------
    SyntaxRefusedError : Redshift refuses it.
    UnsupportedError : the local engine has no rule for it.
    """
    reader = Reader(statement)
    known = _TablesOf(catalog)
    try:
        return _translate(statement, reader, known)
    except RecursionError:
        raise UnsupportedError("a statement that is nested so deeply") from None
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as bug:
        # A tree of a shape that no rule expects: refused, and the session goes on.
        _logger.warning("No rule for %s", statement, exc_info=bug)
        raise UnsupportedError("this statement") from bug


def _translate(statement: str, reader: Reader, known: Tables) -> Translation:
    if reader.word() in _QUERIES:
        if reads_the_catalog_only(statement):
            return Direct(in_postgres(statement, known))
        return Direct(whole_query(statement, known).sql)
    for words, rule in _RULES.items():
        if all(reader.word(ahead) == word for ahead, word in enumerate(words)):
            return rule(reader, known)
    raise UnsupportedError(reader.word() or "this statement")


_QUERIES = ("SELECT", "WITH", "(")


def _change(reader: Reader, known: Tables) -> Translation:
    sql = reader.rest()
    doubles = changes.merge_removing_duplicates(sql, known) if sql[:5].upper() == "MERGE" else None
    if doubles is not None:
        return doubles
    tree = parse(sql)
    if isinstance(tree, exp.Insert):
        return changes.translate_insert(tree, known)
    if isinstance(tree, exp.Update):
        return changes.translate_update(tree, known)
    if isinstance(tree, exp.Delete):
        return changes.translate_delete(tree, known)
    if isinstance(tree, exp.Merge):
        return changes.translate_merge(tree, known)
    raise UnsupportedError(type(tree).__name__.upper())


def _after(count: int, rule: Callable[[Reader], Translation]) -> Rule:
    """Return a rule that starts behind the first words."""

    def run(reader: Reader, known: Tables) -> Translation:
        del known
        for _ in range(count):
            reader.skip()
        return rule(reader)

    return run


def _whole(rule: Callable[[Reader], Translation]) -> Rule:
    return _after(0, rule)


def _create_table(reader: Reader, known: Tables) -> Translation:
    reader.expect("CREATE")
    reader.take("LOCAL")
    temporary = reader.take("TEMP") or reader.take("TEMPORARY")
    reader.expect("TABLE")
    return tables.create_table(reader, temporary, known)


def _create_view(reader: Reader, known: Tables) -> Translation:
    reader.expect("CREATE")
    replace = reader.take("OR", "REPLACE")
    reader.expect("VIEW")
    return views.create_view(reader, replace, known)


def _create_materialized_view(reader: Reader, known: Tables) -> Translation:
    reader.expect("CREATE", "MATERIALIZED", "VIEW")
    return views.create_materialized_view(reader, known)


def _alter_table(reader: Reader, known: Tables) -> Translation:
    reader.expect("ALTER", "TABLE")
    return alter_table(reader, known)


def _declare(reader: Reader, known: Tables) -> Translation:
    reader.expect("DECLARE")
    return views.declare_cursor(reader, known)


_RULES: dict[tuple[str, ...], Rule] = {
    ("INSERT",): _change,
    ("UPDATE",): _change,
    ("DELETE",): _change,
    ("MERGE",): _change,
    ("COPY",): _whole(copy_command.read_copy),
    ("UNLOAD",): read_unload,
    ("BEGIN",): _whole(commands.begin),
    ("START", "TRANSACTION"): _whole(commands.begin),
    ("COMMIT",): _whole(commands.commit),
    ("END",): _whole(commands.commit),
    ("ROLLBACK",): _whole(commands.rollback),
    ("ABORT",): _whole(commands.rollback),
    ("LOCK",): _whole(commands.lock),
    ("SET",): _whole(commands.set_parameter),
    ("RESET",): _whole(commands.reset_parameter),
    ("SHOW",): _whole(commands.show),
    ("ANALYZE",): _whole(commands.analyze),
    ("VACUUM",): _whole(commands.vacuum),
    ("COMMENT",): _whole(commands.comment),
    ("CLOSE",): _whole(commands.close),
    ("DEALLOCATE",): _whole(commands.deallocate),
    ("DECLARE",): _declare,
    ("FETCH",): _after(1, views.fetch),
    ("REFRESH",): _after(1, views.refresh),
    ("TRUNCATE",): _after(1, tables.truncate),
    ("CREATE", "TABLE"): _create_table,
    ("CREATE", "TEMP"): _create_table,
    ("CREATE", "TEMPORARY"): _create_table,
    ("CREATE", "LOCAL"): _create_table,
    ("CREATE", "VIEW"): _create_view,
    ("CREATE", "OR", "REPLACE", "VIEW"): _create_view,
    ("CREATE", "MATERIALIZED", "VIEW"): _create_materialized_view,
    ("CREATE", "SCHEMA"): _after(2, commands.create_schema),
    ("CREATE", "DATABASE"): _after(2, commands.create_database),
    ("CREATE", "USER"): _after(2, security.create_user),
    ("CREATE", "ROLE"): _after(2, security.create_role),
    ("CREATE", "GROUP"): _after(2, security.create_group),
    ("ALTER", "TABLE"): _alter_table,
    ("ALTER", "SCHEMA"): _after(2, commands.alter_schema),
    ("ALTER", "USER"): _after(2, security.alter_user),
    ("ALTER", "GROUP"): _after(2, security.alter_group),
    ("ALTER", "DEFAULT", "PRIVILEGES"): _after(3, security.alter_default_privileges),
    ("DROP", "DATABASE"): _after(2, commands.drop_database),
    ("DROP", "USER"): _after(2, security.drop_roles),
    ("DROP", "ROLE"): _after(2, security.drop_roles),
    ("DROP", "GROUP"): _after(2, security.drop_roles),
    ("DROP",): _after(1, tables.drop),
    ("GRANT",): _after(1, security.grant),
    ("REVOKE",): _after(1, security.revoke),
}
