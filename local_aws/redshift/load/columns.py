"""The target of a COPY: its columns and what may go into each of them."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.redshift.catalog import Column, SessionCatalog
from local_aws.redshift.dialect.translation import CopyFrom
from local_aws.redshift.errors import SyntaxRefusedError
from local_aws.redshift.sql_text import quoted


@dataclass(frozen=True)
class Target:
    """Where the rows go.

    Attributes
    ----------
    table : as it is written in SQL.
    columns : in the order of the values.
    """

    table: str
    columns: tuple[Column, ...]

    @property
    def copy_statement(self) -> str:
        """The COPY of PostgreSQL that takes CSV: an unquoted empty value is NULL."""
        names = ", ".join(quoted(column.name) for column in self.columns)
        return f"COPY {self.table} ({names}) FROM STDIN (FORMAT csv, NULL '')"


def target_of(command: CopyFrom, catalog: SessionCatalog) -> Target:
    """Return the target with its columns, in the order of the column list if there is one.

    Raises
    ------
    SyntaxRefusedError : the table or a column does not exist.
    """
    columns = catalog.columns(command.table)
    if not columns:
        shown = command.table.replace('"', "")
        raise SyntaxRefusedError(f'relation "{shown}" does not exist', "42P01")
    if not command.columns:
        return Target(command.table, columns)
    by_name = {column.name: column for column in columns}
    for name in command.columns:
        if name not in by_name:
            raise SyntaxRefusedError(f'column "{name}" of relation does not exist', "42703")
    return Target(command.table, tuple(by_name[name] for name in command.columns))
