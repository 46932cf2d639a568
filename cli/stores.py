"""What each store holds, as `etl reconcile` compares it: from the stores, never from the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cli import warehouse
from cli.amounts import amount_from_text
from cli.athena import query
from cli.lake_tables import existing_tables
from cli.lookups_scan import LookupsCount, scan_lookups
from cli.query_result import QueryResult
from cli.raw_scan import RawCount, scan_raw
from cli.send.journal import SendState, read_sends
from cli.target import Target
from contracts.rejections import Reason
from loader.positions import read_warehouse_position

# The latest version of an event is the one of the greatest (received_at, content_hash).
_CLEANSED = """
WITH versions AS (
    SELECT event_id, content_hash, max(received_at) AS received_at, max(line_amount) AS line_amount,
           count(*) AS copies
    FROM cleansed
    GROUP BY event_id, content_hash
), placed AS (
    SELECT line_amount, copies, row_number() OVER (
        PARTITION BY event_id ORDER BY received_at DESC, content_hash DESC) AS place
    FROM versions
)
SELECT sum(copies), sum(copies * line_amount), count(*),
       sum(CASE WHEN place = 1 THEN 1 ELSE 0 END),
       sum(CASE WHEN place = 1 THEN line_amount ELSE 0 END)
FROM placed
"""
_QUARANTINE = "SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY reason"
_TRANSACTIONS = """
SELECT transaction_type, count(*), sum(line_amount), count(DISTINCT event_id)
FROM transactions
GROUP BY transaction_type
ORDER BY transaction_type
"""
_FACT_SALES = """
SELECT count(*), coalesce(sum(line_amount), 0), count(DISTINCT event_id) FROM retail.fact_sales
"""
_ROWS_BY_OBJECT = """
SELECT raw_object, sum(lines)
FROM (
    SELECT raw_object, 1 AS lines FROM cleansed
    UNION ALL
    SELECT raw_object, CASE WHEN reason = 'unreadable_object' THEN 0 ELSE 1 END FROM quarantine
)
GROUP BY raw_object
"""


@dataclass(frozen=True)
class CleansedCount:
    """Table `cleansed`; amounts in ten-thousandths.

    Attributes
    ----------
    versions : distinct contents of distinct events; the rows beyond are duplicates.
    events : distinct events; the versions beyond are older ones.
    latest_amount : line amount of each event's latest version.
    """

    rows: int = 0
    line_amount: int = 0
    versions: int = 0
    events: int = 0
    latest_amount: int = 0


@dataclass(frozen=True)
class TransactionsCount:
    """Table `transactions`, rows and line amount (ten-thousandths) by transaction type."""

    by_type: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    events: int = 0

    @property
    def rows(self) -> int:
        """Rows of all types."""
        return sum(rows for rows, _ in self.by_type.values())

    @property
    def line_amount(self) -> int:
        """Line amount of all types, in ten-thousandths."""
        return sum(amount for _, amount in self.by_type.values())


@dataclass(frozen=True)
class FactSalesCount:
    """The warehouse's table of sales; the amount in ten-thousandths."""

    rows: int = 0
    line_amount: int = 0
    events: int = 0


@dataclass(frozen=True)
class Stores:
    """What all stores hold.

    Attributes
    ----------
    sends : what the journals say.
    quarantine : rows by reason.
    """

    sends: list[SendState]
    raw: RawCount
    cleansed: CleansedCount
    quarantine: Mapping[str, int]
    transactions: TransactionsCount
    fact_sales: FactSalesCount
    lookups: LookupsCount

    @property
    def unreadable(self) -> int:
        """Quarantine rows that stand for a whole object."""
        return self.quarantine.get(Reason.UNREADABLE_OBJECT, 0)

    @property
    def rejected(self) -> int:
        """Quarantine rows that stand for one line."""
        return sum(self.quarantine.values()) - self.unreadable


def count_stores(target: Target) -> Stores:
    """Count every store, all at the same time; a table that is not there yet holds nothing."""
    sends = read_sends(target.settings.sends_dir, target.name)
    request_ids = {name for send in sends for name in send.requests}
    tables = existing_tables(target)
    with ThreadPoolExecutor(5) as pool:
        queries = {
            name: pool.submit(query, target, sql)
            for name, sql in (
                ("cleansed", _CLEANSED),
                ("quarantine", _QUARANTINE),
                ("transactions", _TRANSACTIONS),
            )
            if name in tables
        }
        fact_sales = pool.submit(_fact_sales, target)
        lookups = pool.submit(scan_lookups, target)
        raw = scan_raw(target, request_ids, shop_time_zone(target))
        found = {name: future.result() for name, future in queries.items()}
    return Stores(
        sends=sends,
        raw=raw,
        cleansed=_cleansed(found.get("cleansed")),
        quarantine=_quarantine(found.get("quarantine")),
        transactions=_transactions(found.get("transactions")),
        fact_sales=fact_sales.result(),
        lookups=lookups.result(),
    )


def rows_by_object(target: Target) -> dict[str, int]:
    """Return how many rows of each raw object are in cleansed and quarantine together.

    One that cannot be read is there with none.
    """
    if "quarantine" not in existing_tables(target):
        return {}
    return {_text(row[0]): int(_text(row[1])) for row in query(target, _ROWS_BY_OBJECT).rows}


def shop_time_zone(target: Target) -> str:
    """Return the time zone in which the deployed cleanse job reads dates without an offset."""
    job = target.client("glue").get_job(JobName=target.output("CleanseJob"))["Job"]
    zone: str = job.get("DefaultArguments", {}).get("--shop_time_zone", "UTC")
    return zone


def _fact_sales(target: Target) -> FactSalesCount:
    """Count the warehouse; one that was never loaded is not woken, it may have no tables yet."""
    if read_warehouse_position(target.client("dynamodb"), target.output("StateTable")) is None:
        return FactSalesCount()
    rows, amount, events = (_text(value) for value in warehouse.query(target, _FACT_SALES).rows[0])
    return FactSalesCount(int(rows), amount_from_text(amount), int(events))


def _cleansed(result: QueryResult | None) -> CleansedCount:
    if result is None or result.rows[0][0] is None:  # sums over no rows are null
        return CleansedCount()
    rows, amount, versions, events, latest = (_text(value) for value in result.rows[0])
    return CleansedCount(
        rows=int(rows),
        line_amount=amount_from_text(amount),
        versions=int(versions),
        events=int(events),
        latest_amount=amount_from_text(latest),
    )


def _quarantine(result: QueryResult | None) -> dict[str, int]:
    return {_text(row[0]): int(_text(row[1])) for row in (result.rows if result else [])}


def _transactions(result: QueryResult | None) -> TransactionsCount:
    rows = [[_text(value) for value in row] for row in (result.rows if result else [])]
    return TransactionsCount(
        by_type={kind: (int(n), amount_from_text(amount)) for kind, n, amount, _ in rows},
        events=sum(int(events) for _, _, _, events in rows),
    )


def _text(value: str | None) -> str:
    return value or ""
