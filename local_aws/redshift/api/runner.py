"""Run the statements of the Data API as a client of the warehouse's own port."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus

from local_aws.faults import statements as faults
from local_aws.redshift.api.results import columns_of, rows_of
from local_aws.redshift.api.statements import (
    ABORTED,
    FAILED,
    FINISHED,
    PICKED,
    STARTED,
    Statement,
    StatementStore,
    SubStatement,
)
from local_aws.redshift.dialect import split
from local_aws.redshift.errors import RedshiftError

RESULT_LIMIT = 100 * 1024 * 1024
"""Bytes of a result that the Data API can hold."""

_AT_ONCE = 50
# These would end the transaction that a batch is.
_ENDING = ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "TRUNCATE", "VACUUM")

Connection = psycopg.Connection[tuple[object, ...]]
Connect = Callable[[], Connection]

_logger = logging.getLogger(__name__)


class Runner:
    """Runs statements in threads of its own, each on a connection of its own."""

    def __init__(self, store: StatementStore) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="redshift-data")
        self._connections: dict[str, Connection] = {}
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()

    def submit(
        self, statement: Statement, values: list[tuple[str, list[str]]], connect: Connect
    ) -> None:
        """Run a statement soon.

        Parameters
        ----------
        statement : what becomes of it is written here.
        values : for each part the text with `$n` and the values of the numbers.
        connect : logs in to the warehouse.
        """
        statement.now(PICKED)
        self._pool.submit(self._run, statement, values, connect)

    def cancel(self, statement: Statement) -> bool:
        """Stop a statement; return whether it was still under way."""
        with self._lock:
            if statement.ended:
                return False
            self._cancelled.add(statement.id)
            connection = self._connections.get(statement.id)
        if connection is not None:
            connection.cancel_safe(timeout=5)
        return True

    def _run(
        self, statement: Statement, values: list[tuple[str, list[str]]], connect: Connect
    ) -> None:
        try:
            with connect() as connection:
                with self._lock:
                    self._connections[statement.id] = connection
                statement.pid = connection.info.backend_pid
                self._stop_if_cancelled(statement)
                statement.now(STARTED)
                self._run_parts(statement, values, connection)
            statement.now(FINISHED)
        except psycopg.Error as failed:
            self._end(statement, failed)
        except Exception as bug:
            _logger.exception("A statement of the Data API failed")
            self._end(statement, psycopg.InternalError(f"internal error: {bug}"))
        finally:
            with self._lock:
                self._connections.pop(statement.id, None)
                self._cancelled.discard(statement.id)

    def _run_parts(
        self, statement: Statement, values: list[tuple[str, list[str]]], connection: Connection
    ) -> None:
        if statement.batch and not statement.auto_commit:
            _command("BEGIN", statement, connection)
        failures: list[psycopg.Error] = []
        for part, (sql, arguments) in zip(statement.parts, values, strict=True):
            self._stop_if_cancelled(statement)
            try:
                self._run_part(statement, part, sql, arguments, connection)
            except psycopg.Error as failed:
                if not statement.auto_commit:
                    raise
                failures.append(failed)
        if failures:
            raise failures[0]
        if connection.info.transaction_status == TransactionStatus.INTRANS:
            _command("COMMIT", statement, connection)

    def _run_part(
        self,
        statement: Statement,
        part: SubStatement,
        sql: str,
        arguments: list[str],
        connection: Connection,
    ) -> None:
        started = time.perf_counter_ns()
        part.status = STARTED
        try:
            _check_part(statement, sql)
            cursor = psycopg.RawCursor(connection)

            def execute() -> None:
                cursor.execute(sql.encode(), arguments or None, prepare=False)

            faults.meet(sql, statement.id, connection, execute)
            self._keep_result(part, cursor)
            part.status = FINISHED
        except psycopg.Error as failed:
            part.status, part.error = FAILED, error_text(failed)
            raise
        finally:
            part.duration = time.perf_counter_ns() - started
            part.updated = time.time()

    def _keep_result(
        self, part: SubStatement, cursor: psycopg.RawCursor[tuple[object, ...]]
    ) -> None:
        result = cursor.pgresult
        if result is None:
            return
        if result.status == ExecStatus.TUPLES_OK:
            part.has_result = True
            part.columns = columns_of(result)
            self._store.write_rows(part, rows_of(result))
            if part.size > RESULT_LIMIT:
                raise psycopg.NotSupportedError("The query result exceeds 100 MB.")
        elif result.command_tuples is not None:
            part.rows, part.size = result.command_tuples, 0

    def _stop_if_cancelled(self, statement: Statement) -> None:
        if statement.id in self._cancelled:
            raise psycopg.errors.QueryCanceled("Query cancelled on user's request")

    def _end(self, statement: Statement, failed: psycopg.Error) -> None:
        cancelled = statement.id in self._cancelled
        for part in statement.parts:
            if part.status not in (FINISHED, FAILED) or (cancelled and part.status == FAILED):
                part.status = ABORTED
        statement.error = error_text(failed)
        statement.now(ABORTED if cancelled else FAILED)


def _command(sql: LiteralString, statement: Statement, connection: Connection) -> None:
    """Begin or end the transaction that a batch is."""

    def execute() -> None:
        connection.execute(sql)

    faults.meet(sql, statement.id, connection, execute)


def _check_part(statement: Statement, sql: str) -> None:
    try:
        count = len(split(sql))
    except RedshiftError:
        return  # the warehouse says what is wrong
    if count > 1:
        raise psycopg.errors.SyntaxError(
            "cannot insert multiple commands into a prepared statement"
        )
    first = sql.split(None, 1)[0].rstrip(";").upper()
    if statement.batch and not statement.auto_commit and first in _ENDING:
        raise psycopg.NotSupportedError(
            f"{first} in a batch is not supported by the LOCAL engine: "
            "a batch is one transaction, which it would end"
        )


def error_text(failed: psycopg.Error) -> str:
    """Return the text of Error in DescribeStatement."""
    message = failed.diag.message_primary or str(failed).strip()
    text = f"{failed.diag.severity or 'ERROR'}: {message}"
    if failed.diag.message_detail:
        text += f"\n  Detail: {failed.diag.message_detail}"
    return text
