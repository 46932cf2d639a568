"""What MiniStack keeps of Athena and the catalog; its stores are private, so only here."""

from __future__ import annotations

from typing import Any

from ministack.services import athena, glue

_MOST_EXECUTIONS = 5_000


def seed() -> None:
    """Make what every account has: the workgroup `primary` and the catalog."""
    athena._ensure_default_workgroup()
    athena._ensure_default_data_catalog()


def all_executions() -> list[dict[str, Any]]:
    """Return the executions of every account and region."""
    return list(athena._executions._data.values())


def executions() -> list[dict[str, Any]]:
    """Return the executions of the request's account and region."""
    return list(athena._executions.values())


def execution(query_id: str) -> dict[str, Any] | None:
    """Return an execution's record, or None."""
    found: dict[str, Any] | None = athena._executions.get(query_id)
    return found


def add_execution(record: dict[str, Any]) -> None:
    """Keep an execution's record, and forget the oldest of very many."""
    athena._executions[record["QueryExecutionId"]] = record
    while len(athena._executions) > _MOST_EXECUTIONS:
        del athena._executions[next(iter(athena._executions))]


def workgroup(name: str) -> dict[str, Any] | None:
    """Return a workgroup, or None."""
    found: dict[str, Any] | None = athena._workgroups.get(name)
    return found


def named_queries(workgroup_name: str) -> list[str]:
    """Return the identifiers of a workgroup's saved queries."""
    kept = athena._named_queries.items()
    return [query_id for query_id, query in kept if query["WorkGroup"] == workgroup_name]


def prepared_statement(workgroup_name: str, name: str) -> str | None:
    """Return the text of a prepared statement, or None."""
    found = athena._prepared_statements.get(f"{workgroup_name}/{name}")
    return str(found["QueryStatement"]) if found else None


def keep_prepared_statement(workgroup_name: str, name: str, sql: str) -> None:
    """Keep a prepared statement in place of one of its name."""
    drop_prepared_statement(workgroup_name, name)
    athena._create_prepared_statement(
        {"StatementName": name, "WorkGroup": workgroup_name, "QueryStatement": sql}
    )


def drop_prepared_statement(workgroup_name: str, name: str) -> bool:
    """Forget a prepared statement; False if there is none."""
    return athena._prepared_statements.pop(f"{workgroup_name}/{name}", None) is not None


def table_metadata(database: str, table: str) -> dict[str, Any] | None:
    """Return the TableMetadata of a table of the catalog, or None."""
    found = glue._tables.get(f"{database}/{table}".lower())
    metadata: dict[str, Any] | None = athena._glue_table_to_metadata(found) if found else None
    return metadata
