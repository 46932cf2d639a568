"""The statements that the Data API was given: what became of each, and its rows."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RETENTION_SECONDS = 24 * 3600.0
"""How long a statement and its result can be asked for."""

SUBMITTED, PICKED, STARTED = "SUBMITTED", "PICKED", "STARTED"
FINISHED, FAILED, ABORTED = "FINISHED", "FAILED", "ABORTED"
_ENDED = (FINISHED, FAILED, ABORTED)


@dataclass
class SubStatement:
    """One SQL statement of a batch, or the only one.

    Attributes
    ----------
    duration : nanoseconds.
    rows : returned or affected; -1 where there is no such number.
    size : bytes of the result.
    columns : ColumnMetadata of the result, empty when it has none.
    """

    id: str
    sql: str
    status: str = SUBMITTED
    error: str | None = None
    duration: int = -1
    rows: int = -1
    size: int = -1
    has_result: bool = False
    columns: list[dict[str, Any]] = field(default_factory=list)
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)


@dataclass
class Statement:
    """What one call of ExecuteStatement or BatchExecuteStatement became.

    Attributes
    ----------
    user : of the database.
    owner : `aws:userid` of the caller.
    """

    id: str
    database: str
    workgroup: str
    user: str
    secret: str | None
    name: str | None
    batch: bool
    auto_commit: bool
    parts: list[SubStatement]
    parameters: list[dict[str, str]] = field(default_factory=list)
    result_format: str = "JSON"
    owner: str = ""
    status: str = SUBMITTED
    error: str | None = None
    pid: int = 0
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in _ENDED

    def now(self, status: str) -> None:
        """Take on a status."""
        self.status = status
        self.updated = time.time()


class StatementStore:
    """Statements of the last 24 hours, their rows in files.

    Parameters
    ----------
    folder : for the rows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._statements: dict[str, Statement] = {}
        self._by_token: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, statement: Statement, token: str | None) -> Statement:
        """Keep a new statement; a token that came before gives the statement of that time."""
        with self._lock:
            self._forget_old()
            if token is not None:
                known = self._statements.get(self._by_token.get(token, ""))
                if known is not None:
                    return known
                self._by_token[token] = statement.id
            self._statements[statement.id] = statement
            return statement

    def find(self, identifier: str) -> tuple[Statement, SubStatement | None] | None:
        """Return a statement and, for an id such as `uuid:2`, the part of its batch."""
        whole, _, number = identifier.partition(":")
        statement = self._statements.get(whole)
        if statement is None or time.time() - statement.created > RETENTION_SECONDS:
            return None
        if not number:
            return statement, None
        part = next((part for part in statement.parts if part.id == identifier), None)
        return None if part is None else (statement, part)

    def newest_first(self) -> list[Statement]:
        """Return all statements."""
        with self._lock:
            self._forget_old()
            return sorted(self._statements.values(), key=lambda one: one.created, reverse=True)

    def write_rows(self, part: SubStatement, rows: Iterator[str]) -> None:
        """Keep the rows of a result, each as one line of JSON; sets the part's rows and size."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part.rows = part.size = 0
        with self._file(part).open("w") as file:
            for row in rows:
                part.rows += 1
                part.size += file.write(row + "\n")

    def read_rows(self, part: SubStatement, first: int, count: int) -> list[Any]:
        """Return rows of a result by their numbers."""
        with self._file(part).open() as file:
            return [json.loads(line) for line in itertools.islice(file, first, first + count)]

    def _file(self, part: SubStatement) -> Path:
        return self._folder / f"{part.id.replace(':', '-')}.jsonl"

    def _forget_old(self) -> None:
        oldest = time.time() - RETENTION_SECONDS
        old = [one for one in self._statements.values() if one.created < oldest]
        for statement in old:
            del self._statements[statement.id]
            for part in statement.parts:
                self._file(part).unlink(missing_ok=True)
        gone = {statement.id for statement in old}
        self._by_token = {
            token: identifier
            for token, identifier in self._by_token.items()
            if identifier not in gone
        }

    def state(self) -> dict[str, Any]:
        """Return what survives a stop, as JSON."""
        return {
            "statements": [asdict(one) for one in self._statements.values()],
            "tokens": dict(self._by_token),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take what `state` returned; what was under way has been aborted by the stop."""
        for kept in state["statements"]:
            parts = [SubStatement(**part) for part in kept.pop("parts")]
            statement = Statement(**kept, parts=parts)
            if not statement.ended:
                statement.now(ABORTED)
                for part in parts:
                    part.status = part.status if part.status in _ENDED else ABORTED
            self._statements[statement.id] = statement
        self._by_token = dict(state["tokens"])

    def clear(self) -> None:
        """Forget everything."""
        self._statements.clear()
        self._by_token.clear()
        with contextlib.suppress(OSError):
            for file in self._folder.glob("*.jsonl"):
                file.unlink()


def new_statement_id() -> str:
    """Return the id of a new statement."""
    return str(uuid.uuid4())
