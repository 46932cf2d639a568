"""Makes the class archive: a Glue job does once what the jobs do, and its classes are kept.

It starts a local cloud of its own, so that the classes of S3A and of Iceberg's Glue catalog are
loaded too. `python -m local_aws.class_archive` calls it where there is no archive.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3

from local_aws import cloud
from local_aws.class_archive import MAKE_VARIABLE
from local_aws.settings import REGION

_BUCKET = "training"
_JOB = "training"
_LIMIT_SECONDS = 300
_CONF = " --conf ".join(
    (
        "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
        f"spark.sql.catalog.glue_catalog.warehouse=s3://{_BUCKET}/warehouse",
    )
)
_LINES = b'{"id": "1", "at": "2011-01-05 10:00:00", "price": "2.55"}\n' * 20


def main() -> int:
    """Make the archive named on the command line and drop those of earlier environments."""
    archive = Path(sys.argv[1])
    sys.stdout.write("Preparing a class archive with which Spark jobs start faster…\n")
    sys.stdout.flush()
    begin = time.monotonic()
    made = archive.with_name(f".training-{os.getpid()}.jsa")
    with tempfile.TemporaryDirectory() as state_dir:
        failure = _train(Path(state_dir), archive.parent, made)
    if failure is not None:
        made.unlink(missing_ok=True)
        sys.stderr.write(f"No class archive, so jobs start slower: {failure}\n")
        return 1
    for old in archive.parent.glob("spark-*.jsa"):
        old.unlink()
    made.replace(archive)
    size = archive.stat().st_size / 1e6
    sys.stdout.write(f"Prepared it ({size:.0f} MB) in {time.monotonic() - begin:.0f} s\n")
    return 0


def _train(state_dir: Path, jars_dir: Path, made: Path) -> str | None:
    """Run the training job in a cloud of its own; return why it failed, None if it did not."""
    os.environ[MAKE_VARIABLE] = str(made)
    os.environ["ETL_IAM"] = "off"  # the job needs no role of its own
    endpoint = cloud.up(state_dir, jars_dir)["aws"]
    try:
        session = boto3.Session("test", "test", region_name=REGION)
        s3 = session.client("s3", endpoint_url=endpoint)
        glue = session.client("glue", endpoint_url=endpoint)
        _put_job(s3, glue)
        run = _wait(glue, glue.start_job_run(JobName=_JOB)["JobRunId"])
    finally:
        cloud.down(state_dir)
    if run["JobRunState"] != "SUCCEEDED":
        return str(run.get("ErrorMessage") or run["JobRunState"])
    return None if made.exists() else "the JVM has left none"


def _put_job(s3: Any, glue: Any) -> None:
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key="raw/lines", Body=_LINES)
    script = Path(__file__).with_name("training_job.py").read_bytes()
    s3.put_object(Bucket=_BUCKET, Key="job.py", Body=script)
    glue.create_database(DatabaseInput={"Name": "training"})
    glue.create_job(
        Name=_JOB,
        Role="training",
        GlueVersion="5.1",
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{_BUCKET}/job.py"},
        DefaultArguments={
            "--bucket": _BUCKET,
            "--conf": _CONF,
            "--datalake-formats": "iceberg",
            "--job-bookmark-option": "job-bookmark-enable",
        },
    )


def _wait(glue: Any, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while True:
        run: dict[str, Any] = glue.get_job_run(JobName=_JOB, RunId=run_id)["JobRun"]
        if run["JobRunState"] not in ("STARTING", "RUNNING") or time.monotonic() > deadline:
            return run
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
