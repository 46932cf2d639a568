"""The count of raw/ shares the contract with the pipeline: same lines, same amounts."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime

from cli.raw_objects import read_lines
from cli.raw_scan import LineCounter, ObjectCount, RawCount
from contracts.landing import Event, land

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECORD = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Quantity": "6",
    "InvoiceDate": "12/1/2010 8:26",
    "UnitPrice": "2.55",
    "CustomerID": None,
    "Country": "EIRE",
}


def _count(content: bytes, *request_ids: str) -> ObjectCount:
    return LineCounter(request_ids, UTC).count("key", read_lines(io.BytesIO(content)), NOW)


def _landed(request_id: str, position: int, **changes: object) -> bytes:
    return land(Event(position, {**RECORD, **changes}), NOW, request_id, position)


def test_landed_lines_are_counted_with_their_amounts_and_places() -> None:
    content = _landed("s-1", 0) + _landed("s-1", 4, Quantity="-1") + _landed("other", 7)

    found = _count(content, "s-1")

    assert (found.rows, found.line_amount) == (3, 153_000 - 25_500 + 153_000)
    assert found.places == {"s-1": {0, 4}}


def test_garbage_is_a_row_without_an_amount() -> None:
    garbage = [
        b"not json",
        b"[1]",
        b'"text"',
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"InvoiceNo": ["a", {"b": 1}]}',
        json.dumps({**RECORD, "Quantity": "0"}).encode(),
        json.dumps({**RECORD, "received_at": 5, "request_id": "s-1"}).encode(),
        json.dumps({**RECORD, "request_id": "s-1", "request_position": 1.5}).encode(),
    ]

    found = _count(b"\n".join(garbage), "s-1")

    assert (found.rows, found.line_amount, found.places) == (9, 2 * 153_000, {})


def test_numbers_of_other_writers_keep_their_digits() -> None:
    line = b'{"InvoiceNo":536365,"StockCode":"A","Quantity":6,"InvoiceDate":"2010-12-01",'
    line += b'"UnitPrice":1000000.0001,"CustomerID":17850.0,"Country":"EIRE"}'

    assert _count(line).line_amount == 60_000_000_006


def test_a_date_is_judged_by_the_receipt_that_the_line_names() -> None:
    early = json.dumps({**RECORD, "received_at": "2010-11-29T00:00:00.000Z"}).encode()

    assert _count(early).line_amount == 0


def test_lines_end_as_hadoop_ends_them_and_blank_ones_do_not_count() -> None:
    content = b"a\r\nb\rc\n\n \t\n\r\n\x00\x01\nd"

    assert list(read_lines(io.BytesIO(content))) == [b"a", b"b", b"c", b"\x00\x01\n", b"d"]


def test_an_object_that_is_cut_off_counts_as_unreadable_and_has_no_rows() -> None:
    zipped = gzip.compress(b"".join(_landed("s-1", place) for place in range(2_000)))
    cut = gzip.GzipFile(fileobj=io.BytesIO(zipped[: len(zipped) // 2]))

    found = LineCounter(["s-1"], UTC).count("key", read_lines(cut), NOW)

    total = RawCount()
    total.add(found)
    assert found == ObjectCount("key", unreadable=True)
    assert (total.rows, total.unreadable, total.places) == (0, ["key"], {})


def test_a_gzip_of_several_members_is_read_to_its_end() -> None:
    zipped = gzip.compress(b"a\n") + gzip.compress(b"b\n")

    assert [line.strip() for line in read_lines(gzip.GzipFile(fileobj=io.BytesIO(zipped)))] == [
        b"a",
        b"b",
    ]
