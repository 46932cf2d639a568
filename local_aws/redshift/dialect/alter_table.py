"""Translate ALTER TABLE."""

from __future__ import annotations

from local_aws.redshift.dialect.columns import (
    key_constraint,
    limit_name,
    read_column,
    read_table_key,
    read_type,
    text_constraints,
)
from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.scope import Tables
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Steps
from local_aws.redshift.errors import SyntaxRefusedError
from local_aws.redshift.sql_text import quoted

_OF_A_LATER_KEY = 99  # the number of a key that CREATE TABLE did not have


def alter_table(reader: Reader, tables: Tables) -> Steps:
    """Return ALTER TABLE; the reader stands behind TABLE."""
    parts = relation_name(reader.dotted_name())
    table = relation_sql(parts)
    if reader.take("ADD"):
        return _alter_add(reader, table)
    if reader.take("DROP"):
        return _alter_drop(reader, table)
    if reader.take("RENAME"):
        return _alter_rename(reader, table)
    if reader.take("OWNER", "TO"):
        return _altered(table, f"OWNER TO {quoted(reader.user_name())}")
    if reader.take("ALTER"):
        return _alter_alter(reader, table, parts, tables)
    raise reader.unsupported("ALTER TABLE")


def _altered(table: str, *changes: str, alone: bool = False) -> Steps:
    sql = f"ALTER TABLE {table} {', '.join(changes)}"
    return Steps((sql,), "ALTER TABLE", alone=alone)


def _alter_add(reader: Reader, table: str) -> Steps:
    key = read_table_key(reader)
    if key is not None:
        kind, names, _ = key
        constraints = key_constraint(kind, names, _OF_A_LATER_KEY)
        return _altered(table, *(f"ADD {constraint}" for constraint in constraints))
    reader.take("COLUMN")
    column = read_column(reader)
    reader.end()
    if column.keys:
        raise SyntaxRefusedError("ALTER TABLE ADD COLUMN takes no keys", "0A000")
    limits = text_constraints(column.name, column.type)
    return _altered(table, f"ADD COLUMN {column.sql}", *(f"ADD {limit}" for limit in limits))


def _alter_drop(reader: Reader, table: str) -> Steps:
    if reader.take("CONSTRAINT"):
        raise reader.unsupported("ALTER TABLE DROP CONSTRAINT")
    reader.take("COLUMN")
    column = quoted(reader.name())
    behaviour = f" {reader.skip()}" if reader.word() in ("CASCADE", "RESTRICT") else ""
    reader.end()
    return _altered(table, f"DROP COLUMN {column}{behaviour}")


def _alter_rename(reader: Reader, table: str) -> Steps:
    if reader.take("TO"):
        name = reader.name()
        reader.end()
        return _altered(table, f"RENAME TO {quoted(name)}")
    reader.take("COLUMN")
    old = reader.name()
    reader.expect("TO")
    new = reader.name()
    reader.end()
    return _altered(table, f"RENAME COLUMN {quoted(old)} TO {quoted(new)}")


def _alter_alter(reader: Reader, table: str, parts: tuple[str, ...], tables: Tables) -> Steps:
    if reader.word() in ("DISTSTYLE", "DISTKEY", "SORTKEY", "COMPOUND", "ENCODE"):
        return Steps((f"LOCK TABLE {table} IN ACCESS SHARE MODE",), "ALTER TABLE")
    reader.take("COLUMN")
    name = reader.name()
    if reader.take("ENCODE"):
        return Steps((f"LOCK TABLE {table} IN ACCESS SHARE MODE",), "ALTER TABLE")
    reader.expect("TYPE")
    new = read_type(reader)
    reader.end()
    old = dict(tables.columns_of(parts) or ()).get(name)
    if old is None or old.kind != "varchar" or new.kind != "varchar":
        raise SyntaxRefusedError(
            "target data type is not supported: only the size of VARCHAR can be altered", "0A000"
        )
    drops = [
        f"DROP CONSTRAINT IF EXISTS {limit_name('bytes', old, name)}",
        f"DROP CONSTRAINT IF EXISTS {limit_name('blanks', old, name)}",
    ]
    adds = [f"ADD {limit}" for limit in text_constraints(name, new)]
    change = f"ALTER COLUMN {quoted(name)} TYPE {new.postgres}"
    # Redshift: not inside of a transaction block.
    return _altered(table, *drops, change, *adds, alone=True)
