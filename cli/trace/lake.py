"""What the lake's tables hold of an event, by Athena, and which snapshots brought it there."""

# What is not constant in its SQL is quoted.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from cli.athena import query, quoted
from cli.lake_tables import existing_tables
from cli.quarantine.table import Filter, QuarantineRow, rows_that_mention
from cli.target import Target
from lambdas.pending_work.lake_tables import LakeCatalog, is_partition_pending

_RUN_PROPERTY = "etl.run-id"
_MOST_VERSIONS = 1_000
_CONTENT = "stock_code, description, quantity, unit_price, line_amount, transaction_type"
_VERSION = f"event_id, received_at, content_hash, raw_object, run_id, {_CONTENT}"


@dataclass(frozen=True)
class Version:
    """A row of `cleansed` or `transactions`; values as text, times in UTC."""

    event_id: str
    received_at: str
    content_hash: str
    raw_object: str
    run_id: str
    stock_code: str
    description: str | None
    quantity: str
    unit_price: str
    line_amount: str
    transaction_type: str


@dataclass(frozen=True)
class Change:
    """A run that touched the event's invoice."""

    run_id: str
    changed_at: str


@dataclass(frozen=True)
class InLake:
    """What the lake holds of an event.

    Attributes
    ----------
    versions : rows of `cleansed`, oldest first.
    current : the row of `transactions`; more than one would be a fault.
    changes : of its invoice, oldest first.
    quarantine : rejected lines that mention the invoice.
    is_merge_pending : `cleansed` holds what `transactions` has not taken in.
    """

    versions: list[Version]
    current: list[Version]
    changes: list[Change]
    quarantine: list[QuarantineRow]
    is_merge_pending: bool


def read_lake(target: Target, invoice: str, event_id: str | None, since: date | None) -> InLake:
    """Return what the lake holds of an event, or of all of its invoice's for None.

    Athena prunes by the invoice number, which files hold in order; `since` leaves out the days
    before, which is what bounds the bytes of a large `cleansed`.
    """
    tables = existing_tables(target)
    days = Filter(since=since).condition
    wanted = f"invoice_no = {quoted(invoice)}"
    if event_id is not None:
        wanted += f" AND event_id = {quoted(event_id)}"
    sqls = {
        "cleansed": f"SELECT {_VERSION} FROM cleansed WHERE {wanted} AND {days} "
        f"ORDER BY received_at, content_hash, raw_object LIMIT {_MOST_VERSIONS}",
        "transactions": f"SELECT {_VERSION} FROM transactions WHERE {wanted} ORDER BY event_id",
        "changed_invoices": "SELECT DISTINCT run_id, changed_at FROM changed_invoices "
        f"WHERE invoice_no = {quoted(invoice)} ORDER BY changed_at",
    }
    with ThreadPoolExecutor(len(sqls) + 1) as pool:
        asked = {name: pool.submit(query, target, sqls[name]) for name in sqls if name in tables}
        rejected = (
            pool.submit(rows_that_mention, target, _mention(invoice), since)
            if "quarantine" in tables
            else None
        )
        found = {name: future.result().rows for name, future in asked.items()}
        quarantine = rejected.result() if rejected else []
    return InLake(
        versions=[Version(*row) for row in found.get("cleansed", [])],  # type: ignore[arg-type]
        current=[Version(*row) for row in found.get("transactions", [])],  # type: ignore[arg-type]
        changes=[Change(*row) for row in found.get("changed_invoices", [])],  # type: ignore[arg-type]
        quarantine=quarantine,
        is_merge_pending=is_partition_pending(catalog(target)),
    )


def _mention(invoice: str) -> str:
    """Return the longest part of an invoice number that no JSON writes in another way."""
    return max(re.findall(r"[A-Z0-9]+", invoice), key=len, default="")


def catalog(target: Target) -> LakeCatalog:
    """Return the reader of the tables' metadata."""
    return LakeCatalog(target.client("glue"), target.client("s3"), target.output("Database"))


class SnapshotLog:
    """The snapshots of a table that are kept, oldest first."""

    def __init__(self, metadata: Mapping[str, Any] | None) -> None:
        snapshots: Iterable[Mapping[str, Any]] = (metadata or {}).get("snapshots", [])
        self._snapshots = sorted(snapshots, key=lambda each: int(each["sequence-number"]))

    def of_run(self, run_id: str) -> int | None:
        """Return the snapshot that a run of cleanse has appended."""
        own = (
            int(each["snapshot-id"])
            for each in self._snapshots
            if each.get("summary", {}).get(_RUN_PROPERTY) == run_id
        )
        return next(own, None)

    def committed_at(self, snapshot_id: int) -> datetime | None:
        """Return when a snapshot was committed; None for one that is expired."""
        found = (each for each in self._snapshots if int(each["snapshot-id"]) == snapshot_id)
        return next((_moment(each) for each in found), None)

    def first_since(self, moment: datetime) -> int | None:
        """Return the first snapshot committed at a moment or later."""
        later = (each for each in self._snapshots if _moment(each) >= moment)
        return next((int(each["snapshot-id"]) for each in later), None)

    def includes(self, position: int | None, snapshot_id: int | None) -> bool | None:
        """Return whether who stands at a position has what a snapshot brought.

        None where it cannot be told: one of the two is expired.
        """
        if position is None:
            return False
        order = [int(each["snapshot-id"]) for each in self._snapshots]
        if position not in order or snapshot_id not in order:
            return None
        return order.index(position) >= order.index(snapshot_id)


def moment_of(text: str) -> datetime:
    """Return a moment as Athena writes a timestamp, which is in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _moment(snapshot: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(snapshot["timestamp-ms"]) / 1000, UTC)
