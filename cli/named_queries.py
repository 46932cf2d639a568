"""The queries that are saved in the stack's Athena workgroup."""

from __future__ import annotations

import time
from dataclasses import dataclass
from difflib import get_close_matches

from cli.errors import CliError
from cli.query_result import QueryResult, Row, print_result
from cli.target import Target

_MOST_IDS = 50  # Amazon Athena: ListNamedQueries, BatchGetNamedQuery


@dataclass(frozen=True)
class NamedQuery:
    """A saved query.

    Attributes
    ----------
    name : by which it is run.
    description : what it answers, in one line.
    sql : its text.
    database : in which its tables are.
    """

    name: str
    description: str
    sql: str
    database: str


def named_queries(target: Target) -> list[NamedQuery]:
    """Return the saved queries by name."""
    athena = target.client("athena")
    pages = athena.get_paginator("list_named_queries").paginate(
        WorkGroup=target.output("WorkGroup"), PaginationConfig={"PageSize": _MOST_IDS}
    )
    found = [
        NamedQuery(each["Name"], each.get("Description", ""), each["QueryString"], each["Database"])
        for page in pages
        if page["NamedQueryIds"]
        for each in athena.batch_get_named_query(NamedQueryIds=page["NamedQueryIds"])[
            "NamedQueries"
        ]
    ]
    return sorted(found, key=lambda query: query.name)


def find_named(target: Target, name: str) -> NamedQuery:
    """Return the saved query of a name.

    Raises
    ------
    CliError : there is none.
    """
    known = {query.name: query for query in named_queries(target)}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else "`etl athena --list-named` shows them"
    raise CliError(f"no query is saved as {name}: {hint}")


def print_named_queries(target: Target, form: str) -> None:
    """Print the names of the saved queries and what they answer, as `table`, `csv` or `json`."""
    started = time.monotonic()
    rows: list[Row] = [[query.name, query.description] for query in named_queries(target)]
    took = time.monotonic() - started
    print_result(QueryResult(["name", "answers"], ["varchar", "varchar"], rows, took), form)
