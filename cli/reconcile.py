"""`etl reconcile`: compares rows and amounts of all stores, and names every difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli import console
from cli.amounts import amount_text
from cli.raw_audit import RawAudit, audit_raw
from cli.send.journal import SendState
from cli.stores import Stores, count_stores
from cli.target import Target

Difference = dict[str, Any]
_NAMED_OBJECTS = 10


def print_report(target: Target, *, as_json: bool) -> bool:
    """Print the comparison as a table or as JSON; return whether there is no difference."""
    with console.err().status("counting"):
        stores = count_stores(target)
        behind = find_objects_behind(audit_raw(target), stores)
        differences = [*find_differences(stores), *behind]
    if as_json:
        console.print_json({"stores": describe_stores(stores), "differences": differences})
    else:
        _print_table(stores, differences)
    return not differences


def describe_stores(stores: Stores) -> dict[str, dict[str, Any]]:
    """Return each store's rows, line amount (four decimals) and what they are made of."""
    cleansed, transactions = stores.cleansed, stores.transactions
    return {
        "sent": {
            "rows": sum(send.accepted for send in stores.sends),
            "line_amount": amount_text(sum(send.line_amount for send in stores.sends)),
            "sends": len(stores.sends),
            "refused": sum(len(send.refused) for send in stores.sends),
        },
        "raw": {
            "rows": stores.raw.rows,
            "line_amount": amount_text(stores.raw.line_amount),
            "objects": len(stores.raw.rows_of),
            "unreadable_objects": len(stores.raw.unreadable),
        },
        "cleansed": {
            "rows": cleansed.rows,
            "line_amount": amount_text(cleansed.line_amount),
            "duplicates": cleansed.rows - cleansed.versions,
            "older_versions": cleansed.versions - cleansed.events,
        },
        "quarantine": {
            "rows": sum(stores.quarantine.values()),
            "line_amount": amount_text(0),
            "by_reason": dict(stores.quarantine),
        },
        "transactions": {
            "rows": transactions.rows,
            "line_amount": amount_text(transactions.line_amount),
            "by_type": {
                kind: {"rows": rows, "line_amount": amount_text(amount)}
                for kind, (rows, amount) in transactions.by_type.items()
            },
        },
        "fact_sales": {
            "rows": stores.fact_sales.rows,
            "line_amount": amount_text(stores.fact_sales.line_amount),
        },
        "lookups": {
            "rows": stores.lookups.rows,
            "line_amount": amount_text(stores.lookups.line_amount),
            "invoices": stores.lookups.invoices,
            "customers": stores.lookups.customers,
        },
    }


def find_differences(stores: Stores) -> list[Difference]:
    """Return what does not agree; nothing of what was taken may be missing anywhere."""
    raw, cleansed, transactions = stores.raw, stores.cleansed, stores.transactions
    facts, lookups = stores.fact_sales, stores.lookups
    lines = "raw and cleansed + quarantine"
    latest = "cleansed and transactions"
    checks = [
        (lines, "rows", raw.rows, cleansed.rows + stores.rejected),
        (lines, "unreadable objects", len(raw.unreadable), stores.unreadable),
        ("raw and cleansed", "line_amount", *_amounts(raw.line_amount, cleansed.line_amount)),
        (latest, "events", cleansed.events, transactions.rows),
        (latest, "line_amount of latest versions",
         *_amounts(cleansed.latest_amount, transactions.line_amount)),
        ("transactions and itself", "one row an event", transactions.rows, transactions.events),
        ("transactions and fact_sales", "rows", transactions.rows, facts.rows),
        ("transactions and fact_sales", "line_amount",
         *_amounts(transactions.line_amount, facts.line_amount)),
        ("fact_sales and itself", "one row an event", facts.rows, facts.events),
        ("transactions and lookups", "rows", transactions.rows, lookups.rows),
        ("transactions and lookups", "line_amount",
         *_amounts(transactions.line_amount, lookups.line_amount)),
        ("lookups and its headers", "rows", lookups.rows, lookups.header_rows),
        ("lookups and its headers", "line_amount",
         *_amounts(lookups.line_amount, lookups.header_amount)),
    ]  # fmt: skip
    checks += [
        (f"send {send.header.send_id} and raw", "rows", send.accepted, _arrived(send, raw.places))
        for send in stores.sends
    ]
    return [
        {"between": between, "what": what, "expected": expected, "found": found}
        for between, what, expected, found in checks
        if expected != found
    ]


def _amounts(expected: int, found: int) -> tuple[str, str]:
    return amount_text(expected), amount_text(found)


def _arrived(send: SendState, places: Mapping[str, set[int]]) -> int:
    """Return how many of a send's accepted rows raw/ holds; one that came twice counts once."""
    return sum(min(rows, len(places.get(name, ()))) for name, rows in send.requests.items())


def find_objects_behind(audit: RawAudit, stores: Stores) -> Iterator[Difference]:
    """Name the raw objects that the lake does not hold as they are, the first few of them."""
    rows_of = stores.raw.rows_of
    lost = [raw.key for raw in audit.unprocessed if rows_of.get(raw.key) != 0]
    for key in lost[:_NAMED_OBJECTS]:
        yield _of_object(key, rows_of, audit, "rows (no run takes it: `etl replay --unprocessed`)")
    if len(lost) > _NAMED_OBJECTS:
        what = "objects that no run takes: `etl replay --unprocessed`"
        yield {"between": "raw and the lake", "what": what, "expected": 0, "found": len(lost)}
    if stores.raw.rows == stores.cleansed.rows + stores.rejected:
        return
    others = sorted({*rows_of, *audit.rows_of} - set(lost))
    differing = [key for key in others if rows_of.get(key, 0) != audit.rows_of.get(key, 0)]
    for key in differing[:_NAMED_OBJECTS]:
        what = "rows" if audit.rows_of.get(key) else "rows (not read yet: `etl run` does)"
        yield _of_object(key, rows_of, audit, what)


def _of_object(key: str, rows_of: Mapping[str, int], audit: RawAudit, what: str) -> Difference:
    return {
        "between": "raw object and the lake",
        "what": what,
        "raw_object": key,
        "expected": rows_of.get(key, 0),
        "found": audit.rows_of.get(key, 0),
    }


def _print_table(stores: Stores, differences: list[Difference]) -> None:
    rows = [
        (name, console.count(store["rows"]), store["line_amount"], _remarks(store))
        for name, store in describe_stores(stores).items()
    ]
    heads = ("store", "rows", "line amount", "of which")
    console.out().print(console.table("Stores", heads, rows, numbers=heads[1:3]))
    if not differences:
        console.out().print("no differences")
        return
    columns = ("between", "what", "expected", "found", "raw object")
    found = [
        [*(str(each[column]) for column in columns[:4]), _file_name(each)] for each in differences
    ]
    console.out().print(console.table("Differences", columns, found, numbers=columns[2:4]))


def _file_name(difference: Difference) -> str:
    return str(difference.get("raw_object", "")).rpartition("/")[2]


def _remarks(store: Mapping[str, Any]) -> str:
    remarks = [
        f"{name.replace('_', ' ')} {console.count(value)}"
        for name, value in store.items()
        if isinstance(value, int) and name != "rows" and value
    ]
    remarks += [f"{reason} {console.count(n)}" for reason, n in store.get("by_reason", {}).items()]
    remarks += [
        f"{kind} {console.count(part['rows'])}" for kind, part in store.get("by_type", {}).items()
    ]
    return ", ".join(remarks)
