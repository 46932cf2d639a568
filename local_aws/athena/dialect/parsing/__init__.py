"""Read Athena's SQL into a syntax tree; whatever Trino's grammar lacks is an error here."""

from __future__ import annotations

from local_aws.athena.dialect.parsing.statements import StatementParser
from local_aws.athena.dialect.tree import Statement


def parse_statement(sql: str) -> Statement:
    """Return the syntax tree of one statement.

    Raises
    ------
    MalformedQueryError : the text is not Trino SQL, or not Athena's Hive DDL.
    QueryError : it is, but of a kind that the local engine does not run (NOT_SUPPORTED).
    """
    return StatementParser(sql).parse()
