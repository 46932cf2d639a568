"""One deployed local cloud for the end-to-end tests, driven by `etl` as users drive it."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pandas as pd
import psycopg
import pytest

from tests.e2e import broken_records

LOCAL = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


ROWS = 20_000

# They leave events of their own in the shared pipeline; others compare it with what was sent.
# The last one looks at what all of them have asked of AWS.
LAST = ("test_recovery.py", "test_replay.py", "test_doctor.py", "test_least_privilege.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that change the pipeline last, in their order above."""
    order = {name: place for place, name in enumerate(LAST)}
    items.sort(key=lambda item: order.get(item.path.name, -1))


@dataclass(frozen=True)
class Pipeline:
    """The deployed stack, reached only by the `etl` command and AWS's own APIs."""

    state_dir: Path
    environment: dict[str, str]
    outputs: dict[str, str] = field(default_factory=dict)

    def etl(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the `etl` command; fail the test with its output when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.app", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=540,
            check=False,
        )
        assert not check or done.returncode == 0, f"etl {arguments}:\n{done.stdout}\n{done.stderr}"
        return done

    def client(self, service: str) -> Any:
        """Return a boto3 client of the local cloud."""
        return boto3.client(service, endpoint_url=self.endpoint, **LOCAL)

    @property
    def endpoint(self) -> str:
        """URL of the local cloud's AWS API."""
        endpoint: str = json.loads((self.state_dir / "endpoints.json").read_text())["aws"]
        return endpoint

    def athena(self, sql: str) -> list[dict[str, Any]]:
        """Return a query's rows, as `etl athena` gives them."""
        rows: list[dict[str, Any]] = json.loads(self.etl("athena", sql, "--format", "json").stdout)
        return rows

    def reconcile(self) -> dict[str, Any]:
        """Return `etl reconcile --json`; its exit code is the caller's business."""
        report: dict[str, Any] = json.loads(self.etl("reconcile", "--json", check=False).stdout)
        return report

    def put_raw(self, name: str, body: bytes) -> str:
        """Drop a file into raw/ as another system would; return its key."""
        key = f"raw/transactions/ingest_date=2026-01-01/ingest_hour=00/{name}"
        self.client("s3").put_object(Bucket=self.outputs["LakeBucket"], Key=key, Body=body)
        return key

    def ledger(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the run's ledger items by stage."""
        table = boto3.resource("dynamodb", endpoint_url=self.endpoint, **LOCAL).Table(
            self.outputs["LedgerTable"]
        )
        key = boto3.dynamodb.conditions.Key("run_id")
        items = table.query(KeyConditionExpression=key.eq(run_id))["Items"]
        return {str(item["stage"]): item for item in items}

    def run(self) -> dict[str, dict[str, Any]]:
        """Run the pipeline once; return the run's ledger."""
        printed = self.etl("run").stdout
        executions = self.client("stepfunctions").list_executions(
            stateMachineArn=self.outputs["StateMachineArn"]
        )["executions"]
        newest = max(executions, key=lambda execution: execution["startDate"])
        assert newest["status"] == "SUCCEEDED", printed
        return self.ledger(newest["name"])

    def job_runs(self) -> int:
        """Return how many Glue job runs there have been."""
        glue = self.client("glue")
        jobs = (self.outputs[name] for name in ("CleanseJob", "PartitionJob", "CompactJob"))
        return sum(len(glue.get_job_runs(JobName=job)["JobRuns"]) for job in jobs)

    def post(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """POST a body to the API as a shop would; return the status and the answer."""
        url = f"{self.endpoint}/_aws/execute-api/{self.outputs['ApiId']}/$default/transactions"
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def wait_until_landed(self, records: int) -> None:
        """Wait until raw/ holds this many lines: Firehose delivers after its buffering time."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.reconcile()["stores"]["raw"]["rows"] >= records:
                return
            time.sleep(1)
        raise AssertionError(f"raw/ does not hold {records} lines: {self.reconcile()}")


@contextlib.contextmanager
def open_pipeline(state_dir: Path) -> Iterator[Pipeline]:
    """Start and deploy a cloud by `etl up`, with IAM enforced as users have it; stop it."""
    environment = {
        **os.environ,
        "ETL_STATE_DIR": str(state_dir),
        "NO_COLOR": "1",
        "ETL_IAM": "on",
    }
    pipeline = Pipeline(state_dir, environment)
    try:
        pipeline.etl("up")
        stacks = pipeline.client("cloudformation").describe_stacks(StackName="etl-local")
        for output in stacks["Stacks"][0]["Outputs"]:
            pipeline.outputs[output["OutputKey"]] = output["OutputValue"]
        yield pipeline
    finally:
        pipeline.etl("down")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """Return the pipeline that these tests share."""
    with open_pipeline(tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@dataclass(frozen=True)
class Run:
    """What one execution left behind."""

    ledger: dict[str, dict[str, Any]]
    seconds: float
    reconciled: dict[str, Any]
    data_files: list[str]
    finished: str


def run_pipeline(pipeline: Pipeline) -> Run:
    """Run the pipeline and look at the stores."""
    started = time.monotonic()
    ledger = pipeline.run()
    seconds = time.monotonic() - started
    files = pipeline.athena('select file_path from "transactions$files" order by 1')
    now = pipeline.athena("select cast(current_timestamp as varchar) as t")[0]["t"]
    return Run(ledger, seconds, pipeline.reconcile(), [file["file_path"] for file in files], now)


@pytest.fixture(scope="session")
def sales(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generated file with the quirks of the real one."""
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    pipeline.etl("generate", "--rows", str(ROWS), "--seed", "7", "--out", str(path))
    return path


@pytest.fixture(scope="session")
def first_run(pipeline: Pipeline, sales: Path) -> Run:
    pipeline.etl("send", str(sales))
    return run_pipeline(pipeline)


@pytest.fixture(scope="session")
def login(pipeline: Pipeline, first_run: Run) -> dict[str, str]:  # noqa: ARG001
    """Return what `etl login` tells other tools; the lake and the warehouse hold data."""
    exports = pipeline.etl("login").stdout.splitlines()
    return dict(shlex.split(line)[1].split("=", 1) for line in exports)


@pytest.fixture(scope="session")
def sql_client(login: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection to the warehouse as SQL tools have it; it leaves no lock behind."""
    with psycopg.connect(
        host=login["PGHOST"],
        port=login["PGPORT"],
        dbname=login["PGDATABASE"],
        user=login["PGUSER"],
        password=login["PGPASSWORD"],
        autocommit=True,
    ) as connection:
        yield connection


@pytest.fixture(scope="session")
def repeated_run(pipeline: Pipeline, sales: Path, first_run: Run) -> Run:  # noqa: ARG001
    pipeline.etl("send", str(sales))
    return run_pipeline(pipeline)


@dataclass(frozen=True)
class Corrections:
    """An invoice line of the file, and the versions of it that were sent afterwards."""

    before: dict[str, str]
    run: Run
    api: list[tuple[int, dict[str, Any]]]


@pytest.fixture(scope="session")
def odd_run(pipeline: Pipeline, sales: Path, repeated_run: Run) -> Corrections:
    """Send corrections, tutorial events and a thousand records of which 37 are broken; run once."""
    with sales.open(encoding="iso-8859-1", newline="") as file:
        before = next(row for row in csv.DictReader(file) if row["InvoiceNo"].isdigit())
    already = repeated_run.reconciled["stores"]["raw"]["rows"]
    line = {**before, "InvoiceLine": 1}
    answers = [
        pipeline.post(json.dumps({**line, "Quantity": 77}).encode()),
        pipeline.post(json.dumps({**line, "InvoiceDate": "2010-01-31 10:00"}).encode()),
    ]
    # A version that was received before all others, as another system may drop it into raw/.
    older = {
        **line,
        "Quantity": 5,
        "received_at": "2009-01-01T00:00:00.000Z",
        "InvoiceDate": "2009-01-01 00:00",
    }
    pipeline.put_raw("older.json", json.dumps(older).encode() + b"\n")
    tutorial = pd.DataFrame([before | {"InvoiceNo": "699999", "InvoiceDate": "12/1/2010 8:26"}])
    tutorial = tutorial.astype({"Quantity": int, "UnitPrice": float}).assign(CustomerID=17850.0)
    answers.append(pipeline.post(tutorial.iloc[0].to_json().encode()))
    records = [broken_records.good_record(line) for line in range(1, 963)]
    records.append(broken_records.good_record(963, **broken_records.INTACT))
    broken = [
        {**broken_records.GOOD, "InvoiceNo": f"8{number:05d}", **changes}
        for number, (changes, _, _) in enumerate(broken_records.BROKEN_FIELDS)
    ]
    answers.append(pipeline.post(json.dumps(records + broken_records.NOT_OBJECTS).encode()))
    answers.append(pipeline.post("\n".join(json.dumps(each) for each in broken).encode()))
    pipeline.put_raw("truncated.gz", broken_records.TRUNCATED_GZIP)
    pipeline.wait_until_landed(already + 4 + len(records) + len(broken))
    return Corrections(before, run_pipeline(pipeline), answers)
