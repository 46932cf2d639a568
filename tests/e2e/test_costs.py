"""What a run costs, told from what the services recorded of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.e2e.conftest import ROWS, Pipeline, Run


def _quantities(report: dict[str, Any]) -> dict[tuple[str, str], Decimal]:
    lines = report["run"]["lines"]
    return {(line["part"], line["price"]): Decimal(line["quantity"]) for line in lines}


def test_a_runs_cost_follows_from_what_it_did(pipeline: Pipeline, first_run: Run) -> None:
    run_id = first_run.ledger["execution"]["run_id"]

    report = json.loads(pipeline.etl("cost", "--run", run_id, "--json").stdout)

    used = _quantities(report)
    assert report["run_id"] == run_id
    assert report["transactions"] == first_run.reconciled["stores"]["cleansed"]["rows"] == ROWS
    assert used["publish", "dynamodb_write_unit"] == first_run.ledger["publish"]["write_units"]
    assert used["send", "lambda_request"] <= used["send", "http_api_request"]
    raw = first_run.reconciled["stores"]["raw"]
    assert used["send", "s3_put"] == raw["objects"]
    # two workers for a minute at least, each of three jobs
    for stage in ("cleanse", "partition", "publish"):
        assert used[stage, "glue_dpu_hour"] >= Decimal(120) / 3600
    assert used["warehouse", "redshift_rpu_hour"] >= Decimal(8 * 60) / 3600
    total = sum(Decimal(line["usd"]) for line in report["run"]["lines"])
    assert abs(total - Decimal(report["run"]["usd"])) < Decimal("0.0001")


def test_row_by_row_costs_more(pipeline: Pipeline, first_run: Run) -> None:
    run_id = first_run.ledger["execution"]["run_id"]

    printed = pipeline.etl("cost", "--run", run_id).stdout

    assert "times cheaper than row by row" in printed
    assert "USD for a million transactions" in printed


def test_a_run_that_never_was_is_named(pipeline: Pipeline) -> None:
    refused = pipeline.etl("cost", "--run", "never-was", check=False)

    assert refused.returncode != 0
    assert refused.stderr.startswith("etl: there is no run never-was")
