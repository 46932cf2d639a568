"""Run the statements of the Data API as a client of the warehouse's own port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus

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

RESULT_LIMIT = 100 * 1024 * 1024
"""Bytes of a result that the Data API can hold."""

_AT_ONCE = 50
Connect = Callable[[], psycopg.Connection[tuple[object, ...]]]


class Runner:
    """Runs statements in threads of its own, each on a connection of its own."""

    def __init__(self, store: StatementStore) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="redshift-data")
        self._connections: dict[str, psycopg.Connection[tuple[object, ...]]] = {}
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
                connection.autocommit = True
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
            self._end(statement, psycopg.InternalError(f"internal error: {bug}"))
            raise
        finally:
            with self._lock:
                self._connections.pop(statement.id, None)
                self._cancelled.discard(statement.id)

    def _run_parts(
        self,
        statement: Statement,
        values: list[tuple[str, list[str]]],
        connection: psycopg.Connection[tuple[object, ...]],
    ) -> None:
        if statement.batch:
            connection.execute("BEGIN")
        for part, (sql, arguments) in zip(statement.parts, values, strict=True):
            self._stop_if_cancelled(statement)
            self._run_part(part, sql, arguments, connection)
        if statement.batch:
            if connection.info.transaction_status != TransactionStatus.INTRANS:
                raise psycopg.NotSupportedError(
                    "a statement of the batch ended its transaction, so that it would not be "
                    "one transaction"
                )
            connection.execute("COMMIT")

    def _run_part(
        self,
        part: SubStatement,
        sql: str,
        arguments: list[str],
        connection: psycopg.Connection[tuple[object, ...]],
    ) -> None:
        started = time.perf_counter_ns()
        part.status = STARTED
        try:
            cursor = psycopg.RawCursor(connection)
            cursor.execute(sql.encode(), arguments or None, prepare=False)
            result = cursor.pgresult
            if result is not None and result.status == ExecStatus.TUPLES_OK:
                part.has_result = True
                part.columns = columns_of(result)
                self._store.write_rows(part, rows_of(result))
                if part.size > RESULT_LIMIT:
                    raise psycopg.NotSupportedError("The result is larger than 100 MB.")
            elif result is not None and result.command_tuples is not None:
                part.rows, part.size = result.command_tuples, 0
            part.status = FINISHED
        except psycopg.Error as failed:
            part.status, part.error = FAILED, error_text(failed)
            raise
        finally:
            part.duration = time.perf_counter_ns() - started
            part.updated = time.time()

    def _stop_if_cancelled(self, statement: Statement) -> None:
        if statement.id in self._cancelled:
            raise psycopg.errors.QueryCanceled("Query cancelled on user's request")

    def _end(self, statement: Statement, failed: psycopg.Error) -> None:
        cancelled = statement.id in self._cancelled
        for part in statement.parts:
            if part.status not in (FINISHED, FAILED):
                part.status = ABORTED
        if cancelled:
            for part in statement.parts:
                part.status = ABORTED if part.status == FAILED else part.status
        statement.error = error_text(failed)
        statement.now(ABORTED if cancelled else FAILED)


def error_text(failed: psycopg.Error) -> str:
    """Return the text of Error in DescribeStatement."""
    message = failed.diag.message_primary or str(failed).strip()
    text = f"{failed.diag.severity or 'ERROR'}: {message}"
    if failed.diag.message_detail:
        text += f"\n  Detail: {failed.diag.message_detail}"
    return text
