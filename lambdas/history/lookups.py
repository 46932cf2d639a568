"""Reads the lookups table: a customer's invoices, an invoice with its lines, a product."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.dates import table_text
from contracts.fields import LONGEST
from contracts.rejections import BrokenRuleError
from contracts.text import tidy, upper
from lambdas.refused_request import RefusedRequest
from loader.lookup_items import (
    CHUNK_DIGITS,
    HEADER,
    HISTORY_HASH,
    HISTORY_INDEX,
    HISTORY_RANGE,
    HISTORY_SEPARATOR,
    PARTITION_KEY,
    PRODUCT,
    SORT_KEY,
    Item,
    chunk_key,
    invoice_key,
    key,
    product_key,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_LINE_BYTES = 5_500_000
"""Bytes of lines in one answer: with the rest of it below the 6 MB that a function may return."""

# An invoice that is being written is whole within a batch or two.
_ATTEMPTS, _FIRST_PAUSE = 5, 0.05
# A line has some 200 bytes, so a chunk holds at least so many of them, if not of the longest.
_LINES_A_CHUNK = 100
# It sorts after the separator and before a fraction of a second: the end of one moment's keys.
_AFTER_SEPARATOR = chr(ord(HISTORY_SEPARATOR) + 1)
_BEFORE_ALL, _AFTER_ALL = "0", "9999-12-31T23:59:60"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
_PLACES: int = 10**CHUNK_DIGITS  # above the number of any chunk and of any line within one


class _TornError(Exception):
    """Header and lines are not of the same run: the invoice is being written just now."""


@dataclass(frozen=True)
class LinePlace:
    """A line of an invoice: its chunk from 1, its place in it from 0, the run that wrote it."""

    chunk: int
    offset: int
    rebuilt_by: str


@dataclass(frozen=True)
class InvoiceRead:
    """An invoice, or a part of it.

    Attributes
    ----------
    header : its header item.
    lines : in the invoice's order.
    next_place : where the lines go on; None when these were the last.
    """

    header: Item
    lines: list[dict[str, Any]]
    next_place: LinePlace | None


@dataclass(frozen=True)
class Lookups:
    """The lookups table, as its readers see it.

    Attributes
    ----------
    client : a boto3 client.
    table : name of the table.
    sleep : replaced in tests.
    """

    client: DynamoDBClient
    table: str
    sleep: Callable[[float], None] = time.sleep

    def history(
        self,
        customer_id: int,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        after: tuple[str, str] | None,
    ) -> tuple[list[Item], tuple[str, str] | None]:
        """Return a customer's invoice headers, newest first.

        Parameters
        ----------
        since, until : bounds of the invoices' moments, both inclusive; None for no bound.
        after : (invoice_no, history_key) of the last one seen.

        Returns
        -------
        At most `limit` headers as the index projects them, and what to give as `after` for those
        that follow; None when none do.
        """
        lowest = _moment_key(since) if since else _BEFORE_ALL
        highest = (_moment_key(until) if until else _AFTER_ALL) + _AFTER_SEPARATOR
        if after and not lowest <= after[1] <= highest:
            return [], None
        found: list[Item] = []
        start = _start_key(customer_id, *after) if after else None
        while len(found) <= limit:  # one more tells whether any follow
            wanted = limit + 1 - len(found)
            page = self._history_page(customer_id, (lowest, highest), wanted, start)
            found += page["Items"]
            start = page.get("LastEvaluatedKey")
            if start is None:
                break
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        return found[:limit], (last["invoice_no"]["S"], last[HISTORY_RANGE]["S"])

    def has_invoices(self, customer_id: int) -> bool:
        """Tell whether anything is known of a customer."""
        return bool(self.history(customer_id, None, None, 1, None)[0])

    def product(self, stock_code: str) -> Item | None:
        """Return a product's item, None where there is none."""
        where = key(product_key(stock_code), PRODUCT)
        return self.client.get_item(TableName=self.table, Key=where).get("Item")

    def invoice(
        self,
        invoice_no: str,
        start: LinePlace | None,
        limit: int | None,
        may_read: Callable[[Item], bool],
    ) -> InvoiceRead | None:
        """Return an invoice with its lines from `start` on, as many as `limit` and size allow.

        None where there is no such invoice, or `may_read` says no to its header.

        Raises
        ------
        RefusedRequest : 409, it was written anew since `start`; 503, it is being written.
        """
        for attempt in range(_ATTEMPTS):
            # A read that is not consistent is cheaper, and nearly always whole.
            items = self._items(invoice_no, start, limit, consistent=attempt > 0)
            try:
                return _read(items, start, limit, may_read)
            except _TornError:
                self.sleep(_FIRST_PAUSE * 2**attempt)
        raise RefusedRequest(503, "the invoice is being written just now: try again")

    def _history_page(
        self, customer_id: int, bounds: tuple[str, str], limit: int, start: Item | None
    ) -> Any:
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": HISTORY_INDEX,
            "KeyConditionExpression": f"{HISTORY_HASH} = :customer AND "
            f"{HISTORY_RANGE} BETWEEN :lowest AND :highest",
            "ExpressionAttributeValues": {
                ":customer": {"N": str(customer_id)},
                ":lowest": {"S": bounds[0]},
                ":highest": {"S": bounds[1]},
            },
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if start:
            request["ExclusiveStartKey"] = start
        return self.client.query(**request)

    def _items(
        self, invoice_no: str, start: LinePlace | None, limit: int | None, *, consistent: bool
    ) -> Iterator[Item]:
        """Yield an invoice's header, then its chunks from `start` on, read as they are taken."""
        partition = invoice_key(invoice_no)
        first = HEADER
        if start:
            where = key(partition, HEADER)
            header = self.client.get_item(
                TableName=self.table, Key=where, ConsistentRead=consistent
            ).get("Item")
            if header:
                yield header
            first = chunk_key(start.chunk)
        request: dict[str, Any] = {
            "TableName": self.table,
            "ConsistentRead": consistent,
            "KeyConditionExpression": f"{PARTITION_KEY} = :invoice AND {SORT_KEY} >= :first",
            "ExpressionAttributeValues": {":invoice": {"S": partition}, ":first": {"S": first}},
        }
        if limit is not None:
            request["Limit"] = 2 + limit // _LINES_A_CHUNK
        while True:
            page = self.client.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def is_history_place(invoice_no: str, history_key: str) -> bool:
    """Tell whether an index entry can have these; DynamoDB refuses to start at just any key."""
    moment = history_key.removesuffix(f"{HISTORY_SEPARATOR}{invoice_no}")
    try:
        is_canonical = upper(tidy(invoice_no)) == invoice_no
    except BrokenRuleError:
        return False
    is_moment = re.fullmatch(_MOMENT, moment) is not None
    return is_canonical and is_moment and 0 < len(invoice_no) <= LONGEST["InvoiceNo"]


def is_line_place(chunk: int, offset: int, rebuilt_by: str) -> bool:  # noqa: ARG001
    """Tell whether a line can be there."""
    return 1 <= chunk < _PLACES and 0 <= offset < _PLACES


def _read(
    items: Iterator[Item],
    start: LinePlace | None,
    limit: int | None,
    may_read: Callable[[Item], bool],
) -> InvoiceRead | None:
    header = next(items, None)
    # Without its header it is not written yet, or is being deleted.
    if header is None or header[SORT_KEY]["S"] != HEADER or not may_read(header):
        return None
    run = header["rebuilt_by"]["S"]
    if start and start.rebuilt_by != run:
        raise RefusedRequest(
            409, "the invoice has changed since the first page: start without cursor"
        )
    first, offset = (start.chunk, start.offset) if start else (1, 0)
    lines: list[dict[str, Any]] = []
    answer_bytes = 0
    for number in range(first, int(header["chunk_count"]["N"]) + 1):
        text = _chunk_text(next(items, None), number, run)
        answer_bytes += len(json.dumps(text))  # as it will stand, escaped, in the function's answer
        if lines and answer_bytes > MOST_LINE_BYTES:
            return InvoiceRead(header, lines, LinePlace(number, 0, run))
        chunk = json.loads(text)
        wanted = len(chunk) if limit is None else offset + limit - len(lines)
        lines += chunk[offset:wanted]
        if wanted < len(chunk):
            return InvoiceRead(header, lines, LinePlace(number, wanted, run))
        offset = 0
        if limit is not None and len(lines) == limit:
            more = number < int(header["chunk_count"]["N"])
            return InvoiceRead(header, lines, LinePlace(number + 1, 0, run) if more else None)
    return InvoiceRead(header, lines, None)


def _chunk_text(item: Item | None, number: int, run: str) -> str:
    is_expected = (
        item is not None
        and item[SORT_KEY]["S"] == chunk_key(number)
        and item["rebuilt_by"]["S"] == run
    )
    if item is None or not is_expected:
        raise _TornError
    text: str = item["lines"]["S"]
    return text


def _moment_key(moment: datetime) -> str:
    return table_text(moment).replace(" ", "T")


def _start_key(customer_id: int, invoice_no: str, history_key: str) -> Item:
    return {
        **key(invoice_key(invoice_no), HEADER),
        HISTORY_HASH: {"N": str(customer_id)},
        HISTORY_RANGE: {"S": history_key},
    }
