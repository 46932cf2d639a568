"""Partition projection, against the examples and rules of the Athena guide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.athena.errors import QueryError
from local_aws.athena.tables.partitions import projected_partitions

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def table(properties: dict[str, str], *keys: str) -> dict[str, Any]:
    return {
        "Parameters": {"projection.enabled": "true", **properties},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "StorageDescriptor": {"Location": "s3://lake/table"},
    }


def projection(name: str, **properties: str) -> dict[str, str]:
    return {
        f"projection.{name}.{key.replace('_', '.')}": value for key, value in properties.items()
    }


@pytest.mark.parametrize(
    ("properties", "values"),
    [
        (projection("k", type="enum", values="a, b"), ["a", "b"]),
        (projection("k", type="integer", range="1,3"), ["1", "2", "3"]),
        (
            projection("k", type="integer", range="0,10", interval="5", digits="3"),
            ["000", "005", "010"],
        ),
        (
            projection("k", type="date", format="yyyy-MM-dd", range="2026-02-27,NOW"),
            ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"],
        ),
        (
            projection("k", type="date", format="yyyy/MM/dd", range="NOW-1DAY,NOW"),
            ["2026/03/01", "2026/03/02"],
        ),
        (
            projection(
                "k",
                type="date",
                format="yyyy-MM-dd-HH",
                range="NOW-2HOURS,NOW",
                interval="1",
                interval_unit="HOURS",
            ),
            ["2026-03-02-08", "2026-03-02-09", "2026-03-02-10"],
        ),
    ],
)
def test_the_values_are_those_of_the_properties(
    properties: dict[str, str], values: list[str]
) -> None:
    found = projected_partitions(table(properties, "k"), NOW)
    assert [partition.values for partition in found] == [(value,) for value in values]


def test_locations_follow_the_template_or_hive_s_form() -> None:
    keys = {**projection("a", type="enum", values="x"), **projection("b", type="enum", values="y")}
    (plain,) = projected_partitions(table(keys, "a", "b"), NOW)
    template = {"storage.location.template": "s3://lake/table/${b}/${a}"}
    (templated,) = projected_partitions(table({**keys, **template}, "a", "b"), NOW)
    assert plain.location == "s3://lake/table/a=x/b=y/"
    assert templated.location == "s3://lake/table/y/x/"


@pytest.mark.parametrize(
    "properties",
    [
        projection("k", type="injected"),
        projection("k", type="date", format="yyyy", range="NOW-3YEARS,NOW"),
        projection(
            "k", type="date", format="yyyy-MM-dd", range="2026-01-01,NOW", interval_unit="MONTHS"
        ),
    ],
)
def test_a_projection_of_another_kind_is_refused(properties: dict[str, str]) -> None:
    with pytest.raises(QueryError) as caught:
        projected_partitions(table(properties, "k"), NOW)
    assert caught.value.code == "NOT_SUPPORTED"
