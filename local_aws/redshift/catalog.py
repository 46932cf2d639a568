"""The tables that a session sees, asked in the session itself: it may have made them just now."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.redshift.sql_text import literal
from local_aws.redshift.wire.upstream import Upstream

_COLUMNS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_attribute a
 WHERE a.attrelid = pg_catalog.to_regclass({table}) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""


@dataclass(frozen=True)
class Column:
    """A column and its type as PostgreSQL writes it, such as `character varying(20)`."""

    name: str
    type_name: str


class SessionCatalog:
    """Looks up tables by the session's search path."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def columns(self, table: str) -> tuple[Column, ...]:
        """Return the columns of a table or view, empty when there is none of that name.

        Parameters
        ----------
        table : as it is written in SQL: quoted, with its schema if it has one.
        """
        rows = self._upstream.query(_COLUMNS.format(table=literal(table)))
        return tuple(Column(str(name), str(type_name)) for name, type_name in rows)

    def is_view(self, table: str) -> bool:
        """Return whether a table of this name is a view."""
        rows = self._upstream.query(
            "SELECT relkind FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass("
            f"{literal(table)})"
        )
        return bool(rows) and rows[0][0] in ("v", "m")
