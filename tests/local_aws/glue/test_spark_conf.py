"""The Spark configuration of a job run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.glue.spark_conf import (
    ConfError,
    driver_memory,
    local_defaults,
    local_endpoints,
    parse_conf,
)

KEYS = st.from_regex(r"spark\.[a-z]{1,8}(\.[a-z]{1,8}){0,2}", fullmatch=True)
VALUES = st.from_regex(r"[A-Za-z0-9=:/.,_-]{0,12}( [a-z]{1,5})?", fullmatch=True)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_a_chain_is_taken_apart_again(settings: dict[str, str]) -> None:
    chain = " --conf ".join(f"{key}={value}" for key, value in settings.items())
    stripped = {key: value.rstrip() for key, value in settings.items()}
    assert parse_conf(chain) == stripped


@pytest.mark.parametrize("value", ["spark.a", "a=b", "--conf spark.a=b", "spark.a=b --conf c"])
def test_what_is_no_chain_is_refused(value: str) -> None:
    with pytest.raises(ConfError, match=r"spark\.key=value"):
        parse_conf(value)


def test_only_catalogs_of_glue_get_our_endpoints() -> None:
    glue = "org.apache.iceberg.aws.glue.GlueCatalog"
    settings = {
        "spark.sql.catalog.lake.catalog-impl": glue,
        "spark.sql.catalog.other.catalog-impl": "org.example.Catalog",
        "spark.sql.catalog.lake.s3.endpoint": "https://s3.example",
    }
    ours = local_endpoints(settings, "http://127.0.0.1:1")
    assert ours["spark.sql.catalog.lake.glue.endpoint"] == "http://127.0.0.1:1"
    assert ours["spark.sql.catalog.lake.s3.endpoint"] == "http://127.0.0.1:1"
    assert not [key for key in ours if ".other." in key]


def test_local_defaults_hide_nothing_of_the_job() -> None:
    job = parse_conf("spark.sql.shuffle.partitions=7")
    merged = {**local_defaults(Path("work")), **job}
    assert merged["spark.sql.shuffle.partitions"] == "7"
    assert merged["spark.master"].startswith("local[")


def test_the_memory_is_a_local_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETL_SPARK_MEMORY", "1500m")
    assert driver_memory() == "1500m"
    monkeypatch.delenv("ETL_SPARK_MEMORY")
    assert 0 < int(driver_memory().removesuffix("m")) <= 4096
