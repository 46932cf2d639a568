"""Requests and Firehose's records, told again from the lines of raw objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cli.cost.raw_deliveries import Deliveries, packed
from lambdas.ingest.delivery import PACKED_RECORD_BYTES, pack

_MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)


def _line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


@given(st.lists(st.integers(1, PACKED_RECORD_BYTES), max_size=40))
def test_lines_are_packed_as_the_ingest_function_packs_them(sizes: list[int]) -> None:
    records = pack((index, b"x" * size) for index, size in enumerate(sizes))

    assert packed(sizes) == [len(record.data) for record in records]


def test_each_request_is_metered_and_its_records_rounded_up() -> None:
    deliveries = Deliveries()
    for request in ("a", "a", "b"):
        line = _line(request_id=request, received_at="2026-01-01T00:00:01.000Z")
        deliveries.add(line, _MODIFIED)

    assert deliveries.metered_requests == 2
    assert deliveries.billed_bytes == 2 * 5 * 1024
    assert deliveries.lines == 3


def test_receipts_span_the_sending() -> None:
    deliveries = Deliveries()
    for second in ("03", "01", "02"):
        line = _line(request_id="a", received_at=f"2026-01-01T00:00:{second}.000Z")
        deliveries.add(line, _MODIFIED)

    assert deliveries.first is not None
    assert deliveries.last is not None
    assert (deliveries.first.second, deliveries.last.second) == (1, 3)


def test_lines_that_came_without_a_request_cost_no_sending() -> None:
    deliveries = Deliveries()
    for line in (b"garbage\n", b"[1]\n", b"\xff\n", _line(InvoiceNo="1"), _line(request_id=7)):
        deliveries.add(line, _MODIFIED)

    assert (deliveries.lines, deliveries.metered_requests, deliveries.billed_bytes) == (0, 0, 0)
