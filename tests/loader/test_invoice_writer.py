"""Readers are never misled while invoices are written, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from loader.batch_writer import BatchWriter
from loader.invoice_writer import INVOICES_AT_ONCE, InvoiceWriter, Leftovers
from loader.lookup_items import chunk_key
from loader.write_budget import WriteBudget

if TYPE_CHECKING:
    from tests.loader.conftest import Clock

TABLE = "lookups"
Stored = Callable[[], dict[tuple[str, str], Any]]


class Values(dict[str, Any]):
    """A row as Spark gives it."""

    def asDict(self) -> dict[str, Any]:  # noqa: N802
        return dict(self)


class CrashError(Exception):
    """The executor dies."""


class Journal:
    """A client that writes down what becomes of each item, and crashes before a given call."""

    def __init__(self, client: Any, crash_before: int | None = None) -> None:
        self._client = client
        self._crash_before = crash_before
        self.calls = 0
        self.written: list[tuple[str, str]] = []
        self.deleted: list[tuple[str, str]] = []
        self.reads = 0

    def batch_write_item(self, RequestItems: Any, **options: Any) -> Any:  # noqa: N803
        if self.calls == self._crash_before:
            raise CrashError
        self.calls += 1
        for request in RequestItems[TABLE]:
            put, delete = request.get("PutRequest"), request.get("DeleteRequest")
            found = put["Item"] if put else delete["Key"]
            where = (found["pk"]["S"], found["sk"]["S"])
            (self.written if put else self.deleted).append(where)
        return self._client.batch_write_item(RequestItems=RequestItems, **options)

    def batch_get_item(self, **request: Any) -> Any:
        self.reads += 1
        return self._client.batch_get_item(**request)

    def query(self, **request: Any) -> Any:
        self.reads += 1
        return self._client.query(**request)


def invoice(number: str, chunks: int, run: str) -> list[Values]:
    """Return an invoice's rows as the transforms and the sort give them."""
    partition = f"INVOICE#{number}"
    lines = [
        Values(pk=partition, sk=chunk_key(each), lines=f'["{run}"]', rebuilt_by=run)
        for each in range(chunks, 0, -1)
    ]
    header = Values(pk=partition, sk="HEADER", chunk_count=chunks, rebuilt_by=run)
    return [*lines, header]


def vanished(number: str) -> list[Values]:
    return [Values(pk=f"INVOICE#{number}", sk=None, chunk_count=None)]


def publish(
    client: Any,
    clock: Clock,
    rows: Iterable[Values],
    leftovers: Leftovers = Leftovers.COUNTED,
) -> Any:
    """Write rows as one task does; return the figures."""
    patience = clock.patience()
    with BatchWriter(client, TABLE, WriteBudget(None), patience, calls_in_flight=1) as writer:
        InvoiceWriter(client, TABLE, writer, patience, leftovers).write(rows)
    return writer.figures


def shape(stored: Stored) -> dict[str, tuple[int, frozenset[str]]]:
    """Return by invoice the count of its header (-1: none) and the runs of its items."""
    found: dict[str, tuple[int, frozenset[str]]] = {}
    for (partition, sort), item in stored().items():
        count, runs = found.get(partition, (-1, frozenset()))
        counted = int(item["chunk_count"]["N"]) if sort == "HEADER" else count
        found[partition] = (counted, runs | {item["rebuilt_by"]["S"]})
    return found


def test_an_invoices_chunks_are_written_before_its_header(
    dynamodb: Any, stored: Stored, clock: Clock
):
    journal = Journal(dynamodb)
    rows = [row for number in range(7) for row in invoice(str(number), 30, "r1")]
    figures = publish(journal, clock, rows)
    for number in range(7):
        own = [where for where in journal.written if where[0] == f"INVOICE#{number}"]
        assert own[-1][1] == "HEADER"
    headers = [index for index, where in enumerate(journal.written) if where[1] == "HEADER"]
    assert headers[0] >= 7 * 30, "the headers of a window wait for all its chunks"
    assert figures.items_written == len(stored()) == 7 * 31


def test_a_shorter_invoice_leaves_no_chunk_behind(dynamodb: Any, stored: Stored, clock: Clock):
    publish(dynamodb, clock, [*invoice("1", 5, "r1"), *invoice("2", 3, "r1")])
    journal = Journal(dynamodb)
    figures = publish(journal, clock, [*invoice("1", 2, "r2"), *invoice("2", 4, "r2")])
    assert shape(stored) == {"INVOICE#1": (2, {"r2"}), "INVOICE#2": (4, {"r2"})}
    assert sorted(journal.deleted) == [("INVOICE#1", chunk_key(each)) for each in (3, 4, 5)]
    assert figures.items_deleted == 3
    assert len(stored()) == 3 + 5


def test_more_invoices_than_a_read_takes_are_all_looked_up(
    dynamodb: Any, stored: Stored, clock: Clock
):
    numbers = [f"{number:04d}" for number in range(2 * INVOICES_AT_ONCE + 7)]
    publish(dynamodb, clock, [row for number in numbers for row in invoice(number, 2, "r1")])
    journal = Journal(dynamodb)
    publish(journal, clock, [row for number in numbers for row in invoice(number, 1, "r2")])
    assert len(stored()) == 2 * len(numbers)
    assert set(shape(stored).values()) == {(1, frozenset({"r2"}))}
    assert journal.reads == 3


def test_writing_the_same_again_changes_nothing(dynamodb: Any, stored: Stored, clock: Clock):
    rows = [*invoice("1", 3, "r1"), *invoice("2", 1, "r1"), *vanished("3")]
    publish(dynamodb, clock, rows)
    before = stored()
    figures = publish(dynamodb, clock, rows)
    assert stored() == before
    assert figures.items_written == 6


def test_a_vanished_invoice_goes_header_first(dynamodb: Any, stored: Stored, clock: Clock):
    publish(dynamodb, clock, [*invoice("1", 30, "r1"), *invoice("2", 1, "r1")])
    journal = Journal(dynamodb)
    figures = publish(journal, clock, [*vanished("1"), *vanished("none")])
    assert set(stored()) == {("INVOICE#2", "HEADER"), ("INVOICE#2", chunk_key(1))}
    assert journal.deleted[0] == ("INVOICE#1", "HEADER")
    assert figures.items_deleted == 1 + 30 + 1


@pytest.mark.parametrize("crash_before", range(6))
def test_a_crash_anywhere_is_mended_by_the_next_publish(
    dynamodb: Any, stored: Stored, clock: Clock, crash_before: int
):
    """The next publish may find shorter invoices than the one that died wrote chunks for."""
    publish(dynamodb, clock, [*invoice("1", 20, "r0"), *invoice("2", 20, "r0")])
    died = [*invoice("1", 40, "r1"), *vanished("2"), *invoice("3", 40, "r1")]
    with pytest.raises(CrashError):
        publish(Journal(dynamodb, crash_before), clock, died)

    after = [*invoice("1", 2, "r2"), *vanished("2"), *invoice("3", 1, "r2")]
    publish(dynamodb, clock, after, Leftovers.SOUGHT)

    assert shape(stored) == {"INVOICE#1": (2, {"r2"}), "INVOICE#3": (1, {"r2"})}
    assert len(stored()) == 3 + 2


@pytest.mark.parametrize("crash_before", range(6))
def test_at_no_moment_does_a_header_count_chunks_of_its_run_that_are_not_there(
    dynamodb: Any, stored: Stored, clock: Clock, crash_before: int
):
    """A crash shows the table as a reader may have found it at that moment."""
    publish(dynamodb, clock, [*invoice("1", 40, "r0"), *invoice("2", 40, "r0")])
    rows = [*invoice("1", 30, "r1"), *vanished("2"), *invoice("3", 30, "r1")]
    with pytest.raises(CrashError):
        publish(Journal(dynamodb, crash_before), clock, rows)

    items = stored()
    for (partition, sort), header in items.items():
        if sort != "HEADER" or header["rebuilt_by"]["S"] != "r1":
            continue
        for number in range(1, int(header["chunk_count"]["N"]) + 1):
            assert items[partition, chunk_key(number)]["rebuilt_by"]["S"] == "r1"


def test_headers_that_a_throttled_read_leaves_out_are_read_again(
    dynamodb: Any, stored: Stored, clock: Clock
):
    class Stingy(Journal):
        def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
            self.reads += 1
            request = RequestItems[TABLE]
            some = {TABLE: request | {"Keys": request["Keys"][:2]}}
            answer = self._client.batch_get_item(RequestItems=some)
            rest = request["Keys"][2:]
            left = {TABLE: request | {"Keys": rest}} if rest else {}
            return answer | {"UnprocessedKeys": left}

    rows = [row for number in "12345" for row in invoice(number, 2, "r1")]
    publish(dynamodb, clock, rows)
    journal = Stingy(dynamodb)
    publish(journal, clock, [row for number in "12345" for row in invoice(number, 1, "r2")])
    assert len(stored()) == 10
    assert journal.reads == 3
