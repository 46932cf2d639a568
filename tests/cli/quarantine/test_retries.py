"""What became of a record that was sent again is computed from where it landed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.quarantine import retries
from cli.quarantine.retries import Fate, SentRow, note_retries, read_retries
from cli.quarantine.table import QuarantineRow
from contracts.raw_zone import POSITION_ITEM, RawObject, short_name

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SENT_AT = "2026-11-22T11:59:00+00:00"
OBJECT = RawObject("raw/transactions/a.gz", NOON, 100)
SUCCESSOR = QuarantineRow(
    "new", OBJECT.key, '{"InvoiceNo":"1","extra":"{\\"quarantine_id\\":\\"q1\\"}"}',
    "zero_quantity", "Quantity", "is 0", None, "run-2",
)  # fmt: skip


class Cloud:
    """A state table in moto, and the quarantine rows that Athena would find."""

    def __init__(self) -> None:
        self.rejected: list[QuarantineRow] = []
        self.asked_since: list[date | None] = []
        self.state = boto3.resource("dynamodb").create_table(
            TableName="state",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        )
        self.target: Any = SimpleNamespace(
            client=boto3.client, session=boto3.Session(), output=lambda _: "state"
        )

    def consume(self, until: datetime) -> None:
        """Say that cleanse has read the object, or what came before it only."""
        self.state.put_item(
            Item={
                "item": POSITION_ITEM,
                "high_water_mark": until.isoformat(),
                "names_in_band": [short_name(OBJECT.key)] if until >= NOON else [],
            }
        )

    def note(self, send: str = "s1", ids: tuple[str, ...] = ("q1",)) -> None:
        rows = [SentRow(each, f"{send}-{place}") for place, each in enumerate(ids, start=1)]
        found_in = {row.request_id: OBJECT for row in rows}
        note_retries(self.target, send, SENT_AT, rows, found_in)

    def rows_that_mention(
        self, _: Any, text: str, since: date | None
    ) -> list[QuarantineRow]:  # fmt: skip
        self.asked_since.append(since)
        return [row for row in self.rejected if text in row.raw_line]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        cloud = Cloud()
        monkeypatch.setattr(retries, "rows_that_mention", cloud.rows_that_mention)
        yield cloud


def fates(cloud: Cloud) -> dict[str, Fate]:
    return {name: retry.fate for name, retry in read_retries(cloud.target).items()}


def test_where_nothing_was_sent_again_athena_is_not_asked(cloud: Cloud) -> None:
    assert fates(cloud) == {}
    assert cloud.asked_since == []


def test_a_record_whose_place_in_raw_is_not_known_is_merely_sent(cloud: Cloud) -> None:
    note_retries(cloud.target, "s1", SENT_AT, [SentRow("q1", "s1-1")], {})
    cloud.consume(NOON)
    assert fates(cloud) == {"q1": Fate.SENT}


def test_a_record_waits_until_cleanse_has_consumed_its_object(cloud: Cloud) -> None:
    cloud.note()
    assert fates(cloud) == {"q1": Fate.WAITING}
    cloud.consume(NOON - timedelta(hours=1))
    assert fates(cloud) == {"q1": Fate.WAITING}
    cloud.consume(NOON)
    assert fates(cloud) == {"q1": Fate.ACCEPTED}


def test_a_record_rejected_again_names_the_row_in_its_place(cloud: Cloud) -> None:
    cloud.note(ids=("q1", "q2"))
    cloud.rejected.append(SUCCESSOR)
    cloud.consume(NOON)

    found = read_retries(cloud.target)

    assert (found["q1"].fate, found["q1"].successor) == (Fate.REJECTED, "new")
    assert (found["q2"].fate, found["q2"].successor) == (Fate.ACCEPTED, None)
    assert found["q2"].request_id == "s1-2"
    assert cloud.asked_since == [date(2026, 11, 22)]


def test_a_row_of_another_object_that_names_it_is_no_answer(cloud: Cloud) -> None:
    cloud.note()
    cloud.rejected.append(replace(SUCCESSOR, raw_object="raw/transactions/b.gz"))
    cloud.consume(NOON)
    assert fates(cloud) == {"q1": Fate.ACCEPTED}


def test_of_several_sends_the_last_counts_but_what_is_in_stays_in(cloud: Cloud) -> None:
    cloud.note("s1")
    cloud.consume(NOON)
    rows = [SentRow("q1", "s2-1")]
    note_retries(cloud.target, "s2", "2026-11-22T13:00:00+00:00", rows, {})
    assert fates(cloud) == {"q1": Fate.ACCEPTED}

    cloud.rejected.append(SUCCESSOR)
    assert fates(cloud) == {"q1": Fate.SENT}


def test_a_large_file_is_noted_in_items_that_dynamodb_takes(cloud: Cloud) -> None:
    ids = tuple(f"{number:032x}" for number in range(2_001))
    cloud.note("20261122T120000-0123abcd", ids)
    cloud.consume(NOON)

    assert fates(cloud) == dict.fromkeys(ids, Fate.ACCEPTED)
    assert len(cloud.state.scan(ProjectionExpression="#i", ExpressionAttributeNames={"#i": "item"})
               ["Items"]) == 2 + 1  # fmt: skip
