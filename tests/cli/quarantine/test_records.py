"""A rejected line becomes the record that was sent, and goes back as the same record."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cli.quarantine.records import Record, landed_record, parse_object, record_of, retried_id
from contracts.landing import Event, land, parse_events

ID = "83d7b5f3ab9ab244baab647c7438cbe7"
SENT = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Quantity": "six",
    "UnitPrice": 2.50,
    "CustomerID": None,
    "Country": "Österreich",
    "Shop": {"id": 12345678901234567890, "name": "B7"},
}


def landed(record: dict[str, object]) -> str:
    """Return the line of raw/ that the ingest makes of a record."""
    (event,) = parse_events(json.dumps(record).encode())
    assert isinstance(event, Event)
    return land(event, datetime(2026, 11, 22, tzinfo=UTC), "request-1", 3).decode()


def test_what_the_ingest_added_is_no_part_of_the_record() -> None:
    record = landed_record(landed(SENT))

    assert record is not None
    assert record.fields == {
        "InvoiceNo": "536365",
        "StockCode": "85123A",
        "Quantity": "six",
        "UnitPrice": "2.5",
        "Country": "Österreich",
    }
    assert record.others == {"Shop": {"id": "12345678901234567890", "name": "B7"}}


def test_a_record_sent_again_lands_as_before_but_for_the_row_that_it_names() -> None:
    before = landed(SENT)
    record = landed_record(before)
    assert record is not None

    again = landed(json.loads(record.body(ID)))

    assert landed_record(again) == record
    assert (retried_id(before), retried_id(again)) == (None, ID)
    assert json.loads(json.loads(again)["extra"])["Shop"]["id"] == 12345678901234567890


def test_a_record_rejected_twice_names_only_the_row_that_it_is_sent_for() -> None:
    first = landed_record(landed(SENT))
    assert first is not None
    second = landed_record(landed(json.loads(first.body("a" * 32))))
    assert second is not None

    assert retried_id(landed(json.loads(second.body(ID)))) == ID


def test_numbers_that_others_have_dropped_into_raw_keep_their_literal() -> None:
    record = landed_record('{"InvoiceNo": 536365, "UnitPrice": 2.550, "Quantity": 1e1}')

    assert record is not None
    assert record.fields == {"InvoiceNo": "536365", "UnitPrice": "2.550", "Quantity": "1e1"}


@pytest.mark.parametrize("garbage", ["", "not json", "[1]", "42", "null", "[" * 100_000, '{"a":'])
def test_garbage_is_no_record(garbage: str) -> None:
    assert landed_record(garbage) is None
    assert retried_id(garbage) is None
    assert parse_object(garbage) is None


def test_null_empty_and_absent_are_the_same_record() -> None:
    assert record_of({"InvoiceNo": "1", "CustomerID": None}) == record_of(
        {"InvoiceNo": "1", "CustomerID": "", "EventId": None}
    )
    assert record_of({"InvoiceNo": "1"}) != record_of({"InvoiceNo": "2"})
    assert record_of({}) == Record({}, {})
