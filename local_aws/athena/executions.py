"""The record of one query execution, as MiniStack keeps it and GetQueryExecution shows it."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import duckdb

from local_aws.athena.dialect import tree
from local_aws.athena.errors import QueryError
from local_aws.athena.result_files import ResultColumn

ENGINE = "Athena engine version 3"
_UNDER_WAY = ("QUEUED", "RUNNING")

_STATEMENTS: dict[str, tuple[str, str]] = {
    "show tables": ("UTILITY", "SHOW_TABLES"),
    "show databases": ("UTILITY", "SHOW_DATABASES"),
    "show columns": ("UTILITY", "SHOW_COLUMNS"),
    "show partitions": ("UTILITY", "SHOW_PARTITIONS"),
    "show create table": ("UTILITY", "SHOW_CREATE_TABLE"),
    "describe": ("UTILITY", "DESCRIBE_TABLE"),
    "create database": ("DDL", "CREATE_DATABASE"),
    "drop database": ("DDL", "DROP_DATABASE"),
    "drop table": ("DDL", "DROP_TABLE"),
}


def statement_type(statement: tree.Statement | None) -> tuple[str, str]:
    """Return StatementType and SubstatementType."""
    match statement:
        case tree.CatalogStatement():
            return _STATEMENTS[statement.verb]
        case tree.CreateTableAs():
            return "DDL", "CREATE_TABLE_AS_SELECT"
        case tree.Prepare():
            return "DDL", "PREPARE"
        case tree.Deallocate():
            return "DDL", "DEALLOCATE_PREPARE"
        case _:
            return "DML", "SELECT"


@dataclass
class Execution:
    """A query execution.

    Attributes
    ----------
    record : what MiniStack stores and the API shows; keys that start with _ are ours.
    statement : its syntax tree; None when the text cannot be run.
    refusal : why it cannot.
    cutoff : the workgroup's limit of scanned bytes.
    cancelled : set when it is to stop.
    interrupt : stops the engine, while it runs.
    """

    record: dict[str, Any]
    statement: tree.Statement | None
    refusal: QueryError | None
    parameters: tuple[tree.Expression, ...]
    cutoff: int | None
    cancelled: threading.Event = field(default_factory=threading.Event)
    interrupt: Any = None
    submitted: float = field(default_factory=time.monotonic)
    started: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def query_id(self) -> str:
        """Its identifier."""
        return str(self.record["QueryExecutionId"])

    @property
    def statistics(self) -> dict[str, Any]:
        """The Statistics structure."""
        found: dict[str, Any] = self.record["Statistics"]
        return found

    def start(self) -> bool:
        """Go from QUEUED to RUNNING; False if it was stopped before."""
        with self._lock:
            if self.record["Status"]["State"] != "QUEUED":
                return False
            self.started = time.monotonic()
            waited = int((self.started - self.submitted) * 1000)
            self.statistics["QueryQueueTimeInMillis"] = waited
            self.record["Status"]["State"] = "RUNNING"
            return True

    def stop(self) -> None:
        """Cancel it, if it is not at its end."""
        self.end("CANCELLED", "Query cancelled by user")
        self.cancelled.set()
        self.interrupt_engine()

    def interrupt_engine(self) -> None:
        """Interrupt what the engine does for it just now."""
        interrupt = self.interrupt
        if interrupt is not None:
            with contextlib.suppress(duckdb.Error):  # it has just ended by itself
                interrupt()

    def end(
        self, state: str, reason: str | None = None, error: dict[str, Any] | None = None
    ) -> None:
        """Go into a final state; the first one stays."""
        with self._lock:
            status = self.record["Status"]
            if status["State"] not in _UNDER_WAY:
                return
            now = time.monotonic()
            engine = int((now - self.started) * 1000) if self.started else 0
            total = int((now - self.submitted) * 1000)
            self.statistics["EngineExecutionTimeInMillis"] = engine
            self.statistics["TotalExecutionTimeInMillis"] = total
            status["CompletionDateTime"] = time.time()
            if reason is not None:
                status["StateChangeReason"] = reason
            if error is not None:
                status["AthenaError"] = error
            status["State"] = state


def new_record(
    query: str,
    statement: tree.Statement | None,
    configuration: dict[str, Any],
    context: dict[str, str],
) -> dict[str, Any]:
    """Return the record of a query just submitted; `configuration` names the output folder."""
    query_id = str(uuid.uuid4())
    kind, detail = statement_type(statement)
    location = configuration["OutputLocation"].rstrip("/")
    if isinstance(statement, tree.CreateTableAs):
        output = f"{location}/tables/{query_id}"
    else:
        output = f"{location}/{query_id}.{'csv' if kind == 'DML' else 'txt'}"
    return {
        "QueryExecutionId": query_id,
        "Query": query,
        "StatementType": kind,
        "SubstatementType": detail,
        "ResultConfiguration": {**configuration, "OutputLocation": output},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": context,
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {
            "EngineExecutionTimeInMillis": 0,
            "DataScannedInBytes": 0,
            "TotalExecutionTimeInMillis": 0,
            "QueryQueueTimeInMillis": 0,
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        },
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE},
        "_columns": [],
        "_rows": 0,
    }


def keep_columns(record: dict[str, Any], columns: list[ResultColumn]) -> None:
    """Remember a result's columns in a form that survives a restart."""
    record["_columns"] = [column.as_column_info() for column in columns]


def fail_left_over(record: dict[str, Any]) -> None:
    """Fail an execution that the end of the local cloud cut off."""
    if record["Status"]["State"] in _UNDER_WAY:
        record["Status"].update(
            State="FAILED",
            StateChangeReason="GENERIC_INTERNAL_ERROR: The LOCAL engine ended during the query",
            CompletionDateTime=time.time(),
        )
