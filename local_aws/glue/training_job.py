"""The job whose classes go into the class archive: it touches what the real jobs use."""

import contextlib
import os
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window

TABLE = "glue_catalog.training.events"
MERGE = (
    f"MERGE INTO {TABLE} t USING changes s "
    "ON t.id = s.id AND (t.id BETWEEN 'a' AND 'z' OR t.id < 'a')"
    " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
)


def main() -> None:
    """Read, transform, write, merge, maintain; then end the JVM so that it leaves its archive."""
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket"])
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(arguments["JOB_NAME"], arguments)
    spark = glue.spark_session
    frame = glue.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [f"s3://{arguments['bucket']}/raw"], "recurse": True},
        format="csv",
        format_options={
            "separator": "\u0001",
            "quoteChar": -1,
            "attachFilename": "path",
            "attachTimestamp": "modified",
        },
        transformation_ctx="raw",
    )
    work(spark, frame.toDF())
    publish(spark.table(TABLE), f"s3://{arguments['bucket']}/staging")
    maintain(spark)
    job.commit()
    end_jvm(spark.sparkContext)


def work(spark: SparkSession, lines: DataFrame) -> None:
    """Parse the lines and bring them into an Iceberg table, by append and by merge."""
    parsed = lines.select(
        F.from_json(
            F.concat(F.lit("["), "col0", F.lit("]")),
            "array<struct<id string, at string, price string>>",
        ).alias("parsed"),
        F.timestamp_millis("modified").alias("modified"),
    ).select(F.col("parsed")[0].alias("event"), "modified")
    typed = parsed.select(
        F.upper(F.regexp_replace(F.trim("event.id"), r"\s+", " ")).alias("id"),
        F.to_timestamp("event.at", "yyyy-MM-dd HH:mm:ss").cast("timestamp_ntz").alias("at"),
        F.col("event.price").cast("decimal(12,4)").alias("price"),
        F.substring(F.sha2(F.concat_ws("\u001f", "event.id", "event.at"), 256), 1, 32).alias(
            "hash"
        ),
    )
    latest = Window.partitionBy("id").orderBy(F.col("at").desc(), F.col("hash").desc())
    one = typed.withColumn("n", F.row_number().over(latest)).where("n = 1").drop("n")
    columns = "id string, at timestamp_ntz, price decimal(12,4), hash string"
    spark.sql(f"CREATE TABLE {TABLE} ({columns}) USING iceberg PARTITIONED BY (months(at))")
    observed = Observation("training")
    appended = one.observe(observed, F.count(F.lit(1)).alias("rows"))
    appended.writeTo(TABLE).option("snapshot-property.training", "1").append()
    observed.get  # noqa: B018
    known = spark.table(TABLE).select("id").distinct()
    one.join(F.broadcast(known), on="id", how="anti").writeTo(TABLE).append()
    for change in ("price + 1", "price"):
        # Of a table, not of the lines: Iceberg merges nothing that hangs on how files are read.
        changed = spark.table(TABLE).withColumn("price", F.expr(change).cast("decimal(12,4)"))
        changed.createOrReplaceTempView("changes")
        spark.sql(MERGE)
    spark.table(TABLE).groupBy(F.trunc("at", "month")).agg(
        F.sum("price"), F.countDistinct("id")
    ).collect()
    spark.table(f"{TABLE}.snapshots").collect()
    spark.table(f"{TABLE}.files").count()
    spark.createDataFrame([("a", 1)], "a string, b int").collect()


def publish(rows: DataFrame, folder: str) -> None:
    """Bring items made of the rows to Python workers, and stage the rows as plain Parquet."""
    kept = rows.persist()
    earlier = Window.partitionBy("id").orderBy("at").rowsBetween(Window.unboundedPreceding, 0)
    counted = kept.withColumn("sum", F.sum("price").over(earlier))
    items = counted.groupBy("id").agg(
        F.array_sort(F.collect_list(F.struct("sum", F.to_json(F.struct("at", "price"))))).alias(
            "all"
        ),
        F.max_by("price", F.struct("at", "hash")).alias("price"),
    )
    placed = items.repartition(2, "id").sortWithinPartitions("id")
    placed.rdd.mapPartitions(list).collect()
    kept.write.mode("overwrite").parquet(folder)


def maintain(spark: SparkSession) -> None:
    """Call Iceberg's procedures."""
    for call in (
        "rewrite_data_files(table => 'training.events', options => map('rewrite-all', 'true'))",
        "rewrite_manifests('training.events')",
        "expire_snapshots(table => 'training.events', retain_last => 1)",
        "remove_orphan_files(table => 'training.events')",
    ):
        spark.sql(f"CALL glue_catalog.system.{call}").collect()
    spark.sql(f"ALTER TABLE {TABLE} SET TBLPROPERTIES ('training' = '1')")


def end_jvm(context: SparkContext) -> None:
    """End the JVM in good order and wait for it: only then does it write its archive."""
    jvm = context._jvm
    pid = jvm.java.lang.ProcessHandle.current().pid()
    context.stop()
    with contextlib.suppress(Py4JError, OSError):
        jvm.java.lang.System.exit(0)
    os.waitpid(pid, 0)


main()
