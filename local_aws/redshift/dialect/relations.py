"""Names of tables: how Redshift folds them, and its system views that PostgreSQL lacks."""

from __future__ import annotations

from local_aws.redshift.errors import SyntaxRefusedError
from local_aws.redshift.sql_text import quoted

SYSTEM_RELATIONS = {
    name: f"redshift_sql.{name}"
    for name in (
        "pg_indexes",
        "pg_table_def",
        "svv_all_columns",
        "svv_all_schemas",
        "svv_all_tables",
        "svv_columns",
        "svv_external_columns",
        "svv_external_schemas",
        "svv_external_tables",
        "svv_redshift_columns",
        "svv_redshift_schemas",
        "svv_redshift_tables",
        "svv_table_info",
        "svv_tables",
    )
}
"""Redshift's system views that are ours, by the name that clients use."""


OWN_SCHEMA = "redshift_sql"
"""Where our functions and views are; clients have no business there."""

_SYSTEM_SCHEMAS = ("pg_catalog", "information_schema", "sys")


def relation_name(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of a table's name as PostgreSQL has them.

    Redshift folds names to lower case even in quotes; the `#` of a temporary table goes.
    """
    *schemas, name = (part.lower() for part in parts)
    if OWN_SCHEMA in schemas:
        raise SyntaxRefusedError(f'schema "{OWN_SCHEMA}" does not exist', "3F000")
    return (*schemas[-1:], name.lstrip("#"))


def is_system_relation(parts: tuple[str, ...]) -> bool:
    """Return whether it is a table of the leader node's catalog, not a user's."""
    if len(parts) > 1:
        return parts[0] in _SYSTEM_SCHEMAS
    return parts[0].startswith("pg_")


def relation_sql(parts: tuple[str, ...]) -> str:
    """Return a table's name in PostgreSQL's SQL; a system view of Redshift is one of ours."""
    if parts[-1] in SYSTEM_RELATIONS and (len(parts) == 1 or parts[0] in _SYSTEM_SCHEMAS):
        return SYSTEM_RELATIONS[parts[-1]]
    return ".".join(quoted(part) for part in parts)
