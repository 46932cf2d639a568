"""Run queries side by side, off the server's event loop."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError

from local_aws import s3_meter
from local_aws.athena import on_behalf
from local_aws.athena.aws_clients import client
from local_aws.athena.catalog_statements import CatalogStatements
from local_aws.athena.catalog_tables import GlueCatalog
from local_aws.athena.create_table_as import create_table_as
from local_aws.athena.dialect import tree
from local_aws.athena.dialect.catalog import Context
from local_aws.athena.dialect.queries import QueryPlan, translate_query
from local_aws.athena.duckdb_engines import EnginePool
from local_aws.athena.engine_errors import query_error
from local_aws.athena.errors import QueryCancelledError, QueryError, not_supported
from local_aws.athena.executions import Execution, keep_columns
from local_aws.athena.on_behalf import Clients
from local_aws.athena.result_files import (
    ResultColumn,
    describe_columns,
    put,
    upload,
    write_rows,
)
from local_aws.athena.tables.session import Session
from local_aws.settings import CloudSettings

_AT_ONCE = 4
_STOP_SECONDS = 2.0
_logger = logging.getLogger(__name__)


class QueryEngine:
    """Runs executions from a queue, some at a time."""

    def __init__(self, settings: CloudSettings) -> None:
        self._settings = settings
        self._pool = EnginePool(settings, _AT_ONCE)
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="athena")
        self._under_way: dict[str, Execution] = {}
        self._clients = Clients(settings)

    @property
    def glue(self) -> Any:
        """The catalog, as this context's caller sees it."""
        return self._clients.of_caller("glue")

    @property
    def s3(self) -> Any:
        """S3 as this context's caller sees it; what is read by it is no scanned data."""
        return self._clients.of_caller("s3")

    def submit(self, execution: Execution) -> None:
        """Queue an execution."""
        self._under_way[execution.query_id] = execution
        context = contextvars.copy_context()  # MiniStack's account and region of the request
        self._workers.submit(context.run, self._run, execution)

    def stop(self, query_id: str) -> None:
        """Stop an execution if it has not ended, and wait a little for its engine to be free."""
        execution = self._under_way.get(query_id)
        if execution is None:
            return
        execution.stop()
        deadline = time.monotonic() + _STOP_SECONDS
        while query_id in self._under_way and time.monotonic() < deadline:
            execution.interrupt_engine()  # again: the first may have come between two statements
            time.sleep(0.05)

    def warm_up(self) -> None:
        """Load an engine ahead of the first query, and clear what a killed cloud left behind."""
        for left in (self._settings.state_dir / "athena").glob("*/"):
            shutil.rmtree(left, ignore_errors=True)
        self._workers.submit(self._pool.warm_up)

    def close(self) -> None:
        """Stop what runs and free the engines."""
        for execution in list(self._under_way.values()):
            execution.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._pool.close()

    def _run(self, execution: Execution) -> None:
        try:
            if execution.start():
                self._run_to_its_end(execution)
        except Exception:
            _logger.exception("Athena query %s", execution.query_id)
            error = QueryError("GENERIC_INTERNAL_ERROR", "The LOCAL engine failed; see its log")
            execution.end("FAILED", error.reason, error.as_athena_error())
        finally:
            self._under_way.pop(execution.query_id, None)

    def _run_to_its_end(self, execution: Execution) -> None:
        try:
            if execution.refusal is not None:
                raise execution.refusal
            self._execute(execution)
        except QueryCancelledError:
            execution.end("CANCELLED", "Query cancelled by user")
        except QueryError as error:
            execution.end("FAILED", error.reason, error.as_athena_error())
        else:
            execution.end("SUCCEEDED")

    def _execute(self, execution: Execution) -> None:
        """Run a statement; what DuckDB and S3 have to say becomes an error of Athena's."""
        try:
            self._carry_out(execution)
        except duckdb.Error as error:
            raise query_error(error) from error
        except ClientError as error:
            raise QueryError("HIVE_CANNOT_OPEN_SPLIT", str(error)) from error

    def _carry_out(self, execution: Execution) -> None:
        statement = execution.statement
        now = datetime.now(UTC)
        database = execution.record["QueryExecutionContext"].get("Database")
        catalog = GlueCatalog(self.glue, self.s3, database, now)
        if isinstance(statement, tree.CatalogStatement):
            CatalogStatements(catalog, self.s3).run(statement, execution.record)
            return
        if not isinstance(statement, tree.QueryStatement | tree.CreateTableAs):
            raise not_supported("Such a statement")
        with self._session(execution) as session:
            context = Context(catalog, now, lambda sql: _value(session, sql), execution.parameters)
            plan = self._plan(statement.query, context, session, execution)
            session.check()
            if isinstance(statement, tree.CreateTableAs):
                create_table_as(statement, plan, catalog, session, execution.record)
            else:
                self._select(plan, session, execution.record)
            session.check()

    @staticmethod
    def _plan(
        query: tree.Query, context: Context, session: Session, execution: Execution
    ) -> QueryPlan:
        start = time.monotonic()
        plan = translate_query(query, context)
        planned = time.monotonic()
        for scan in context.scans:
            scan.table.prepare(scan, session)
        execution.statistics["QueryPlanningTimeInMillis"] = int((planned - start) * 1000)
        return plan

    def _select(self, plan: QueryPlan, session: Session, record: dict[str, Any]) -> None:
        result = write_rows(plan, session)
        session.check()
        output = record["ResultConfiguration"]["OutputLocation"]
        columns = [ResultColumn(column.label, column.kind) for column in plan.columns]
        keep_columns(record, columns)
        upload(self.s3, result, output)
        put(self.s3, describe_columns(columns), f"{output}.metadata")

    @contextlib.contextmanager
    def _session(self, execution: Execution) -> Iterator[Session]:
        """Give a query its connection, its metered S3 key and its folder."""
        key_id = f"ATHENA{execution.query_id.replace('-', '').upper()}"
        parent = self._settings.state_dir / "athena"
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent, prefix="query-"))
        s3_meter.start(key_id)
        on_behalf.lend(key_id)
        try:
            with self._pool.lend(key_id) as connection:
                execution.interrupt = connection.interrupt
                yield Session(
                    connection,
                    lambda: client(self._settings, "s3", key_id),
                    self.s3,
                    folder,
                    execution.cancelled,
                )
        finally:
            execution.interrupt = None
            scanned = s3_meter.stop(key_id)["data_bytes"]
            on_behalf.take_back(key_id)
            execution.statistics["DataScannedInBytes"] = scanned
            shutil.rmtree(folder, ignore_errors=True)
            if execution.cutoff is not None and scanned > execution.cutoff:
                execution.end("CANCELLED", "Bytes scanned limit was exceeded")


def _value(session: Session, sql: str) -> object:
    ((found,),) = session.connection.execute(sql).fetchall()
    return found
