"""Writes one partition's invoices, each in the order in which its readers are never misled.

Of an invoice its lines come first, then the chunks that it no longer has are deleted, then comes
its header. A reader finds the lines that belong to a header, or sees by `rebuilt_by` that they
are being written. Of an invoice that is no more the header goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from loader.batch_writer import BatchWriter
from loader.lookup_items import (
    CHUNK_DIGITS,
    HEADER,
    PARTITION_KEY,
    SORT_KEY,
    Item,
    as_item,
    chunk_key,
    key,
)
from loader.patience import Attempts, Patience, patiently

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INVOICES_AT_ONCE = 100
"""Headers that one BatchGetItem reads."""

_LAST_CHUNK = 10**CHUNK_DIGITS - 1


class Row(Protocol):
    """A row of Spark, as far as it is used here."""

    def asDict(self) -> dict[str, Any]:  # noqa: N802 (Spark's name)
        """Return the values by column."""


class Leftovers(Enum):
    """How the chunks of an invoice are found that it no longer has.

    COUNTED : those that the old header counts: the usual publish.
    SOUGHT : by key: a publish that died may have left chunks that no header counts.
    SWEPT : not here: who writes the whole table deletes all that does not belong in it.
    """

    COUNTED = "counted"
    SOUGHT = "sought"
    SWEPT = "swept"


class InvoiceWriter:
    """Writes invoices.

    Parameters
    ----------
    client : a boto3 client that does not retry by itself.
    table : name of the lookups table.
    writer : of the same table.
    patience : when to give up a read.
    leftovers : how chunks are found that an invoice no longer has.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        writer: BatchWriter,
        patience: Patience,
        leftovers: Leftovers,
    ) -> None:
        self._client = client
        self._table = table
        self._writer = writer
        self._patience = patience
        self._leftovers = leftovers
        self._headers: list[Item] = []
        self._vanished: list[str] = []

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows in the order of the partition key, an invoice's header after its chunks.

        A row without a sort key names an invoice that is no more.

        Raises
        ------
        StoreBusy : the table was throttled, or did not answer, until patience ended.
        """
        for row in rows:
            values = row.asDict()
            if values[SORT_KEY] is None:
                self._vanished.append(values[PARTITION_KEY])
            elif values[SORT_KEY] == HEADER:
                self._headers.append(as_item(values))
            else:
                self._writer.put(as_item(values))
            if len(self._headers) == INVOICES_AT_ONCE:
                self._write_headers()
            if len(self._vanished) == INVOICES_AT_ONCE:
                self._delete_vanished()
        self._write_headers()
        self._delete_vanished()

    def _write_headers(self) -> None:
        """Write the headers whose chunks are all put, once the old chunks are gone."""
        if self._headers:
            for old in self._old_chunks():
                self._writer.delete(old)
            self._writer.flush()
        for header in self._headers:
            self._writer.put(header)
        self._headers = []

    def _delete_vanished(self) -> None:
        for invoice in self._vanished:
            self._writer.delete(key(invoice, HEADER))
        if self._vanished:
            self._writer.flush()
        for invoice in self._vanished:
            for chunk in self._chunks_from(invoice, 1):
                self._writer.delete(chunk)
        self._vanished = []

    def _old_chunks(self) -> Iterator[Item]:
        """Yield the keys of the chunks beyond those that the headers count."""
        counts = {header[PARTITION_KEY]["S"]: _chunk_count(header) for header in self._headers}
        if self._leftovers is Leftovers.SWEPT:
            return
        if self._leftovers is Leftovers.SOUGHT:
            for invoice, count in counts.items():
                yield from self._chunks_from(invoice, count + 1)
            return
        for old_header in self._stored_headers(counts):
            invoice = old_header[PARTITION_KEY]["S"]
            for number in range(counts[invoice] + 1, _chunk_count(old_header) + 1):
                yield key(invoice, chunk_key(number))

    def _stored_headers(self, invoices: Mapping[str, int]) -> Iterator[Item]:
        """Yield the headers that the table holds: their keys and counts."""
        wanted: Any = {
            self._table: {
                "Keys": [key(invoice, HEADER) for invoice in invoices],
                "ProjectionExpression": f"{PARTITION_KEY}, chunk_count",
                "ConsistentRead": True,
            }
        }
        what = f"the table {self._table} gives no headers"
        attempts = Attempts(self._patience, what)
        while wanted:
            read = partial(self._client.batch_get_item, RequestItems=wanted)
            answer = patiently(read, self._patience, what)
            found = answer["Responses"].get(self._table, [])
            yield from found
            wanted = answer.get("UnprocessedKeys")
            if found:
                attempts.restart()
            if wanted:
                attempts.pause()

    def _chunks_from(self, invoice: str, first: int) -> Iterator[Item]:
        """Yield the keys of an invoice's chunks from a number on, as the table holds them."""
        query: Any = {
            "TableName": self._table,
            "ConsistentRead": True,
            "ProjectionExpression": f"{PARTITION_KEY}, {SORT_KEY}",
            "KeyConditionExpression": f"{PARTITION_KEY} = :invoice AND "
            f"{SORT_KEY} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":invoice": {"S": invoice},
                ":first": {"S": chunk_key(first)},
                ":last": {"S": chunk_key(_LAST_CHUNK)},
            },
        }
        while True:
            read = partial(self._client.query, **query)
            page = patiently(read, self._patience, f"the table {self._table} gives no chunks")
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _chunk_count(header: Item) -> int:
    return int(header["chunk_count"]["N"])
