"""Redshift's SQL: read it, refuse what is not on the list, and say it in PostgreSQL's SQL.

sqlglot parses queries and changes; everything else is read word by word. A construct reaches
PostgreSQL only through a rule that translates it, so that what nobody thought of is refused.
"""

from __future__ import annotations

from local_aws.redshift.dialect.statements import translate
from local_aws.redshift.dialect.tokens import split

__all__ = ["split", "translate"]
