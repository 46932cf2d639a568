"""A job script of the tests: appends the raw lines that are new to an Iceberg table."""

import json
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from extra_module import doubled
from pyspark import SparkContext
from pyspark.sql import functions as F

TABLE = "glue_catalog.glue_tests.lines"


def read_other_formats() -> None:
    """Tell what csv with a header, csv of tabs, JSON and an empty folder are read as."""
    for name, file_format, options in (
        ("with_header", "csv", {"withHeader": True}),
        ("tabs", "csv", {"separator": "\t", "quoteChar": -1}),
        ("objects", "json", {"attachFilename": "path"}),
        ("nothing", "json", {}),
    ):
        read = glue.create_dynamic_frame.from_options(
            "s3", {"paths": [f"s3://{arguments['bucket']}/{name}"]}, file_format, options
        )
        records = [record.asDict() for record in read.toDF().collect()]
        sys.stdout.write(f"{name}: {json.dumps(records)} {read.count()}\n")


arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket", "die"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
job = Job(glue)
job.init(arguments["JOB_NAME"], arguments)
frame = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={
        "paths": [f"s3://{arguments['bucket']}/raw/"],
        "recurse": True,
        "groupFiles": "none",
    },
    format="csv",
    format_options={
        "separator": "\u0001",
        "quoteChar": -1,
        "withHeader": False,
        "attachFilename": "path",
        "attachTimestamp": "modified",
    },
    transformation_ctx="raw",
).toDF()
spark.sql(
    f"CREATE TABLE IF NOT EXISTS {TABLE} (line string, path string, modified bigint) USING iceberg"
)
sys.stdout.write(f"columns: {frame.columns}\n")
if frame.columns:
    line = F.concat_ws("\u0001", "col0", "col1").alias("line")
    frame.select(line, "path", "modified").writeTo(TABLE).append()
for row in spark.table(TABLE).orderBy("path", "line").collect():
    sys.stdout.write(f"row: {row.line!r} {row.path} {row.modified}\n")
partitions = spark.conf.get("spark.sql.shuffle.partitions")
sys.stdout.write(f"shuffle partitions: {partitions}\n")
on_workers = spark.sparkContext.parallelize([1, 2], 2).map(doubled).collect()
sys.stdout.write(f"doubled on workers: {on_workers}\n")
if arguments["die"] == "yes":
    raise RuntimeError("died before the commit")
if frame.columns:
    read_other_formats()
job.commit()
