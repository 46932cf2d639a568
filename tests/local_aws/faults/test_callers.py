"""Processes that the cloud starts are known by name, and can be killed at a call of theirs."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local_aws.faults.callers import (
    CLIENT,
    find_caller,
    forget,
    glue_caller,
    lambda_caller,
)
from tests.conftest import LocalCloud
from tests.local_aws.faults.conftest import Faults, keys_of
from tests.local_aws.glue.conftest import Jobs

ICEBERG = (
    "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    " --conf spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog"
    " --conf spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog"
    " --conf spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO"
    " --conf spark.sql.catalog.glue_catalog.warehouse=s3://{bucket}/warehouse"
)
SPARK_JOB = """
import sys
import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

options = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket"])
context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init(options["JOB_NAME"], options)
lines = context.spark_session.read.text(f"s3://{options['bucket']}/in/")
lines.coalesce(1).writeTo("glue_catalog.faults_tests.lines").using("iceberg").create()
s3 = boto3.client("s3")
s3.put_object(Bucket=options["bucket"], Key="out/first", Body=b"x")
s3.put_object(Bucket=options["bucket"], Key="out/never", Body=b"x")
print("still alive")
"""
PYTHON_JOB = """
import boto3
boto3.client("s3").put_object(Bucket="{bucket}", Key="out/written", Body=b"x")
print("still alive")
"""
FUNCTION = """
import boto3
s3 = boto3.client("s3")
def handle(event, context):
    for number in range(3):
        s3.put_object(Bucket=event["bucket"], Key=f"{event['prefix']}/{number}", Body=b"x")
    return "whole"
"""


def test_a_caller_is_found_by_its_user_agent_until_it_is_forgotten() -> None:
    run = glue_caller("cleanse_transactions-0123456789abcdef", "jr_1")
    worker = lambda_caller("etl-local-run-lock", "lambdas.run_lock.handler.handle")
    agents = {
        "boto3": f"Boto3/1 md/Botocore#1 cfg/retry-mode#legacy app/{run.app_id}",
        "java": f"aws-sdk-java/2.33.0 app/{run.app_id} md/io#sync ua/2.1",
        "s3a": f"{run.app_id}, Hadoop 3.3.4, aws-sdk-java/1.12.262 Linux/6",
    }

    assert all(find_caller(agent) is run for agent in agents.values())
    assert (run.name, run.run) == ("glue:cleanse_transactions", "jr_1")
    assert find_caller(f"app/{worker.app_id}").name == "lambda:run_lock"
    forget(run)
    assert find_caller(agents["boto3"]).name == CLIENT
    assert find_caller("Boto3/1").name == CLIENT
    forget(worker)


@pytest.mark.parametrize(
    ("function", "handler", "name"),
    [("shop-orders", "functions.handler.handle", "shop-orders"), ("f", "handler.handle", "f")],
)
def test_a_function_of_others_is_named_by_its_own_name(
    function: str, handler: str, name: str
) -> None:
    caller = lambda_caller(function, handler)
    forget(caller)
    assert caller.name == f"lambda:{name}"


@pytest.mark.parametrize("name", ["x" * 200, "a job of / odd (names)", "é"])
def test_an_application_id_is_one_that_every_sdk_sends_unchanged(name: str) -> None:
    caller = glue_caller(name, "jr_1")

    assert len(caller.app_id) <= 50
    assert find_caller(f"app/{caller.app_id}") is caller
    assert caller.name == f"glue:{name}"
    forget(caller)


@pytest.fixture
def function(local_cloud: LocalCloud) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("lambdas/batch/handler.py", FUNCTION)
    name = f"faults-{uuid.uuid4().hex[:8]}"
    local_cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="lambdas.batch.handler.handle",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    return name


@pytest.mark.parametrize(
    ("effect", "written"), [("kill_before", ["0"]), ("kill_after", ["0", "1"])]
)
def test_a_function_is_killed_in_mid_batch_and_the_next_call_has_a_new_process(
    local_cloud: LocalCloud,
    faults: Faults,
    bucket: str,
    function: str,
    *,
    effect: str,
    written: list[str],
) -> None:
    def invoke(prefix: str) -> tuple[str | None, Any]:
        answer = local_cloud.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"bucket": bucket, "prefix": prefix})
        )
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    faults.load(
        {
            "caller": "lambda:batch",
            "service": "s3",
            "action": "PutObject",
            "skip": 1,
            "effect": effect,
        }
    )

    failed, error = invoke("killed")
    failed_later, result = invoke("later")

    assert (failed, error["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert keys_of(local_cloud, bucket, "killed/") == [f"killed/{number}" for number in written]
    assert (failed_later, result) == (None, "whole")
    (line,) = faults.fired()
    assert (line["caller"], line["resource"]) == ("lambda:batch", f"{bucket}/killed/1")
    assert error["errorMessage"].startswith(f"RequestId: {line['run']} ")


def test_all_clients_of_a_glue_run_are_known_retry_by_themselves_and_die_together(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    """One test, since it starts Spark: boto3, S3A, Iceberg's two clients, the bookmark's."""
    jobs = Jobs(local_cloud, f"{bucket}-job")
    jobs.s3.put_object(Bucket=bucket, Key="in/1.txt", Body=b"a\nb\n")
    jobs.glue.create_database(DatabaseInput={"Name": "faults_tests"})
    name = jobs.make(
        SPARK_JOB,
        {
            "--bucket": bucket,
            "--conf": ICEBERG.format(bucket=bucket),
            "--datalake-formats": "iceberg",
            "--job-bookmark-option": "job-bookmark-enable",
        },
    )
    caller = {"caller": f"glue:{name}"}
    throttled = {**caller, "effect": "throttle"}
    faults.load(
        {**caller, "service": "glue", "action": "OpenJobBookmark", "effect": "slow", "seconds": 0},
        {"id": "s3a", **throttled, "service": "s3", "action": "GetObject", "resource": "*/in/*"},
        {"id": "data", **throttled, "service": "s3", "resource": "*/lines/data/*"},
        {"id": "catalog", **throttled, "service": "glue", "action": "CreateTable"},
        {"id": "boto3", **throttled, "service": "s3", "resource": f"{bucket}/out/first"},
        {**caller, "service": "s3", "resource": f"{bucket}/out/never", "effect": "kill_before"},
    )

    run = jobs.run(name)

    assert faults.fired_ids() == ["slow", "s3a", "data", "catalog", "boto3", "kill_before"]
    assert {(line["caller"], line["run"]) for line in faults.fired()} == {
        (f"glue:{name}", run["Id"])
    }
    assert run["JobRunState"] == "FAILED"
    assert "exit status -9" in run["ErrorMessage"]
    assert "still alive" not in jobs.log(run)
    assert keys_of(local_cloud, bucket, "out/") == ["out/first"]
    table = jobs.glue.get_table(DatabaseName="faults_tests", Name="lines")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert _processes_with(run["Id"]) == []


def test_a_glue_run_is_killed_after_a_call_took_effect(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    jobs = Jobs(local_cloud, f"{bucket}-job")
    name = jobs.make(PYTHON_JOB.format(bucket=bucket))
    faults.load({"caller": "glue:*", "service": "s3", "effect": "kill_after"})

    run = jobs.run(name)

    assert run["JobRunState"] == "FAILED"
    assert "still alive" not in jobs.log(run)
    assert keys_of(local_cloud, bucket) == ["out/written"]
    assert faults.fired_ids() == ["kill_after"]


def _processes_with(text: str) -> list[str]:
    """Return the command lines of processes that name a text."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = command.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it ended meanwhile
            continue
        if text in line:
            found.append(line)
    return found
