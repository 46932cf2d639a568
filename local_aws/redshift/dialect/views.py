"""Translate CREATE VIEW, materialized views and cursors."""

from __future__ import annotations

import re

from local_aws.redshift.dialect.queries import whole_query
from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.scope import Columns, Query, Tables
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Direct
from local_aws.redshift.errors import SyntaxRefusedError
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
    """Return CREATE MATERIALIZED VIEW; it is refreshed by REFRESH only."""
    name = relation_sql(relation_name(reader.dotted_name()))
    while reader.word() != "AS":
        _skip_attribute(reader)
    reader.expect("AS")
    return Direct(f"CREATE MATERIALIZED VIEW {name} AS {translated(reader.rest(), tables).sql}")


def _skip_attribute(reader: Reader) -> None:
    if reader.take("BACKUP") or reader.take("AUTO", "REFRESH"):
        if reader.skip() not in ("YES", "NO"):
            raise reader.syntax_error()
    elif reader.take("DISTSTYLE"):
        reader.skip()
    elif reader.word() in ("DISTKEY", "SORTKEY"):
        reader.skip()
        reader.names_in_parentheses()
    else:
        raise reader.syntax_error()


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
    return Direct(f"DECLARE {name} CURSOR FOR {whole_query(reader.rest(), tables).sql}")


def fetch(reader: Reader) -> Direct:
    """Return FETCH NEXT, ALL or FORWARD; the reader stands behind FETCH."""
    direction = _direction(reader)
    reader.expect("FROM")
    name = quoted(reader.name())
    reader.end()
    return Direct(f"FETCH {direction} FROM {name}")


def _direction(reader: Reader) -> str:
    if reader.take("NEXT"):
        return "NEXT"
    if reader.take("ALL"):
        return "ALL"
    reader.expect("FORWARD")
    if reader.take("ALL"):
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
