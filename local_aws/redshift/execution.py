"""Translate a session's statements, and carry out those that PostgreSQL cannot: COPY, UNLOAD."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from local_aws.redshift.catalog import SessionCatalog
from local_aws.redshift.dialect import split, translate
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import CopyFrom, Direct, Steps, Translation, Unload
from local_aws.redshift.errors import RedshiftError, SyntaxRefusedError, UnsupportedError
from local_aws.redshift.load.copy import copy_from
from local_aws.redshift.load.storage import Storage
from local_aws.redshift.load.unload import unload
from local_aws.redshift.sql_text import literal
from local_aws.redshift.wire.upstream import IDLE, Upstream

_CHANGING = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY")


class Executor:
    """Carries out the statements of one session.

    Parameters
    ----------
    upstream : the session of the database server.
    storage : reads and writes S3 as a role of the namespace.
    """

    def __init__(self, upstream: Upstream, storage: Storage) -> None:
        self._upstream = upstream
        self._storage = storage
        self._catalog = SessionCatalog(upstream)
        self._has_changed_rows = False  # in the open transaction

    def split(self, sql: str) -> list[str]:
        """Return the statements of a text, without empty ones."""
        return split(sql)

    def translate(self, statement: str) -> Translation:
        """Return what one statement becomes; raise RedshiftError for what is refused."""
        self._check_refresh(statement)
        return translate(statement, self._catalog)

    def _check_refresh(self, statement: str) -> None:
        """Refuse a refresh after a change of rows in the same transaction.

        Whether Redshift sees the change depends on how it refreshes the view: in full it does, by
        increments it does not (developer guide, "REFRESH MATERIALIZED VIEW").
        """
        if self._upstream.status == IDLE:
            self._has_changed_rows = False
        word = Reader(statement).word()
        if word == "REFRESH" and self._has_changed_rows:
            raise UnsupportedError(
                "REFRESH MATERIALIZED VIEW after a change of rows in the same transaction",
                "Commit the change first.",
            )
        self._has_changed_rows |= word in _CHANGING

    def run(self, translation: Translation) -> str:
        """Carry out a translation that returns no rows, alone or in the open transaction.

        Returns
        -------
        The command tag.
        """
        self._upstream.cancelled.clear()
        if isinstance(translation, Steps) and translation.alone and self._upstream.status != IDLE:
            raise SyntaxRefusedError(
                f"{translation.tag} cannot run inside a transaction block", "25001"
            )
        if isinstance(translation, Steps) and translation.commits:
            return self._run_and_commit(translation)
        if self._upstream.status == IDLE:
            with self.transaction():
                return self._run_within(translation)
        return self._run_within(translation)

    def fail(self, refused: RedshiftError) -> None:
        """Run a statement that fails with this error: it always raises ServerError."""
        arguments = (refused.code, refused.message, refused.detail)
        shown = ", ".join(literal(argument) for argument in arguments)
        self._upstream.query(f"SELECT redshift_sql.fail({shown})")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run statements in a transaction of their own."""
        self._upstream.run("BEGIN")
        try:
            yield
        except Exception:
            self._upstream.run("ROLLBACK")
            raise
        self._upstream.run("COMMIT")

    def _run_within(self, translation: Translation) -> str:
        if isinstance(translation, Direct):
            return self._upstream.run(translation.sql)
        if isinstance(translation, Steps):
            tags = [self._upstream.run(statement) for statement in translation.statements]
            return translation.tag or tags[-1]
        if isinstance(translation, CopyFrom):
            copy_from(translation, self._upstream, self._catalog, self._storage)
            return "COPY"
        assert isinstance(translation, Unload)  # noqa: S101  # the last of the union
        unload(translation, self._upstream, self._storage)
        return "UNLOAD"

    def _run_and_commit(self, translation: Steps) -> str:
        was_idle = self._upstream.status == IDLE
        for statement in translation.statements:
            self._upstream.run(statement)
        if not was_idle:
            self._upstream.run("COMMIT")
        return translation.tag
