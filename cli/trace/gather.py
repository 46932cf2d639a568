"""Asks every store for an event, at the same time where they do not hang on each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from cli.quarantine.records import landed_record
from cli.quarantine.table import QuarantineRow, rows_by_id
from cli.raw_objects import list_raw_objects
from cli.stores import shop_time_zone
from cli.target import Target
from cli.trace.identity import claimed_event, invoice_of
from cli.trace.lake import InLake, SnapshotLog, Version, catalog, moment_of, read_lake
from cli.trace.raw import RawLine, Sought, find_lines
from cli.trace.standing import Found, Since
from cli.trace.stores import InStore, read_facts, read_lookups
from contracts.raw_zone import RawObject
from lambdas.pending_work.raw_objects import read_position

_MOST_OBJECTS = 20  # of an event's versions, the latest
_MOST_PENDING_BYTES = 500_000_000  # as stored, of objects that no run has read, the latest


@dataclass(frozen=True)
class Traced:
    """What was found of an event; `unread` raw objects wait that were too much to look into."""

    found: Found
    unread: int


def trace(target: Target, event_id: str, since: date | None = None) -> Traced:
    """Return where an event is.

    Parameters
    ----------
    since : the days of ingestion before are left out: of `cleansed`, `quarantine` and raw/.

    Raises
    ------
    CliError : this is no event id.
    """
    invoice = invoice_of(event_id)
    with ThreadPoolExecutor(4) as pool:
        asked = pool.submit(read_lake, target, invoice, event_id, since)
        lookups = pool.submit(read_lookups, target, invoice, event_id)
        facts = pool.submit(read_facts, target, invoice, event_id)
        pending, unread = _pending_objects(target, since)
        lake = asked.result()
    sought = Sought(event_id, invoice, ZoneInfo(shop_time_zone(target)))
    read_keys = _latest_objects(lake.versions)
    raw_lines = find_lines(target, [*_described(target, read_keys), *pending], sought)
    waiting = {raw.key for raw in pending}
    found = Found(
        event_id=event_id,
        versions=lake.versions,
        current=lake.current,
        since=_since(target, lake, lookups.result(), facts.result()),
        is_merge_pending=lake.is_merge_pending,
        raw_lines=raw_lines,
        pending_lines=[line for line in raw_lines if line.raw_object in waiting],
        rejected=_rejected(target, lake, event_id, raw_lines),
        lookups=lookups.result(),
        warehouse=facts.result(),
    )
    return Traced(found, unread)


def _pending_objects(target: Target, since: date | None) -> tuple[list[RawObject], int]:
    """Return the raw objects that no run has read, latest first, and how many more there are."""
    position = read_position(target.client("dynamodb"), target.output("StateTable"))
    moment = datetime.combine(since, time(), UTC) if since else None
    listed = list_raw_objects(target.client("s3"), target.output("LakeBucket"), moment)
    waiting = [raw for raw in listed if position is None or not position.covers(raw)]
    waiting.sort(key=lambda raw: raw.last_modified, reverse=True)
    chosen, size = [], 0
    for raw in waiting:
        size += raw.size
        if size > _MOST_PENDING_BYTES:
            break
        chosen.append(raw)
    return chosen, len(waiting) - len(chosen)


def _latest_objects(versions: Iterable[Version]) -> list[str]:
    latest = dict.fromkeys(version.raw_object for version in versions)
    return list(latest)[-_MOST_OBJECTS:]


def _described(target: Target, keys: Iterable[str]) -> list[RawObject]:
    """Return the objects of these keys that are still there."""
    s3, bucket = target.client("s3"), target.output("LakeBucket")
    found = []
    for key in keys:
        try:
            head = s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
                raise
            continue
        found.append(RawObject(key, head["LastModified"], head["ContentLength"]))
    return found


def _rejected(
    target: Target, lake: InLake, event_id: str, raw_lines: Sequence[RawLine]
) -> list[QuarantineRow]:
    """Return the rejected lines that claim to be the event, or that it was sent again for."""
    rows = {row.quarantine_id: row for row in lake.quarantine if _claims(row, event_id)}
    corrected = {line.retry_of for line in raw_lines if line.retry_of} - rows.keys()
    rows |= rows_by_id(target, corrected)
    return sorted(rows.values(), key=lambda row: (row.received_at or "", row.quarantine_id))


def _claims(row: QuarantineRow, event_id: str) -> bool:
    record = landed_record(row.raw_line)
    return record is not None and claimed_event(record) == event_id


def _since(target: Target, lake: InLake, lookups: InStore, warehouse: InStore) -> Since:
    """Return how the row of `transactions` came there, and whether the stores stand behind it."""
    if not lake.current:
        return Since()
    row, tables = lake.current[0], catalog(target)
    cleansed, transactions, log = (
        SnapshotLog(tables.metadata(name))
        for name in ("cleansed", "transactions", "changed_invoices")
    )
    appended = cleansed.of_run(row.run_id)
    read_at = cleansed.committed_at(appended) if appended is not None else None
    earliest = read_at or moment_of(row.received_at)
    # The run that read a record merges it as a rule; a later one where that run died between.
    merged = next(
        (change for change in lake.changes if change.run_id == row.run_id),
        next((each for each in lake.changes if moment_of(each.changed_at) >= earliest), None),
    )
    if merged is None:
        return Since()
    changed_at = moment_of(merged.changed_at)
    change = log.first_since(changed_at)
    return Since(
        merged.run_id,
        merged.changed_at,
        transactions.first_since(changed_at),
        log.includes(lookups.position, change),
        log.includes(warehouse.position, change),
    )
