"""The load benchmark runs, tells what was answered, and finds what is missing or doubled."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from benchmarks.ingest_load.arrivals import Arrivals
from benchmarks.ingest_load.figures import milliseconds
from local_aws.settings import CHECKOUT


@pytest.mark.parametrize(
    ("latencies", "figures"),
    [
        ([], None),
        ([0.5], {"p50": 500.0, "p99": 500.0, "max": 500.0}),
        ([n / 1000 for n in range(200, 0, -1)], {"p50": 100.0, "p99": 198.0, "max": 200.0}),
    ],
)
def test_percentiles_are_values_that_were_measured(
    latencies: list[float], figures: dict[str, float] | None
):
    assert milliseconds(latencies) == figures


def test_arrivals_count_each_event_in_every_object_once():
    with mock_aws():
        s3: Any = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lake")
        for name, ids in (("one", ["a", "b"]), ("two", ["b", "c"])):
            lines = "".join(json.dumps({"EventId": each}) + "\n" for each in ids)
            key = f"raw/transactions/ingest_date=2026-01-15/{name}.gz"
            s3.put_object(Bucket="lake", Key=key, Body=gzip.compress(lines.encode()))
        arrivals = Arrivals(s3, "lake")
        arrivals.wait_for(["a", "c"])
        arrivals.look()
    assert arrivals.counts == Counter({"b": 2, "a": 1, "c": 1})


def test_a_short_run_loses_nothing_and_gets_past_the_limits(tmp_path: Path):
    results, page = tmp_path / "load.json", tmp_path / "load.md"
    command = [sys.executable, "-m", "benchmarks.ingest_load", "--clients", "1,4", "--seconds", "1"]
    command += ["--burst", "40", "--limits", "10,10", "--results", str(results)]
    done = subprocess.run(
        [*command, "--page", str(page)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(results.read_text())
    arrived = figures["arrived"]
    assert (arrived["missing"], arrived["doubled"]) == (0, 0)
    assert arrived["accepted"] == sum(phase["events"] for phase in figures["phases"])
    *steady, burst = figures["phases"]
    assert all(set(phase["statuses"]) == {"202"} for phase in steady)
    assert (burst["statuses"]["202"], burst["statuses"]["429"] > 0) == (40, True)
    assert burst["seconds"] >= (40 - 10) / 10
    assert all(phase["memory_mib"]["worker_count"] > 0 for phase in steady)
    assert "Nothing lost, nothing doubled" in page.read_text()
