"""The ranges cover every invoice of a batch and leave out what lies between."""

from __future__ import annotations

import random

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.transforms.invoice_ranges import (
    MOST_RANGES,
    covering_ranges,
    merge_neighbours,
    range_condition,
)


def invoices(spark: SparkSession, numbers: list[str]) -> DataFrame:
    return spark.createDataFrame([(number,) for number in numbers], "invoice_no string")


def test_a_late_invoice_does_not_widen_the_range_of_the_new_ones(spark: SparkSession) -> None:
    numbers = [str(number) for number in range(581000, 581400)] + ["536365", "C536379"]

    ranges = covering_ranges(invoices(spark, numbers))

    assert ("536365", "536365") in ranges
    assert ("C536379", "C536379") in ranges
    assert not any(low <= "550000" <= high for low, high in ranges)


@pytest.mark.parametrize("seed", [3, 4])
def test_every_invoice_lies_in_a_range_and_ranges_stay_few(spark: SparkSession, seed: int) -> None:
    chance = random.Random(seed)
    numbers = [
        f"{chance.choice(['', 'C', 'A', 'É'])}{chance.randrange(10**8)}" for _ in range(3000)
    ]
    batch = invoices(spark, [*numbers, "it's \\ odd"])

    ranges = covering_ranges(batch)

    assert len(ranges) <= MOST_RANGES
    assert batch.where(range_condition(ranges)).count() == batch.count()


def test_no_invoice_needs_no_range(spark: SparkSession) -> None:
    empty = invoices(spark, [])

    assert covering_ranges(empty) == []
    assert range_condition([]) == "false"


def test_neighbours_are_merged_by_what_they_begin_with() -> None:
    blocks = [
        ("536001", "536900"),
        ("537000", "537010"),
        ("581000", "581500"),
        ("C53600", "C53601"),
    ]

    assert merge_neighbours(blocks, 4) == blocks
    assert merge_neighbours(blocks, 3) == [
        ("536001", "537010"),
        ("581000", "581500"),
        ("C53600", "C53601"),
    ]
    assert merge_neighbours(blocks, 1) == [("536001", "C53601")]
