"""The truth about an event does not depend on how its versions were batched."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.fields import TRANSACTIONS
from glue_jobs.transforms.versions import (
    OTHER,
    SAME,
    count_outcomes,
    latest_version,
    settle_conflicts,
    standing_against,
)

NAMES = [column.name for column in TRANSACTIONS]
SCHEMA = ", ".join(f"{column.name} {column.type}" for column in TRANSACTIONS)
START = datetime(2011, 3, 1, 12, 0)  # noqa: DTZ001 (Spark's timestamp_ntz)


def transaction(event: str, content: str, minute: int) -> tuple[object, ...]:
    """Return a row whose content is told by `content` and that was received at `minute`."""
    values = {
        "event_id": event,
        "invoice_no": event.partition("#")[0],
        "stock_code": "22423",
        "quantity": len(content),
        "invoice_ts": START,
        "unit_price": Decimal("2.5500"),
        "country": "France",
        "line_amount": Decimal("2.5500") * len(content),
        "transaction_type": "sale",
        "is_product": True,
        "received_at": START + timedelta(minutes=minute),
        "content_hash": content,
        "raw_object": "raw/transactions/x.gz",
        "run_id": "run",
    }
    return tuple(values.get(column.name) for column in TRANSACTIONS)


def frame(spark: SparkSession, rows: list[tuple[object, ...]]) -> DataFrame:
    return spark.createDataFrame(rows, SCHEMA)


def consume(
    batch: DataFrame, current: DataFrame, cleansed: DataFrame
) -> tuple[DataFrame, dict[str, int]]:
    """Return the transactions after the batch, and the counts, as the partition job does it."""
    classified = batch.transform(latest_version).transform(standing_against(current))
    if not classified.where(F.col("standing") == OTHER).isEmpty():
        classified = classified.transform(settle_conflicts(current, cleansed))
    counts = count_outcomes(classified).first()
    assert counts is not None
    changes = classified.where(F.col("standing") != SAME).select(*NAMES)
    untouched = current.join(changes, on="event_id", how="anti").select(*NAMES)
    return untouched.unionByName(changes).localCheckpoint(), counts.asDict()


def contents(transactions: DataFrame) -> dict[str, str]:
    return {row.event_id: row.content_hash for row in transactions.collect()}


def test_the_latest_received_version_wins_and_the_greater_hash_breaks_a_tie(
    spark: SparkSession,
) -> None:
    rows = [
        transaction("1#L1", "aa", minute=1),
        transaction("1#L1", "bb", minute=2),
        transaction("1#L1", "cc", minute=0),
        transaction("1#L2", "aa", minute=5),
        transaction("1#L2", "zz", minute=5),
    ]

    winners = frame(spark, rows).transform(latest_version)

    assert contents(winners) == {"1#L1": "bb", "1#L2": "zz"}
    counted = {row.event_id: (row.event_rows, row.event_versions) for row in winners.collect()}
    assert counted == {"1#L1": (3, 3), "1#L2": (2, 2)}


def test_equal_content_sent_again_changes_nothing_and_is_counted(spark: SparkSession) -> None:
    first = frame(spark, [transaction("1#L1", "aa", 1), transaction("1#L2", "bb", 1)])
    current, _ = consume(first, frame(spark, []), first)
    again = frame(spark, [transaction("1#L1", "aa", 9), transaction("1#L2", "bb", 9)])

    _, counts = consume(again, current, first.unionByName(again))

    assert counts == {"inserted": 0, "corrections": 0, "duplicates": 2, "older_versions": 0}


def test_a_late_version_that_a_later_duplicate_had_already_overruled_stays_older(
    spark: SparkSession,
) -> None:
    """The table keeps the first time of a content; only cleansed knows that it came again."""
    batches = [[transaction("1#L1", "aa", 1)], [transaction("1#L1", "aa", 30)]]
    late = [transaction("1#L1", "bb", 20)]
    cleansed, current = frame(spark, []), frame(spark, [])
    for rows in batches:
        batch = frame(spark, rows)
        cleansed = cleansed.unionByName(batch)
        current, _ = consume(batch, current, cleansed)

    current, counts = consume(frame(spark, late), current, cleansed.unionByName(frame(spark, late)))

    assert contents(current) == {"1#L1": "aa"}
    assert counts == {"inserted": 0, "corrections": 0, "duplicates": 0, "older_versions": 1}


@pytest.mark.parametrize("seed", [1, 2])
def test_any_batching_and_order_ends_in_the_same_truth(spark: SparkSession, seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        transaction(f"{chance.randrange(4)}#L{chance.randrange(3)}", chance.choice("abc"), minute)
        for minute in (chance.randrange(6) for _ in range(40))
    ]
    expected: dict[str, tuple[datetime, str]] = {}
    for row in rows:
        event, version = row[0], (row[NAMES.index("received_at")], row[NAMES.index("content_hash")])
        expected[event] = max(expected.get(event, version), version)  # type: ignore[index,type-var]
    chance.shuffle(rows)
    cuts = sorted(chance.sample(range(1, 40), 3))
    batches = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, 40], strict=True)]

    cleansed, current, counted = frame(spark, []), frame(spark, []), 0
    for batch_rows in batches:
        batch = frame(spark, batch_rows)
        cleansed = cleansed.unionByName(batch)
        current, counts = consume(batch, current, cleansed)
        counted += sum(counts.values())

    assert contents(current) == {event: version[1] for event, version in expected.items()}
    assert counted == len(rows)
