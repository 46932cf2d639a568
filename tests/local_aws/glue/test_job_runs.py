"""A job run is a real Spark process that behaves as a run on Glue does."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.glue.conftest import Jobs

CONF = (
    "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    " --conf spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog"
    " --conf spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog"
    " --conf spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO"
    " --conf spark.sql.catalog.glue_catalog.warehouse=s3://glue-tests/warehouse"
    " --conf spark.sql.shuffle.partitions=3"
)
SLEEPS = "import time\nprint('asleep', flush=True)\ntime.sleep(100)\n"


def put_raw(jobs: Jobs, name: str, body: bytes) -> int:
    """Put an object; return its time in milliseconds, as S3 lists it."""
    key = f"raw/day=2011-01-05/{name}"
    jobs.s3.put_object(Bucket=jobs.bucket, Key=key, Body=body)
    listed = jobs.s3.list_objects_v2(Bucket=jobs.bucket, Prefix=key)["Contents"][0]
    return round(listed["LastModified"].timestamp() * 1000)


@pytest.fixture(scope="module")
def bookmarked(jobs: Jobs) -> str:
    """Return the name of the job that appends new raw lines to an Iceberg table."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as modules:
        modules.writestr("extra_module.py", "def doubled(number):\n    return 2 * number\n")
    jobs.s3.put_object(Bucket=jobs.bucket, Key="jobs/extra.zip", Body=archive.getvalue())
    for key, body in (
        ("with_header/1.csv", 'a,b\n"x,y",\n'),
        ("tabs/1.csv", '"x\t y\n'),
        ("objects/1.json", '{"n": 1}\n'),
    ):
        jobs.s3.put_object(Bucket=jobs.bucket, Key=key, Body=body.encode())
    jobs.glue.create_database(DatabaseInput={"Name": "glue_tests"})
    return jobs.make(
        Path(__file__).with_name("bookmarked_job.py").read_text(),
        {
            "--die": "no",
            "--conf": CONF,
            "--datalake-formats": "iceberg",
            "--extra-py-files": f"s3://{jobs.bucket}/jobs/extra.zip",
            "--job-bookmark-option": "job-bookmark-enable",
        },
    )


def rows(log: str) -> list[str]:
    return sorted(re.findall(r"^row: (.*)$", log, re.MULTILINE))


def test_a_bookmarked_job_reads_each_file_once_and_only_a_commit_counts(
    jobs: Jobs, bookmarked: str
) -> None:
    """One test, since each run starts Spark: new files, a death, the same again, nothing new."""
    at = put_raw(jobs, "a b+c%.txt", '{"n": "£ 1"}\r\nx\u0001y\u0001\n\n"q'.encode())

    died = jobs.run(bookmarked, Arguments={"--die": "yes"})
    assert died["JobRunState"] == "FAILED"
    assert died["ErrorMessage"] == "RuntimeError: died before the commit"
    entry = jobs.glue.get_job_bookmark(JobName=bookmarked)["JobBookmarkEntry"]
    assert (entry["Version"], entry["Run"], entry["Attempt"], entry["JobBookmark"]) == (
        1,
        0,
        0,
        "{}",
    )

    again = jobs.run(bookmarked)
    assert again["JobRunState"] == "SUCCEEDED", jobs.log(again)
    path = "s3://glue-tests/raw/day=2011-01-05/a b+c%.txt"
    lines = ["''", "'\"q'", "'x\\x01y\\x01'", '\'{"n": "£ 1"}\'']
    assert rows(jobs.log(again)) == sorted(2 * [f"{line} {path} {at}" for line in lines])
    assert "columns: ['col0', 'col1', 'path', 'modified']" in jobs.log(again)
    assert "shuffle partitions: 3" in jobs.log(again)
    assert "doubled on workers: [2, 4]" in jobs.log(again)
    entry = jobs.glue.get_job_bookmark(JobName=bookmarked)["JobBookmarkEntry"]
    assert (entry["Version"], entry["Run"], entry["Attempt"]) == (3, 1, 1)
    assert (entry["RunId"], entry["PreviousRunId"]) == (again["Id"], died["Id"])
    assert list(json.loads(entry["JobBookmark"])) == ["raw"]

    log = jobs.log(again)
    assert 'with_header: [{"a": "x,y", "b": ""}] 1' in log
    assert r'tabs: [{"col0": "\"x", "col1": " y"}] 1' in log
    assert 'objects: [{"n": 1, "path": "s3://glue-tests/objects/1.json"}] 1' in log
    assert "nothing: [] 0" in log

    nothing = jobs.run(bookmarked)
    assert nothing["JobRunState"] == "SUCCEEDED"
    assert "columns: []" in jobs.log(nothing)
    assert len(rows(jobs.log(nothing))) == 8


def test_the_record_of_a_run_is_as_glue_keeps_it(jobs: Jobs) -> None:
    job = jobs.make("import sys\nprint(sys.argv[1:])\nprint('oops', file=sys.stderr)\n")
    run = jobs.run(job, Arguments={"--bucket": "other", "--more": "a b"})
    assert run["Arguments"] == {"--bucket": "other", "--more": "a b"}
    assert run["JobRunState"] == "SUCCEEDED"
    assert "ErrorMessage" not in run
    assert run["LogGroupName"] == "/aws-glue/jobs"
    assert run["StartedOn"] <= run["CompletedOn"]
    assert run["ExecutionTime"] == round((run["CompletedOn"] - run["StartedOn"]).total_seconds())
    given = ["--JOB_NAME", job, "--JOB_RUN_ID", run["Id"], "--bucket", "other", "--more", "a b"]
    arguments = str(given)
    assert arguments in jobs.log(run)
    logs = jobs.cloud.client("logs")
    for group, message in (("output", arguments), ("error", "oops")):
        events = logs.get_log_events(
            logGroupName=f"/aws-glue/jobs/{group}", logStreamName=run["Id"]
        )["events"]
        assert message in [event["message"] for event in events]
    listed = jobs.glue.get_job_runs(JobName=job)["JobRuns"]
    assert [each["Id"] for each in listed] == [run["Id"]]


def test_a_job_may_name_the_log_groups_of_its_runs(jobs: Jobs) -> None:
    prefix = "/aws-glue/jobs/shop-dev"
    job = jobs.make("print('here')\n", {"--custom-logGroup-prefix": prefix})
    run = jobs.run(job)
    events = jobs.cloud.client("logs").get_log_events(
        logGroupName=f"{prefix}/output", logStreamName=run["Id"]
    )["events"]
    assert [event["message"] for event in events] == ["here"]


def test_a_failure_is_told_in_one_line_and_retried_as_often_as_the_job_says(jobs: Jobs) -> None:
    job = jobs.make("class Odd(Exception): pass\nraise Odd('first\\n  second')\n", MaxRetries=1)
    first = jobs.run(job)
    retry = jobs.wait(job, f"{first['Id']}_attempt_1")
    assert first["ErrorMessage"] == retry["ErrorMessage"] == "Odd: first second"
    assert (retry["Attempt"], retry["PreviousRunId"]) == (1, first["Id"])
    assert len(jobs.glue.get_job_runs(JobName=job)["JobRuns"]) == 2


def test_a_run_that_is_stopped_ends_and_makes_room(jobs: Jobs) -> None:
    job = jobs.make(SLEEPS, MaxRetries=1)
    run_id = jobs.start(job)
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        jobs.start(job)
    jobs.wait(job, run_id, frozenset({"RUNNING"}))
    stop = jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id, "jr_unknown"])
    assert [each["JobRunId"] for each in stop["SuccessfulSubmissions"]] == [run_id]
    assert stop["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert jobs.wait(job, run_id)["JobRunState"] == "STOPPED"
    second = jobs.start(job)
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[second])
    assert jobs.wait(job, second)["JobRunState"] == "STOPPED"
    assert len(jobs.glue.get_job_runs(JobName=job)["JobRuns"]) == 2  # no retry of what was stopped


def test_a_job_may_have_more_runs_at_once_where_it_says_so(jobs: Jobs) -> None:
    job = jobs.make(SLEEPS, ExecutionProperty={"MaxConcurrentRuns": 2})
    for _ in range(2):
        jobs.start(job)
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        jobs.start(job)
    jobs.glue.delete_job(JobName=job)  # stops them


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"--additional-python-modules": "polars"}, "--additional-python-modules is not built"),
        ({"--extra-py-files": "s3://b/x.whl"}, "--extra-py-files takes .zip here"),
        ({"--conf": "--conf spark.a=b"}, "--conf takes spark.key=value"),
        ({"--datalake-formats": "hudi"}, "--datalake-formats is not built for hudi"),
        ({"--extra-py-files": "s3://no-such-bucket/x.zip"}, "ClientError"),
    ],
)
def test_what_cannot_be_honoured_fails_the_run_with_the_reason(
    jobs: Jobs, arguments: dict[str, str], message: str
) -> None:
    run = jobs.run(jobs.make("pass", arguments))
    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ({"GlueVersion": "4.0"}, "InvalidInputException"),
        ({"Command": {"Name": "pythonshell", "ScriptLocation": "s3://x/y"}}, "InvalidInput"),
    ],
)
def test_jobs_that_the_local_cloud_cannot_run_are_refused(
    jobs: Jobs, definition: dict[str, Any], code: str
) -> None:
    job = jobs.make("pass", **definition)
    with pytest.raises(ClientError, match=code):
        jobs.start(job)


def test_unknown_jobs_and_runs_are_not_found(jobs: Jobs) -> None:
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        jobs.start("no-such-job")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        jobs.get("no-such-job", "jr_1")


def test_the_script_cannot_import_this_checkout(jobs: Jobs) -> None:
    run = jobs.run(jobs.make("import contracts\n"))
    assert run["ErrorMessage"] == "ModuleNotFoundError: No module named 'contracts'"
