"""What is recorded: all that a deployment lives through, good days and bad, on a cloud of its own.

Each part is here because some permission is used in it only.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local_aws.faults import control
from tests.e2e import broken_records
from tests.e2e.conftest import Pipeline
from tests.e2e.test_stores import api
from tests.least_privilege import service_calls
from tests.least_privilege.deployment import Deployment

ROWS = 300
_SECONDS = 900.0  # where much else runs on the machine
# Both attempts of one execution: it fails, and the next one finds what the dead have left.
_DEATHS = {
    "id": "a publish dies with its mark standing, and again in the retry",
    "caller": "glue:publish_transactions",
    "service": "dynamodb",
    "action": "DeleteItem",
    "effect": "kill_before",
    "times": 2,
}


def play(pipeline: Pipeline, folder: Path, say: Callable[[str], None]) -> None:
    """Let a newly deployed pipeline live through it all; `folder` is for files to send."""
    for part, act in _parts(pipeline, folder):
        say(part)
        act()


def _parts(pipeline: Pipeline, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    file = folder / "sales.csv"
    yield "a first run, with records that are rejected", lambda: _first_run(pipeline, file)
    yield "questions to the history API", lambda: _ask(pipeline, file)
    yield "a publish that dies twice: the execution fails", lambda: _die(pipeline, file)
    yield "the run that recovers", pipeline.run
    yield "a run that is stopped in its first job", lambda: _stop_in_the_first_job(pipeline)
    yield "a replay, which takes over the lock", lambda: _replay(pipeline)
    yield "a rebuild of both stores", lambda: pipeline.etl("rebuild", "all", "--yes")
    yield "a compaction", lambda: _compact(pipeline)
    yield "a schedule's execution, with an input that is refused", lambda: _schedule(pipeline)
    yield "a run with nothing to do", pipeline.run


def _first_run(pipeline: Pipeline, file: Path) -> None:
    pipeline.etl("generate", "--rows", str(ROWS), "--seed", "5", "--out", str(file))
    pipeline.etl("send", str(file))
    pipeline.put_raw("truncated.gz", broken_records.TRUNCATED_GZIP)
    pipeline.put_raw("rejected.json", b'{"InvoiceNo": "1"}\n')
    pipeline.run()


def _first_sale(file: Path) -> dict[str, str]:
    with file.open(encoding="iso-8859-1", newline="") as opened:
        return next(row for row in csv.DictReader(opened) if row["CustomerID"])


def _ask(pipeline: Pipeline, file: Path) -> None:
    sale = _first_sale(file)
    customer = sale["CustomerID"].partition(".")[0]
    api(pipeline, f"/customers/{customer}/invoices?limit=1")
    api(pipeline, f"/invoices/{sale['InvoiceNo']}")
    api(pipeline, f"/products/{sale['StockCode']}")


def _die(pipeline: Pipeline, file: Path) -> None:
    """Correct an invoice; the publish of it dies in both attempts, and the execution fails."""
    correction = {**_first_sale(file), "InvoiceLine": 1, "Quantity": 77}
    landed = pipeline.reconcile()["stores"]["raw"]["rows"]
    status, _ = pipeline.post(json.dumps(correction).encode())
    assert status == 202
    pipeline.wait_until_landed(landed + 1)
    control.load(pipeline.state_dir, json.dumps({"faults": [_DEATHS]}))
    failed = execute(pipeline, "dies")
    fired = control.fired(pipeline.state_dir)
    control.clear(pipeline.state_dir)
    assert failed["status"] == "FAILED", (failed, fired)
    assert len(fired) == 2, fired
    assert pipeline.ledger("dies")["execution"]["status"] == "FAILED"


def execute(pipeline: Pipeline, name: str, order: Mapping[str, Any] | None = None) -> Any:
    """Run an execution to its end; return its description."""
    arn = _start(pipeline, name, order)
    return _ended(pipeline, arn)


def _start(pipeline: Pipeline, name: str, order: Mapping[str, Any] | None = None) -> str:
    started = pipeline.client("stepfunctions").start_execution(
        stateMachineArn=pipeline.outputs["StateMachineArn"],
        name=name,
        input=json.dumps(order or {}),
    )
    return str(started["executionArn"])


def _ended(pipeline: Pipeline, arn: str) -> Any:
    states = pipeline.client("stepfunctions")

    def look() -> Any:
        found = states.describe_execution(executionArn=arn)
        return found if found["status"] != "RUNNING" else None

    return _wait_for(look)


def _stop_in_the_first_job(pipeline: Pipeline) -> None:
    states, glue = pipeline.client("stepfunctions"), pipeline.client("glue")
    job = pipeline.outputs["CleanseJob"]
    already = len(glue.get_job_runs(JobName=job)["JobRuns"])
    arn = _start(pipeline, "stopped", {"force": True})
    _wait_for(lambda: len(glue.get_job_runs(JobName=job)["JobRuns"]) > already)
    states.stop_execution(executionArn=arn)
    newest = "STOPPED"
    _wait_for(lambda: glue.get_job_runs(JobName=job)["JobRuns"][0]["JobRunState"] == newest)


def _replay(pipeline: Pipeline) -> None:
    pages = pipeline.client("s3").get_paginator("list_objects_v2")
    lake = {"Bucket": pipeline.outputs["LakeBucket"], "Prefix": "raw/transactions/"}
    days = sorted(
        key.split("ingest_date=")[1][:10] for key in pages.paginate(**lake).search("Contents[].Key")
    )
    done = pipeline.etl("replay", "--from", days[0], "--to", days[-1], "--yes")
    assert "SUCCEEDED" in done.stdout


def _compact(pipeline: Pipeline) -> None:
    arn = pipeline.client("stepfunctions").start_execution(
        stateMachineArn=pipeline.outputs["CompactStateMachineArn"], name="compact"
    )["executionArn"]
    assert _ended(pipeline, arn)["status"] == "SUCCEEDED"


def _schedule(pipeline: Pipeline) -> None:
    cloud = Deployment(pipeline.endpoint, pipeline.outputs)
    before = len(service_calls.executions(cloud))
    service_calls.schedule_an_execution(cloud, "ScheduleRole")
    _wait_for(lambda: len(service_calls.executions(cloud)) > before)
    newest = max(service_calls.executions(cloud), key=lambda each: each["startDate"])
    assert _ended(pipeline, newest["executionArn"])["status"] == "FAILED"


def _wait_for(find: Callable[[], Any]) -> Any:
    """Return what `find` finds, as soon as it finds something."""
    deadline = time.monotonic() + _SECONDS
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found
