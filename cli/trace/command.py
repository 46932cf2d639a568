"""`etl trace`: where is my transaction, from the raw object to the stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from cli import console
from cli.errors import CliError
from cli.quarantine.records import landed_record
from cli.quarantine.retries import Retry, read_retries
from cli.quarantine.table import QuarantineRow
from cli.target import Target
from cli.trace.gather import Traced, trace
from cli.trace.identity import claimed_invoice
from cli.trace.lake import read_lake
from cli.trace.standing import Found, Stage, outcomes, standing
from cli.trace.stores import InStore
from contracts import text

_UNKNOWN = "?"


def print_trace(target: Target, event_id: str, *, as_json: bool, since: date | None = None) -> bool:
    """Print where an event is; return whether any store knows it."""
    with console.err().status("looking"):
        traced = trace(target, event_id, since)
        retries = read_retries(target) if traced.found.rejected else {}
    stage, says = standing(traced.found)
    if traced.unread:
        says += f" ({traced.unread:,} raw objects wait for a run that were too much to look into.)"
    if as_json:
        console.print_json(_document(traced, stage, says, retries))
    else:
        for table in _tables(traced.found, retries):
            console.out().print(table)
        console.out().print(f"{event_id}: {stage}. {says}", markup=False, soft_wrap=True)
    return stage is not Stage.UNKNOWN


def print_invoice(target: Target, number: str, *, as_json: bool, since: date | None = None) -> None:
    """Print the events of an invoice.

    Raises
    ------
    CliError : no store knows the invoice.
    """
    invoice = text.upper(text.tidy(number))
    with console.err().status("looking"):
        lake = read_lake(target, invoice, None, since)
    current = {row.event_id: row for row in lake.current}
    versions = Counter(row.event_id for row in lake.versions)
    rejected = [row for row in lake.quarantine if _is_of(row, invoice)]
    events = [
        {
            "event_id": event_id,
            "versions": versions[event_id],
            "in_transactions": event_id in current,
            **({"stock_code": row.stock_code, "quantity": int(row.quantity),
                "line_amount": row.line_amount} if (row := current.get(event_id)) else {}),
        }
        for event_id in sorted({*current, *versions})
    ]  # fmt: skip
    if not events and not rejected:
        raise CliError(f"the lake holds no invoice {invoice}; a run may still have to read it")
    if as_json:
        console.print_json(
            {"invoice": invoice, "events": events, "rejected": _rejects(rejected, {})}
        )
        return
    heads = ("event", "versions", "in transactions", "code", "quantity", "amount")
    rows = [
        (
            str(each["event_id"]),
            str(each["versions"]),
            "yes" if each["in_transactions"] else "no",
            str(each.get("stock_code", "")),
            str(each.get("quantity", "")),
            str(each.get("line_amount", "")),
        )
        for each in events
    ]
    numbers = ("versions", "quantity", "amount")
    console.out().print(console.table(f"Invoice {invoice}", heads, rows, numbers))
    if rejected:
        console.out().print(_quarantine_table(rejected, {}))


def _is_of(row: QuarantineRow, invoice: str) -> bool:
    record = landed_record(row.raw_line)
    return record is not None and claimed_invoice(record) == invoice


def _tables(found: Found, retries: Mapping[str, Retry]) -> Iterable[Any]:
    """Yield a table for each place that holds something of the event."""
    pending = {line.raw_object for line in found.pending_lines}
    if found.raw_lines:
        yield console.table(
            "Raw lines",
            ("object", "line", "received (UTC)", "request", "place", "read by a run"),
            [
                (line.raw_object, str(line.line), line.received_at, line.request_id or "",
                 _text(line.position), "no" if line.raw_object in pending else "yes")
                for line in found.raw_lines
            ],
            ("line", "place"),
        )  # fmt: skip
    if found.rejected:
        yield _quarantine_table(found.rejected, retries)
    if found.versions:
        yield console.table(
            "Versions in cleansed",
            ("received (UTC)", "outcome", "quantity", "price", "amount", "run", "raw object"),
            [
                (each.received_at, outcome, each.quantity, each.unit_price, each.line_amount,
                 each.run_id, each.raw_object.rpartition("/")[2])
                for each, outcome in zip(found.versions, found.outcomes, strict=True)
            ],
            ("quantity", "price", "amount"),
        )  # fmt: skip
        yield console.table("Tables and stores", ("where", "what", "since"), _places(found))


def _places(found: Found) -> list[Sequence[str]]:
    since = found.since
    current = "; ".join(
        f"{each.quantity} x {each.unit_price} = {each.line_amount}" for each in found.current
    )
    merged = f"run {since.run_id or _UNKNOWN} ({since.changed_at or _UNKNOWN}), "
    return [
        ("transactions", current or "nothing",
         f"{merged}snapshot {since.snapshot_id or _UNKNOWN}" if found.current else ""),
        ("lookups", _held(found.lookups), _published(found.lookups, since.in_lookups)),
        ("warehouse", _held(found.warehouse), _published(found.warehouse, since.in_warehouse)),
    ]  # fmt: skip


def _held(store: InStore) -> str:
    contents = "; ".join(
        f"{each.quantity} x {each.unit_price} = {each.line_amount}" for each in store.contents
    )
    where = f" in {store.where}" if store.where else ""
    return store.problem or f"{contents or 'nothing'}{where}"


def _published(store: InStore, has_it: bool | None) -> str:
    if store.position is None:
        return "nothing is published"
    state = {True: "published", False: "not published yet", None: "published long ago"}[has_it]
    return f"{state}, stands at {store.position}"


def _quarantine_table(rows: Sequence[QuarantineRow], retries: Mapping[str, Retry]) -> Any:
    heads = ("id", "reason", "detail", "received (UTC)", "sent again")
    return console.table(
        "Rejected",
        heads,
        [
            (row.quarantine_id, row.reason, f"{row.field or ''} {row.detail}".strip(),
             row.received_at or "", _fate(retries.get(row.quarantine_id)))
            for row in rows
        ],
    )  # fmt: skip


def _fate(retry: Retry | None) -> str:
    return str(retry.fate) if retry else ""


def _rejects(rows: Iterable[QuarantineRow], retries: Mapping[str, Retry]) -> list[dict[str, Any]]:
    return [{**asdict(row), "retry": _fate(retries.get(row.quarantine_id)) or None} for row in rows]


def _document(
    traced: Traced, stage: Stage, says: str, retries: Mapping[str, Retry]
) -> dict[str, Any]:
    found = traced.found
    pending = {line.raw_object for line in found.pending_lines}
    return {
        "event_id": found.event_id,
        "stage": stage.value,
        "says": says,
        "raw_lines": [
            {**asdict(line), "is_pending": line.raw_object in pending} for line in found.raw_lines
        ],
        "versions": [
            {**asdict(each), "outcome": outcome.value}
            for each, outcome in zip(
                found.versions, outcomes(found.versions, found.current), strict=True
            )
        ],
        "transactions": [asdict(each) for each in found.current],
        "since": _texts(asdict(found.since)),
        "lookups": _store(found.lookups),
        "warehouse": _store(found.warehouse),
        "rejected": _rejects(found.rejected, retries),
    }


def _store(store: InStore) -> dict[str, Any]:
    return {
        **_texts(asdict(store)),
        "contents": [_texts(asdict(each)) for each in store.contents],
    }


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for JSON: decimals as text, and snapshot ids, which are beyond a float."""
    return {
        name: str(value) if isinstance(value, Decimal) or (name in {"position", "snapshot_id"}
        and value is not None) else value
        for name, value in values.items()
    }  # fmt: skip


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
