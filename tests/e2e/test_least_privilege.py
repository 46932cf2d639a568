"""Every role may do what a whole run asks of it, and what it may do more has a reason."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from local_aws.iam.decisions import read_decisions
from tests.e2e import oracle
from tests.e2e.broken_records import GOOD
from tests.e2e.conftest import Corrections, Pipeline
from tests.e2e.test_stores import api
from tests.least_privilege.evaluation import deployed_policies, needed_by
from tests.least_privilege.grants import grants
from tests.least_privilege.report import WRITES
from tests.least_privilege.requests import Request, normalised, read_recorded, write_recorded

# S3A looks whether a parent of the folder that it makes is a file, and takes a refusal for no.
_REFUSED_AND_HARMLESS = {
    ("PublishRole", "s3:GetObject", "arn:aws:s3:::etl-local-lake-000000000000-us-east-1/OBJECT")
}


@pytest.fixture(scope="module")
def whole_run(pipeline: Pipeline, sales: Path, odd_run: Corrections) -> set[Request]:  # noqa: ARG001
    """After a first run do what else there is to do; return all that roles have asked for."""
    customer = oracle.busiest_customer(sales)
    invoice = api(pipeline, f"/customers/{customer}/invoices?limit=1")["invoices"][0]
    api(pipeline, f"/invoices/{invoice['invoice_no']}")
    api(pipeline, f"/products/{GOOD['StockCode']}")
    _stop_in_the_first_job(pipeline)
    # It takes over the lock of the stopped one.
    pipeline.etl("replay", "--from", "2026-01-01", "--to", "2026-01-01", "--yes")
    _compact(pipeline)
    return normalised(each for each in read_decisions(pipeline.state_dir) if each.allowed)


def test_no_role_is_refused_anything(pipeline: Pipeline, whole_run: set[Request]) -> None:  # noqa: ARG001
    refused = [each for each in read_decisions(pipeline.state_dir) if not each.allowed]
    asked = {(each.role, each.action, each.resource) for each in normalised(refused)}

    assert asked <= _REFUSED_AND_HARMLESS


def test_the_recorded_requests_are_what_this_run_asks_for(
    pipeline: Pipeline, whole_run: set[Request]
) -> None:
    if os.environ.get(WRITES):
        write_recorded(whole_run)
    policies = deployed_policies(pipeline.client("iam"))

    def needs(requests: Iterable[Request]) -> set[tuple[str, str]]:
        return {
            (str(grant), role)
            for grant in grants()
            for role in needed_by(grant, policies, requests)
        }

    assert needs(whole_run) == needs(read_recorded()), "run `make least-privilege`"


def _stop_in_the_first_job(pipeline: Pipeline) -> None:
    """Stop an execution while its first job runs."""
    states, glue = pipeline.client("stepfunctions"), pipeline.client("glue")
    status, _ = pipeline.post(json.dumps({**GOOD, "InvoiceNo": "790001"}).encode())
    assert status == 202
    already = len(glue.get_job_runs(JobName=pipeline.outputs["CleanseJob"])["JobRuns"])
    execution = states.start_execution(
        stateMachineArn=pipeline.outputs["StateMachineArn"],
        name=f"stopped-{time.time_ns()}",
        input=json.dumps({"force": True}),
    )["executionArn"]
    _wait_for(
        lambda: len(glue.get_job_runs(JobName=pipeline.outputs["CleanseJob"])["JobRuns"]) > already
    )
    states.stop_execution(executionArn=execution)
    _wait_for(
        lambda: (
            glue.get_job_runs(JobName=pipeline.outputs["CleanseJob"])["JobRuns"][0]["JobRunState"]
            == "STOPPED"
        )
    )


def _compact(pipeline: Pipeline) -> None:
    states = pipeline.client("stepfunctions")
    execution = states.start_execution(
        stateMachineArn=pipeline.outputs["CompactStateMachineArn"],
        name=f"compact-{time.time_ns()}",
    )["executionArn"]
    _wait_for(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
    assert states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
