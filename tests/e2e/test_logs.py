"""One execution's lines, from everywhere, told as one story without a customer's data in it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROWS, Pipeline, Run

LEAST_LETTERS = 12  # a shorter description may be a word of ours


Lines = list[dict[str, Any]]


def _run_id(run: Run) -> str:
    return str(run.ledger["execution"]["run_id"])


def _logs(pipeline: Pipeline, run: Run, *options: str) -> Lines:
    printed = pipeline.etl("logs", "--run", _run_id(run), "--json", *options).stdout
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture(scope="module")
def lines(pipeline: Pipeline, first_run: Run) -> Lines:
    return _logs(pipeline, first_run)


def test_a_runs_lines_come_from_its_states_functions_and_jobs_in_order(lines: Lines) -> None:
    assert {line["source"] for line in lines} == {
        "states",
        "lambda run-lock",
        "lambda pending-work",
        "lambda warehouse-load",
        "glue cleanse",
        "glue partition",
        "glue publish",
    }
    times = [line["time"] for line in lines]
    assert times == sorted(times)
    messages = [line["message"] for line in lines]
    assert messages.index("acquired") < messages.index("stage started") < messages.index("released")


def test_every_stage_tells_the_figures_of_its_ledger_item(lines: Lines, first_run: Run) -> None:
    ended = {line["stage"]: line["fields"] for line in lines if line["message"] == "stage ended"}

    assert set(ended) == {"cleanse", "partition", "publish"}
    for stage, fields in ended.items():
        assert fields["job"] == f"etl-local-{stage}-transactions"
        assert fields["rows_out"] == first_run.ledger[stage]["rows_out"]


def test_a_run_emits_its_metrics_once_at_its_end(lines: Lines, first_run: Run) -> None:
    (metrics,) = [line["fields"] for line in lines if line["message"] == "metrics"]
    rejected = sum(int(rows) for rows in first_run.ledger["cleanse"]["rejects"].values())
    assert metrics["RecordsRead"] == [ROWS]
    assert metrics["RecordsRejected"] == [rejected]
    assert metrics["QuarantinePercent"] == [round(100 * rejected / ROWS, 3)]
    assert 0 < metrics["RunSeconds"][0] < first_run.seconds
    assert 0 < metrics["DataAgeMinutes"][0] < 60


def test_the_lines_of_a_stage_are_its_own(pipeline: Pipeline, first_run: Run) -> None:
    own = _logs(pipeline, first_run, "--only", "partition")

    assert {line["stage"] for line in own} == {"partition"}
    assert {line["source"] for line in own} == {"states", "glue partition"}


def test_a_run_without_errors_says_so(pipeline: Pipeline, first_run: Run) -> None:
    done = pipeline.etl("logs", "--run", _run_id(first_run), "--errors")

    assert done.stdout == ""
    assert "no line tells of an error" in done.stderr


def test_the_lines_are_readable_and_hold_nothing_of_what_was_sold(
    pipeline: Pipeline, first_run: Run, sales: Path
) -> None:
    printed = pipeline.etl("logs", "--run", _run_id(first_run)).stdout

    assert f"INFO     stage ended  rows_in={ROWS}" in printed
    with sales.open(encoding="iso-8859-1", newline="") as file:
        descriptions = {row["Description"].strip() for row in csv.DictReader(file)}
    told = [each for each in descriptions if len(each) >= LEAST_LETTERS and each in printed]
    assert len(descriptions) > 100
    assert told == []


def test_a_run_that_never_was_is_named(pipeline: Pipeline) -> None:
    refused = pipeline.etl("logs", "--run", "never-was", check=False)

    assert refused.returncode != 0
    assert refused.stderr.startswith("etl: there is no run never-was")
