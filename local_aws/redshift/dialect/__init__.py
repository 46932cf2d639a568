"""Redshift's SQL: read it, refuse what is not on the list, and say it in PostgreSQL's SQL."""

from __future__ import annotations

import sqlglot

from local_aws.redshift.catalog import SessionCatalog
from local_aws.redshift.dialect.copy_command import read_copy
from local_aws.redshift.dialect.redshift_parser import StrictRedshift
from local_aws.redshift.dialect.tokens import Reader, split
from local_aws.redshift.dialect.translation import Direct, Translation

__all__ = ["split", "translate"]


def translate(statement: str, catalog: SessionCatalog) -> Translation:
    """Return what one statement becomes."""
    reader = Reader(statement)
    if reader.word() == "COPY":
        return read_copy(reader)
    return Direct(sqlglot.parse_one(statement, read=StrictRedshift).sql("postgres"))
