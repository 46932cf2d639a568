"""Translate CREATE TABLE, CREATE TABLE AS, ALTER TABLE, DROP and TRUNCATE."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_aws.redshift.dialect.columns import (
    ColumnDefinition,
    key_constraint,
    read_column,
    read_table_key,
    text_constraints,
)
from local_aws.redshift.dialect.from_clause import renamed
from local_aws.redshift.dialect.queries import whole_query
from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.scope import Query, Tables
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Direct, Steps
from local_aws.redshift.dialect.types import MAX_VARCHAR, SqlType, varchar
from local_aws.redshift.errors import SyntaxRefusedError
from local_aws.redshift.sql_text import quoted

_MOST_SORT_COLUMNS = 400


@dataclass
class _Attributes:
    """What follows the columns: how the table is stored."""

    distkey: str = ""
    sortkey: tuple[str, ...] = ()
    style: str = ""


@dataclass
class _Body:
    columns: list[ColumnDefinition] = field(default_factory=list)
    keys: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    references: list[tuple[str, ...]] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)


def create_table(reader: Reader, temporary: bool, tables: Tables) -> Steps:
    """Return CREATE TABLE; the reader stands behind TABLE.

    Raises
    ------
    SyntaxRefusedError : Redshift refuses it.
    UnsupportedError : the local engine cannot hold it.
    """
    exists = " IF NOT EXISTS" if reader.take("IF", "NOT", "EXISTS") else ""
    name, temporary = _new_name(reader, temporary)
    head = f"CREATE {'TEMPORARY ' if temporary else ''}TABLE{exists} {name}"
    names = reader.names_in_parentheses() if _lists_names(reader) else ()
    if not names and reader.word() == "(" and not _is_query(reader):
        body = _read_body(reader, tables)
        attributes = _read_attributes(reader)
        reader.end()
        return Steps((f"{head} ({', '.join(_items(body, attributes))})",), "CREATE TABLE")
    attributes = _read_attributes(reader)
    reader.expect("AS")
    query = _renamed(whole_query(reader.rest(), tables), names, name)
    return _create_as(head, name, query, attributes)


def _is_query(reader: Reader) -> bool:
    return reader.word(1) in ("SELECT", "WITH")


def _lists_names(reader: Reader) -> bool:
    """Return whether names without types come, as CREATE TABLE AS may have them."""
    return reader.word() == "(" and reader.word(2) in (",", ")")


def _renamed(query: Query, names: tuple[str, ...], table: str) -> Query:
    """Return a query whose columns have the names of the column list, if there is one."""
    if not names:
        return query
    listed = ", ".join(quoted(name) for name in names)
    columns = renamed(query.columns, list(names), table)
    return Query(f"SELECT * FROM ({query.sql}) AS named ({listed})", columns)


def _new_name(reader: Reader, temporary: bool) -> tuple[str, bool]:
    parts = reader.dotted_name()
    temporary = temporary or parts[-1].startswith("#")
    if temporary and len(parts) > 1:
        raise SyntaxRefusedError("temporary tables cannot specify a schema name", "42P16")
    return relation_sql(relation_name(parts)), temporary


def _read_body(reader: Reader, tables: Tables) -> _Body:
    body = _Body()
    reader.expect("(")
    while True:
        _read_item(reader, body, tables)
        if not reader.take(","):
            break
    reader.expect(")")
    for parts in body.references:
        if tables.columns_of(relation_name(parts)) is None:
            raise SyntaxRefusedError(f'relation "{".".join(parts)}" does not exist', "42P01")
    return body


def _read_item(reader: Reader, body: _Body, tables: Tables) -> None:
    if reader.take("LIKE"):
        _read_like(reader, body, tables)
        return
    key = read_table_key(reader)
    if key is None:
        column = read_column(reader)
        body.columns.append(column)
        body.references += column.references
        return
    kind, names, reference = key
    body.keys.append((kind, names))
    if reference:
        body.references.append(reference)


def _read_like(reader: Reader, body: _Body, tables: Tables) -> None:
    """Read LIKE, which takes over columns, NOT NULL and how the parent is stored, not its keys."""
    parent = relation_name(reader.dotted_name())
    columns = tables.columns_of(parent)
    if columns is None:
        raise SyntaxRefusedError(f'relation "{".".join(parent)}" does not exist', "42P01")
    defaults = ""
    if reader.word() in ("INCLUDING", "EXCLUDING"):
        defaults = " INCLUDING DEFAULTS" if reader.skip() == "INCLUDING" else ""
        reader.expect("DEFAULTS")
    body.parents.append(f"LIKE {relation_sql(parent)}{defaults}")
    for name, type_ in columns:
        body.parents += text_constraints(name, type_)


def _items(body: _Body, attributes: _Attributes) -> list[str]:
    items = [*body.parents, *(column.sql for column in body.columns)]
    names = {column.name for column in body.columns}
    for column in body.columns:
        items += text_constraints(column.name, column.type)
        for kind in column.keys:
            items += key_constraint(kind, [column.name])
    for number, (kind, columns) in enumerate(body.keys, start=2):
        items += key_constraint(kind, columns, number)
        if kind == "primary_key":
            items += [f"NOT NULL {quoted(name)}" for name in columns]
    _check_storage_keys(body, attributes)
    return items + _storage_keys(attributes, names if not body.parents else None)


def _check_storage_keys(body: _Body, attributes: _Attributes) -> None:
    declared = [kind for column in body.columns for kind in column.keys]
    for kind, of_table in (("distkey", attributes.distkey), ("sortkey", attributes.sortkey)):
        if declared.count(kind) + bool(of_table) > 1:
            raise SyntaxRefusedError(f"multiple {kind} definitions are not allowed", "42P16")
    if attributes.style in ("EVEN", "ALL") and (attributes.distkey or "distkey" in declared):
        raise SyntaxRefusedError(f"DISTKEY cannot be specified with DISTSTYLE {attributes.style}")
    if attributes.style == "KEY" and not (attributes.distkey or "distkey" in declared):
        raise SyntaxRefusedError("DISTSTYLE KEY requires a DISTKEY column")


def _storage_keys(attributes: _Attributes, names: set[str] | None) -> list[str]:
    used = (*([attributes.distkey] if attributes.distkey else []), *attributes.sortkey)
    for name in used:
        if names is not None and name not in names:
            raise SyntaxRefusedError(f'column "{name}" named in a key does not exist', "42703")
    items = key_constraint("distkey", [attributes.distkey]) if attributes.distkey else []
    return items + key_constraint("sortkey", attributes.sortkey)


def _read_attributes(reader: Reader) -> _Attributes:
    found = _Attributes()
    while not reader.at_end and reader.word() != "AS":
        if reader.take("DISTSTYLE"):
            found.style = reader.skip()
            if found.style not in ("AUTO", "EVEN", "KEY", "ALL"):
                raise reader.syntax_error()
        elif reader.take("DISTKEY"):
            (found.distkey,) = reader.names_in_parentheses()
        elif reader.word() in ("COMPOUND", "INTERLEAVED", "SORTKEY"):
            found.sortkey = _read_sort_key(reader)
        elif reader.take("BACKUP"):
            if reader.skip() not in ("YES", "NO"):
                raise reader.syntax_error()
        elif reader.take("ENCODE", "AUTO"):
            continue
        else:
            raise reader.syntax_error()
    return found


def _read_sort_key(reader: Reader) -> tuple[str, ...]:
    if reader.word() in ("COMPOUND", "INTERLEAVED"):
        reader.skip()
    reader.expect("SORTKEY")
    if reader.take("AUTO") or reader.take("NONE"):
        return ()
    names = reader.names_in_parentheses()
    if len(names) > _MOST_SORT_COLUMNS:
        raise SyntaxRefusedError("a sort key has at most 400 columns")
    return names


def _create_as(head: str, name: str, translated: Query, attributes: _Attributes) -> Steps:
    names = [column for column, _ in translated.columns]
    if len(set(names)) != len(names):
        raise SyntaxRefusedError("a column is specified more than once", "42701")
    limits = [
        constraint
        for column, type_ in translated.columns
        for constraint in text_constraints(column, _stored(type_))
    ]
    limits += _storage_keys(attributes, set(names))
    typed = ", ".join(
        f"CAST({quoted(column)} AS {_stored(type_).postgres}) AS {quoted(column)}"
        if type_.kind in ("varchar", "unknown")
        else quoted(column)
        for column, type_ in translated.columns
    )
    statements = [f"{head} AS SELECT {typed} FROM ({translated.sql}) AS query"]
    if limits:
        added = ", ".join(f"ADD {limit}" for limit in limits)
        statements.append(f"ALTER TABLE {name} {added}")
    return Steps(tuple(statements), "SELECT")


def _stored(type_: SqlType) -> SqlType:
    """Return the type of a column that holds such values: a string needs a length."""
    if type_.kind == "unknown" or (type_.kind == "varchar" and type_.length is None):
        return varchar(MAX_VARCHAR)
    return type_


# DROP and TRUNCATE

_DROPPED = {
    ("TABLE",): "TABLE",
    ("VIEW",): "VIEW",
    ("MATERIALIZED", "VIEW"): "MATERIALIZED VIEW",
    ("SCHEMA",): "SCHEMA",
}


def drop(reader: Reader) -> Direct:
    """Return DROP of tables, views and schemas; the reader stands behind DROP."""
    for words, kind in _DROPPED.items():
        if reader.take(*words):
            exists = "IF EXISTS " if reader.take("IF", "EXISTS") else ""
            names = [relation_sql(relation_name(reader.dotted_name()))]
            while reader.take(","):
                names.append(relation_sql(relation_name(reader.dotted_name())))
            behaviour = f" {reader.skip()}" if reader.word() in ("CASCADE", "RESTRICT") else ""
            reader.end()
            return Direct(f"DROP {kind} {exists}{', '.join(names)}{behaviour}")
    raise reader.unsupported("DROP")


def truncate(reader: Reader) -> Steps:
    """Return TRUNCATE, which commits the transaction that it is part of."""
    reader.take("TABLE")
    table = relation_sql(relation_name(reader.dotted_name()))
    reader.end()
    return Steps((f"TRUNCATE TABLE {table}",), "TRUNCATE TABLE", commits=True)
