"""The transform's benchmark runs small: the jobs and DuckDB's SQL make the same of every line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from local_aws.settings import CHECKOUT


def test_spark_and_duckdb_make_the_same_of_every_line(tmp_path: Path):
    results, page = tmp_path / "latest.json", tmp_path / "performance.md"
    command = [sys.executable, "-m", "benchmarks.transform", "--rows", "6000"]
    command += ["--repetitions", "1", "--batches", "0", "--results", str(results)]
    done = subprocess.run(
        [*command, "--page", str(page)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    latest = json.loads(results.read_text())
    measured = latest["parts"]["transform_6000"]
    compared = {each.pop("table"): each for each in measured["compared"]}
    assert set(compared) == {"cleansed", "quarantine", "transactions"}
    for each in compared.values():
        assert each["rows"] > 0
        assert (each["only_spark"], each["only_duckdb"]) == (0, 0)
    outcome = measured["spark"]["outcome"]
    assert compared["quarantine"]["rows"] == outcome["rejected"]
    assert compared["transactions"]["rows"] == outcome["inserted"]
    assert min(outcome["duplicates"], outcome["older_versions"]) > 0
    assert measured["rows"] == sum(outcome.values())
    assert set(latest["peak_memory_mib"]) == {"cleanse", "partition", "duckdb"}
    assert latest["transform_vs_duckdb_6000"] == measured["spark_over_duckdb"] > 0
    assert "every row is in both" in page.read_text()
