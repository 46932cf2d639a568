"""The lines of an event are found in raw objects however its sender has written it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from moto import mock_aws

from cli.trace.raw import RawLine, Sought, find_lines
from contracts.landing import Event, land
from contracts.raw_zone import RawObject

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECORD = {
    "InvoiceNo": "C536379",
    "StockCode": "D",
    "Quantity": "-1",
    "InvoiceDate": "12/1/2010 9:41",
    "UnitPrice": "27.5",
    "Country": "United Kingdom",
    "InvoiceLine": "2",
}
SOUGHT = Sought("C536379#L2", "C536379", ZoneInfo("UTC"))


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a target with moto's S3 and a lake bucket."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lake")
        yield SimpleNamespace(client=boto3.client, output=lambda _: "lake")


def landed(position: int, **changes: object) -> bytes:
    return land(Event(position, {**RECORD, **changes}), NOW, "request-1", position)


def find(target: Any, objects: dict[str, bytes], sought: Sought = SOUGHT) -> list[RawLine]:
    """Put objects and look for the event in them."""
    s3 = target.client("s3")
    for key, body in objects.items():
        s3.put_object(Bucket="lake", Key=key, Body=body)
    return find_lines(target, [RawObject(key, NOW, 1) for key in objects], sought)


def test_a_line_is_named_by_object_number_request_and_place(target: Any) -> None:
    lines = landed(0, InvoiceLine="1") + b"\n" + landed(1) + landed(2, quarantine_id="q1")

    found = find(target, {"raw/a.gz": gzip.compress(lines)})

    assert [(each.line, each.request_id, each.position) for each in found] == [
        (2, "request-1", 1),
        (3, "request-1", 2),
    ]
    assert [each.retry_of for each in found] == [None, "q1"]
    assert {each.received_at for each in found} == {"2026-11-22 12:00:00.000000"}
    assert found[0].content_hash == found[1].content_hash


def test_case_white_space_and_numbers_as_others_write_them_are_no_matter(target: Any) -> None:
    body = json.dumps({**RECORD, "InvoiceNo": " c536379 ", "InvoiceLine": 2, "Quantity": -1})

    (found,) = find(target, {"raw/dropped.json": body.encode()})

    assert (found.request_id, found.position) == (None, None)


def test_an_invoice_number_that_json_writes_in_several_ways_is_found_too(target: Any) -> None:
    body = json.dumps({**RECORD, "InvoiceNo": "Ä  1"})
    assert "\\u00c4" in body

    found = find(target, {"raw/a.json": body.encode()}, Sought("Ä 1#L2", "Ä 1", ZoneInfo("UTC")))

    assert len(found) == 1


def test_a_version_that_the_contract_rejects_is_no_version(target: Any) -> None:
    no_utf_8 = landed(0).replace(b"United", b"Unit\xffd")
    body = landed(0, Quantity="0") + b"C536379 garbage\n" + no_utf_8
    assert find(target, {"raw/a.json": body}) == []


def test_an_object_that_is_cut_off_or_gone_hides_no_other(target: Any) -> None:
    whole = gzip.compress(landed(0) * 50)
    objects = {"raw/cut.gz": whole[:-9], "raw/whole.gz": gzip.compress(landed(0))}

    found = find(target, objects)
    target.client("s3").delete_object(Bucket="lake", Key="raw/whole.gz")

    assert [each.raw_object for each in found] == ["raw/whole.gz"]
    assert find_lines(target, [RawObject("raw/whole.gz", NOW, 1)], SOUGHT) == []
