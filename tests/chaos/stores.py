"""Reads every store whole, by the API that its users read it by, as rows like the truth's."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cli import warehouse
from cli.athena import query as athena
from cli.query_result import QueryResult
from cli.target import Target
from contracts.fields import INPUT_NAMES
from tests.chaos.generator import TAG, Drop, Sent
from tests.chaos.oracle import as_object, judge, judge_line, receipt
from tests.chaos.truth import Receipt, Row, Rows, Unreadable

_RAW = "raw/transactions/"
_EVENT_COLUMNS = (
    "event_id", "invoice_no", "invoice_line", "stock_code", "description", "quantity",
    "invoice_ts", "unit_price", "customer_id", "country", "line_amount", "transaction_type",
    "is_product", "content_hash",
)  # fmt: skip


class Torn(AssertionError):  # noqa: N818
    """A store contradicts itself."""


def read_stores(target: Target) -> dict[str, Rows]:
    """Return the rows of every store but raw/."""
    lookups = _read_lookups(target)
    event = ", ".join(_EVENT_COLUMNS)
    return {
        "cleansed": _lake(
            target,
            f"SELECT raw_object, event_id, content_hash, received_at, {event}, ingest_date "
            "FROM cleansed",
        ),
        "quarantine": _lake(
            target,
            "SELECT raw_object, line_hash, line_number_among_equal, reason, field, raw_line, "
            "received_at, ingest_date, quarantine_id FROM quarantine",
        ),
        "transactions": _lake(target, f"SELECT {event} FROM transactions"),
        "fact_sales": _redshift(
            target, f"SELECT {', '.join(_EVENT_COLUMNS[:-1])}, date_key FROM retail.fact_sales"
        ),
        "dim_customer": _redshift(
            target,
            "SELECT customer_id, country, first_purchase, last_purchase FROM retail.dim_customer",
        ),
        "dim_product": _redshift(
            target, "SELECT stock_code, description, is_product FROM retail.dim_product"
        ),
        # Days that no fact has any more stay.
        "dim_date": _redshift(
            target,
            "SELECT date_key, calendar_day, year, quarter, month, day, weekday "
            "FROM retail.dim_date WHERE date_key IN (SELECT date_key FROM retail.fact_sales)",
        ),
        **lookups,
    }


def demand_write_order(target: Target) -> None:
    """Raise `Torn` if the table transactions has lost the order in which it is to be written."""
    glue, s3 = target.client("glue"), target.client("s3")
    table = glue.get_table(DatabaseName=target.output("Database"), Name="transactions")["Table"]
    bucket, _, key = table["Parameters"]["metadata_location"].split("//")[1].partition("/")
    metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    if metadata["default-sort-order-id"] == 0:
        raise Torn("the table transactions has no write order")


def read_raw(
    target: Target, sent: Sequence[Sent], drops: Sequence[Drop]
) -> tuple[Rows, list[Receipt], list[Unreadable]]:
    """Return what raw/ holds of what was sent, and when each record was received.

    Returns
    -------
    The distinct records with the fields landed; the receipts of all lines; the broken objects.

    Raises
    ------
    Torn : raw/ holds what nobody has sent.
    """
    by_tag = {each.tag: each.fields for each in sent}
    by_key = {drop.key: drop for drop in drops}
    landed: set[Row] = set()
    receipts: list[Receipt] = []
    unreadable: list[Unreadable] = []
    for key, modified, body in _raw_objects(target):
        if key in by_key:
            drop = by_key.pop(key)
            if drop.lines is None:
                unreadable.append(Unreadable(key, modified.date()))
            receipts += [_dropped(key, modified, line) for line in drop.lines or ()]
            continue
        for line in _lines(key, body):
            record = as_object(line) or {}
            tag = json.loads(str(record.get("extra", "{}"))).get(TAG)
            if tag not in by_tag:
                raise Torn(f"{key} holds a line that nobody has sent: {line}")
            landed.add((tag, *map(record.get, INPUT_NAMES)))
            moment = receipt(record, modified)
            outcome = judge(by_tag[tag], moment)
            receipts.append(Receipt(key, modified.date(), line, moment, outcome))
    if by_key:
        raise Torn(f"files put into raw/ are not there: {sorted(by_key)}")
    return list(landed), receipts, unreadable


def expected_raw(sent: Sequence[Sent]) -> Rows:
    """Return the records of raw/ as `etl send` must have landed them."""
    return [
        (each.tag, *(_as_landed(name, each.fields[name]) for name in INPUT_NAMES)) for each in sent
    ]


def _as_landed(name: str, value: str) -> str | None:
    return None if name == "CustomerID" and not value else value


def _dropped(key: str, modified: datetime, line: str) -> Receipt:
    record = as_object(line)
    moment = receipt(record, modified) if record is not None else modified
    return Receipt(key, modified.date(), line, moment, judge_line(line, modified))


def _raw_objects(target: Target) -> Iterator[tuple[str, datetime, bytes]]:
    s3, bucket = target.client("s3"), target.output("LakeBucket")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_RAW):
        for entry in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            modified = entry["LastModified"].astimezone(UTC).replace(tzinfo=None)
            yield entry["Key"], modified, body


def _lines(key: str, body: bytes) -> list[str]:
    try:
        text = gzip.decompress(body).decode()
    except (OSError, EOFError, zlib.error) as error:
        raise Torn(f"{key} cannot be read: {error}") from error
    return [line for line in text.split("\n") if line]


def _lake(target: Target, sql: str) -> Rows:
    return _typed(athena(target, sql))


def _redshift(target: Target, sql: str) -> Rows:
    return _typed(warehouse.query(target, sql, as_admin=True))


def _typed(result: QueryResult) -> Rows:
    kinds = [kind.partition("(")[0].lower() for kind in result.types]
    return [
        tuple(_value(kind, text) for kind, text in zip(kinds, row, strict=True))
        for row in result.rows
    ]


def _value(kind: str, text: str | None) -> object:
    if text is None:
        return None
    if kind in ("int", "integer", "bigint", "smallint"):
        return int(text)
    if kind == "decimal":
        return Decimal(text)
    if kind == "boolean":
        return text == "true"
    if kind == "date":
        return date.fromisoformat(text)
    return datetime.fromisoformat(text) if kind.startswith("timestamp") else text


def _read_lookups(target: Target) -> dict[str, Rows]:
    """Return headers, lines and products.

    Raises
    ------
    Torn : a header and its chunks do not belong together, or a mark of work under way is left.
    """
    headers: dict[str, dict[str, Any]] = {}
    chunks: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    products: Rows = []
    for item in _items(target):
        kind, _, name = item["pk"].partition("#")
        if kind == "PRODUCT":
            products.append(_product(item))
        elif kind == "PUBLISH" or item["pk"] == "PUBLISH":
            if item["sk"] == "UNFINISHED":
                raise Torn("the lookups say that a publish is under way")
        elif item["sk"] == "HEADER":
            headers[name] = item
        else:
            chunks[name][int(item["sk"].partition("#")[2])] = item
    lines: Rows = []
    for name in headers.keys() | chunks.keys():
        lines += _invoice_lines(name, headers.get(name), chunks[name])
    rows = {"lookups_headers": [_header(item) for item in headers.values()]}
    return {**rows, "lookups_lines": lines, "lookups_products": products}


def _items(target: Target) -> Iterator[dict[str, Any]]:
    client = target.client("dynamodb")
    pages = client.get_paginator("scan").paginate(
        TableName=target.output("LookupsTable"), ConsistentRead=True
    )
    for page in pages:
        for item in page["Items"]:
            yield {name: _attribute(value) for name, value in item.items()}


def _attribute(value: dict[str, Any]) -> object:
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content


def _header(item: dict[str, Any]) -> Row:
    names = ("invoice_no", "customer_id", "invoice_ts", "history_key", "country")
    figures = ("transaction_type", "line_count", "units", "total")
    return tuple(item.get(name) for name in (*names, *figures))


def _product(item: dict[str, Any]) -> Row:
    names = ("stock_code", "description", "lowest_price", "highest_price", "units_sold")
    return tuple(item.get(name) for name in (*names, "first_sold", "last_sold", "is_product"))


def _invoice_lines(
    name: str, header: dict[str, Any] | None, chunks: dict[int, dict[str, Any]]
) -> Iterator[Row]:
    numbers = sorted(chunks)
    if header is None or numbers != list(range(1, int(header["chunk_count"]) + 1)):
        raise Torn(f"invoice {name} has the chunks {numbers} and the header {header}")
    writers = {item["rebuilt_by"] for item in (header, *chunks.values())}
    counted = sum(int(item["line_count"]) for item in chunks.values())
    lines = [line for number in numbers for line in json.loads(chunks[number]["lines"])]
    if len(writers) > 1 or counted != len(lines):
        raise Torn(f"invoice {name} is written by {writers}: {counted} of {len(lines)} lines")
    members = ("line", "event_id", "stock_code", "description", "quantity", "unit_price")
    for place, line in enumerate(lines, start=1):
        told = (line[member] for member in (*members, "line_amount", "invoice_ts"))
        yield (name, place, *told, line["transaction_type"])


def transport_copies(receipts: Sequence[Receipt]) -> int:
    """Return how many records raw/ holds once more because a request was made again."""
    seen = Counter(
        (record["request_id"], record["request_position"])
        for record in (as_object(each.line) for each in receipts)
        if record is not None and "request_id" in record
    )
    return sum(count - 1 for count in seen.values())
