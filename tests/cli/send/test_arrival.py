"""A send has arrived when raw/ holds each of its accepted records, and not before."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.errors import CliError
from cli.raw_objects import RAW_PREFIX
from cli.send.arrival import Arrival, wait_for_arrival
from contracts.landing import Event, land

BUCKET = "lake"
NOW = datetime.now(UTC)


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client(
            "s3", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        client.create_bucket(Bucket=BUCKET)
        yield client


def _line(request_id: str, position: int) -> bytes:
    record = {"InvoiceNo": '"request_id":"s1-1","request_position":9'}
    return land(Event(position, record), NOW, request_id, position)


def _deliver(s3: Any, name: str, *lines: bytes, content: bytes | None = None) -> None:
    key = f"{RAW_PREFIX}ingest_date={NOW:%Y-%m-%d}/ingest_hour=08/{name}.gz"
    body = gzip.compress(b"".join(lines)) if content is None else content
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def _arrival(s3: Any, **expected: int) -> Arrival:
    requests = {name.replace("_", "-"): rows for name, rows in expected.items()}
    return Arrival(s3, BUCKET, "s1", requests, since=NOW)


def test_records_are_counted_as_their_objects_come(s3: Any) -> None:
    arrival = _arrival(s3, s1_1=2, s1_3=1)
    arrival.look()
    assert arrival.missing == 3

    _deliver(s3, "a", _line("s1-1", 1), _line("s1-3", 0))
    arrival.look()
    assert arrival.missing == 1

    _deliver(s3, "b", _line("s1-1", 0))
    arrival.look()
    assert arrival.missing == 0


def test_a_record_that_arrived_twice_stands_for_no_other(s3: Any) -> None:
    arrival = _arrival(s3, s1_1=2)
    _deliver(s3, "a", _line("s1-1", 1))
    _deliver(s3, "b", _line("s1-1", 1), _line("s1-1", 1))

    arrival.look()

    assert arrival.missing == 1


def test_other_sends_garbage_and_unreadable_objects_do_not_count(s3: Any) -> None:
    arrival = _arrival(s3, s1_1=1)
    _deliver(s3, "a", _line("s11-1", 0), _line("s2-1", 0), b"\xff\x00 garbage\n")
    _deliver(s3, "b", content=gzip.compress(_line("s1-1", 0))[:-9])

    arrival.look()

    assert arrival.missing == 1


def test_waiting_ends_when_the_last_record_is_there(s3: Any) -> None:
    arrival = _arrival(s3, s1_1=2)
    _deliver(s3, "a", _line("s1-1", 0))
    seen: list[int] = []

    def deliver_the_rest(missing: int) -> None:
        seen.append(missing)
        _deliver(s3, "b", _line("s1-1", 1))

    wait_for_arrival(arrival, timeout=60, progress=deliver_the_rest)

    assert seen == [1, 0]


def test_waiting_for_what_does_not_come_ends_with_what_can_be_done(s3: Any) -> None:
    with pytest.raises(CliError, match="5 records were taken, but have not arrived"):
        wait_for_arrival(_arrival(s3, s1_1=5), timeout=0.1)


def test_objects_of_earlier_days_are_not_even_listed(s3: Any) -> None:
    old = NOW - timedelta(days=2)
    s3.put_object(
        Bucket=BUCKET,
        Key=f"{RAW_PREFIX}ingest_date={old:%Y-%m-%d}/ingest_hour=08/a.gz",
        Body=gzip.compress(_line("s1-1", 0)),
    )
    arrival = _arrival(s3, s1_1=1)

    arrival.look()

    assert arrival.missing == 1
