"""A local Spark that reads times and dates as the Glue jobs' Spark does."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from local_aws.java import find_java


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Return the one session of the test run: plain Spark, without a lake or a catalog."""
    os.environ["JAVA_HOME"] = str(find_java().parent.parent)
    session = (
        SparkSession.builder.master("local[2]")
        .appName("tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.legacy.timeParserPolicy", "CORRECTED")
        .getOrCreate()
    )
    yield session
    session.stop()
