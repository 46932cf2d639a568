"""What tests of several packages stand on: a local cloud, a local Spark, the lookups table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from local_aws import cloud
from local_aws.java import find_java
from local_aws.settings import CHECKOUT, REGION, default_jars_dir

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The same examples in every run: what fails once fails again, here and elsewhere.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

# Fixtures import what is slow to import: most tests need none of it.
# ruff: noqa: PLC0415


# The engines' tests make no roles for what they start; the end-to-end tests and those of IAM do.
os.environ["ETL_IAM"] = "off"

# The tests start Java dozens of times for a few rows each: half of its work is to compile what runs
# too shortly to pay it back. Java reads this variable itself.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class LocalCloud:
    """A running local cloud.

    Attributes
    ----------
    endpoint : URL that speaks every AWS API.
    state_dir : its state folder.
    """

    endpoint: str
    state_dir: Path

    def client(self, service: str, access_key_id: str = "test", **config: Any) -> Any:
        """Return a boto3 client of `service`; `config` is passed to botocore's Config."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=access_key_id,
            aws_secret_access_key="test",
            config=Config(**config),
        )


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One local cloud for all tests: use names of your own in it."""
    state_dir = tmp_path_factory.mktemp("cloud")
    endpoints = cloud.up(state_dir, default_jars_dir())
    yield LocalCloud(endpoint=endpoints["aws"], state_dir=state_dir)
    cloud.down(state_dir)
    show_log(state_dir)


def show_log(state_dir: Path) -> None:
    """Print the log of a stopped cloud when ETL_SHOW_LOG is set."""
    if os.environ.get("ETL_SHOW_LOG"):
        print((state_dir / "logs" / "cloud.log").read_text())


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Return the one Spark of the test run.

    It reads times as the jobs' does, and has their catalog's name and Iceberg's procedures, but
    the tables are in a local folder.
    """
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"] = str(find_java().parent.parent)
    (iceberg,) = default_jars_dir().glob("iceberg-spark-runtime-*.jar")
    catalog = "spark.sql.catalog.glue_catalog"
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
        .config("spark.jars", str(iceberg))
        .config(
            "spark.sql.extensions",
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        )
        .config(catalog, "org.apache.iceberg.spark.SparkCatalog")
        .config(f"{catalog}.type", "hadoop")
        .config(f"{catalog}.warehouse", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def create_lookups_table() -> Callable[[Any, str], str]:
    """Return a function that makes a lookups table, as the template declares it, by a client."""
    from cfnlint.decode.cfn_yaml import load

    template: Any = load(str(CHECKOUT / "cloudformation" / "lookups.yaml"))
    declared = template["Resources"]["LookupsTable"]["Properties"]

    def create(dynamodb: Any, name: str) -> str:
        dynamodb.create_table(
            TableName=name,
            **{
                part: declared[part]
                for part in (
                    "BillingMode",
                    "AttributeDefinitions",
                    "KeySchema",
                    "GlobalSecondaryIndexes",
                )
            },
        )
        return name

    return create


# What takes minutes, the longest first: begun last, it would keep one worker busy alone.
_LONGEST = (
    "tests/e2e/",
    "tests/chaos/test_pipeline_under_faults.py",
    "tests/local_aws/glue/",
    "tests/glue_jobs/",
    "tests/benchmarks/",
    "tests/least_privilege/",
    "tests/local_aws/persistence/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first; what is alike in that stays in its order."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    places = (place for place, path in enumerate(_LONGEST) if nodeid.startswith(path))
    return next(places, len(_LONGEST))


# Their tests share a deployed pipeline.
_TOGETHER = ("tests/e2e/", "tests/least_privilege/")


class _CostlyFixturesTogether(LoadFileScheduling):
    """Gives a file to one worker, and a folder whose tests share a pipeline to one too."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return next((folder for folder in _TOGETHER if path.startswith(folder)), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Schedule by what tests share; called where tests run on several workers."""
    config.option.loadscopereorder = False  # by the number of tests, not by their time
    return _CostlyFixturesTogether(config, log)
