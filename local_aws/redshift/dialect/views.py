"""Translate CREATE VIEW, materialized views and cursors."""

from __future__ import annotations

import re

from sqlglot import exp

from local_aws.redshift.dialect.catalog_queries import reads_the_catalog_only
from local_aws.redshift.dialect.catalog_rewriting import in_postgres
from local_aws.redshift.dialect.queries import whole_query
from local_aws.redshift.dialect.redshift_parser import parse
from local_aws.redshift.dialect.relations import is_system_relation, relation_name, relation_sql
from local_aws.redshift.dialect.scope import Columns, Query, Tables
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Direct
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import quoted

_LATE_BINDING = re.compile(r"\s+WITH\s+NO\s+SCHEMA\s+BINDING\s*$", re.IGNORECASE)


def create_view(reader: Reader, replace: bool, tables: Tables) -> Direct:
    """Return CREATE VIEW; the reader stands behind VIEW.

    A view WITH NO SCHEMA BINDING is bound here: what it needs must exist, and cannot be dropped.
    """
    name = relation_sql(relation_name(reader.dotted_name()))
    names = reader.names_in_parentheses() if reader.word() == "(" else ()
    reader.expect("AS")
    query = translated(_LATE_BINDING.sub("", reader.rest()), tables)
    listed = f" ({', '.join(quoted(column) for column in names)})" if names else ""
    word = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    return Direct(f"{word} {name}{listed} AS {query.sql}")


def create_materialized_view(reader: Reader, tables: Tables) -> Direct:
    """Return CREATE MATERIALIZED VIEW; it is refreshed by REFRESH only.

    Raises
    ------
    SyntaxRefusedError : its query has what the developer guide lists under "Limitations".
    """
    name = relation_sql(relation_name(reader.dotted_name()))
    keys: list[str] = []
    while reader.word() != "AS":
        keys += _attribute(reader)
    reader.expect("AS")
    sql = reader.rest()
    query = translated(sql, tables)
    _check_limitations(parse(sql), tables)
    unknown = sorted(set(keys) - {column for column, _ in query.columns})
    if unknown:
        raise SyntaxRefusedError(f'column "{unknown[0]}" named in a key does not exist', "42703")
    return Direct(f"CREATE MATERIALIZED VIEW {name} AS {query.sql}")


def _attribute(reader: Reader) -> tuple[str, ...]:
    """Read one attribute; return the columns that it names."""
    if reader.take("BACKUP"):
        _expect_one_of(reader, "YES", "NO")
    elif reader.take("AUTO", "REFRESH"):
        if reader.take("YES"):
            raise UnsupportedError("AUTO REFRESH YES", "Use REFRESH MATERIALIZED VIEW.")
        reader.expect("NO")
    elif reader.take("DISTSTYLE"):
        _expect_one_of(reader, "EVEN", "ALL", "KEY")
    elif reader.word() in ("DISTKEY", "SORTKEY"):
        reader.skip()
        return tuple(reader.names_in_parentheses())
    else:
        raise reader.syntax_error()
    return ()


def _expect_one_of(reader: Reader, *words: str) -> None:
    if reader.word() not in words:
        raise reader.syntax_error()
    reader.skip()


def _check_limitations(query: exp.Expression, tables: Tables) -> None:
    for clause in query.find_all(exp.Order, exp.Limit, exp.Offset):
        if not isinstance(clause.parent, exp.Window | exp.WithinGroup):
            raise SyntaxRefusedError(
                f"{clause.key.upper()} is not supported in a materialized view", "0A000"
            )
    named = {table.alias.lower() for table in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        parts = relation_name(tuple(part.name for part in table.parts))
        if len(parts) == 1 and parts[0] in named:
            continue
        if is_system_relation(parts) or tables.is_view(parts):
            raise SyntaxRefusedError(
                f'a materialized view on the view or system table "{".".join(parts)}" '
                "is not supported",
                "0A000",
            )


def refresh(reader: Reader) -> Direct:
    """Return REFRESH MATERIALIZED VIEW; the reader stands behind REFRESH."""
    reader.expect("MATERIALIZED", "VIEW")
    name = relation_sql(relation_name(reader.dotted_name()))
    reader.end()
    return Direct(f"REFRESH MATERIALIZED VIEW {name}")


def declare_cursor(reader: Reader, tables: Tables) -> Direct:
    """Return DECLARE; the reader stands behind it."""
    name = quoted(reader.name())
    reader.expect("CURSOR", "FOR")
    query = reader.rest()
    if reads_the_catalog_only(query):
        return Direct(f"DECLARE {name} CURSOR FOR {in_postgres(query, tables)}")
    return Direct(f"DECLARE {name} CURSOR FOR {whole_query(query, tables).sql}")


def fetch(reader: Reader) -> Direct:
    """Return FETCH NEXT, ALL, FORWARD or a number; the reader stands behind FETCH.

    The guide has neither the bare number nor IN, which Tableau sends: `fetch 10000 in "SQL_CUR1"`.
    """
    direction = _direction(reader)
    if not reader.take("IN"):
        reader.expect("FROM")
    name = quoted(reader.name())
    reader.end()
    return Direct(f"FETCH {direction} FROM {name}")


def _direction(reader: Reader) -> str:
    if reader.take("NEXT"):
        return "NEXT"
    if reader.take("ALL"):
        return "ALL"
    if reader.take("FORWARD") and reader.take("ALL"):
        return "FORWARD ALL"
    return f"FORWARD {reader.number()}"


def translated(sql: str, tables: Tables) -> Query:
    """Return the query of a view: its columns have different names."""
    query = whole_query(sql, tables)
    _check_names(query.columns)
    return query


def _check_names(columns: Columns) -> None:
    names = [name for name, _ in columns]
    if len(set(names)) < len(names) and "?column?" not in names:
        raise SyntaxRefusedError("a column is specified more than once", "42701")
