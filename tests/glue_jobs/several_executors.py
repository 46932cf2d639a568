"""`python -m tests.glue_jobs.several_executors FOLDER`: cleanse and partition on a small cluster.

Spark's local-cluster starts executors as processes of their own, so that tasks, rows and broadcasts
travel between processes as they do on Glue. Prints what the tables hold and how many tasks each
executor has run, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from random import Random

import pyspark
from pyspark.sql import SparkSession

from local_aws.java import find_java
from local_aws.settings import default_jars_dir
from tests.glue_jobs.fake_glue import LocalLake
from tests.glue_jobs.transforms.raw_line_generator import raw_lines

MASTER = "local-cluster[2,1,1024]"
_OBJECTS, _LINES = 3, 300


def objects() -> dict[str, list[str]]:
    """Return raw objects whose events repeat and correct each other across objects and runs."""
    folder = "raw/transactions/ingest_date=2026-01-15/ingest_hour=10"
    lines = [list(raw_lines(Random(f"object {n}"), _LINES)) for n in range(_OBJECTS)]
    later = [line.replace('"Quantity":"1"', '"Quantity":"2"') for line in lines[0][::3]]
    found = {f"{folder}/{n}.gz": each for n, each in enumerate(lines)}
    return found | {f"{folder}/later.gz": [*later, *lines[1][::5]]}


def derive(spark: SparkSession) -> dict[str, list[str]]:
    """Return what cleanse and partition make of the objects, the last one in a run of its own."""
    every = objects()
    *first, last = every
    lake = LocalLake(spark, {key: every[key] for key in first}).cleanse().partition()
    lake.objects[last] = every[last]
    return lake.cleanse().partition().truth()


def main() -> None:
    """Derive on the cluster."""
    folder = Path(sys.argv[1])
    _make_home(folder / "spark")
    os.environ["JAVA_HOME"] = str(find_java().parent.parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["SPARK_LOCAL_DIRS"] = str(folder)
    (iceberg,) = default_jars_dir().glob("iceberg-spark-runtime-*.jar")
    catalog = "spark.sql.catalog.glue_catalog"
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "1024m",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
        "spark.jars": str(iceberg),
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "hadoop",
        f"{catalog}.warehouse": str(folder / "warehouse"),
    }
    builder = SparkSession.builder.master(MASTER)
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    truth = derive(spark)
    executors = spark.sparkContext._jsc.sc().statusStore().executorList(True)
    tasks = {
        executors.apply(n).id(): executors.apply(n).completedTasks()
        for n in range(executors.size())
    }
    print(json.dumps({"truth": truth, "tasks": tasks}))
    spark.stop()


def _make_home(home: Path) -> None:
    """Make a SPARK_HOME of pyspark's own: a worker writes its executors' logs into it."""
    home.mkdir(parents=True)
    for part in ("bin", "jars"):
        (home / part).symlink_to(Path(pyspark.__file__).parent / part)
    os.environ["SPARK_HOME"] = str(home)


if __name__ == "__main__":
    main()
