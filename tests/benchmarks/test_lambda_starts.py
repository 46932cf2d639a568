"""The start benchmark starts every function anew, and says whose times these are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.lambda_starts.invocations import EVENTS, Invocation, read_report
from cli.artifacts import LAMBDAS
from local_aws.settings import CHECKOUT

# As Lambda writes it: AWS Lambda developer guide, "Understanding the Lambda execution environment".
_REPORT = (
    "START RequestId: 1\nREPORT RequestId: 8f507cfc-xmpl\tDuration: 1.51 ms\t"
    "Billed Duration: 403 ms\tMemory Size: 512 MB\tMax Memory Used: 97 MB\t"
)


def test_a_cold_start_tells_its_init_and_a_warm_one_none():
    assert read_report(f"{_REPORT}Init Duration: 401.11 ms\t\n") == Invocation(401.11, 1.51, 97)
    assert read_report(f"{_REPORT}\n") == Invocation(None, 1.51, 97)
    with pytest.raises(ValueError, match="no REPORT line"):
        read_report("START RequestId: 1\n")


def test_a_short_run_starts_every_function_and_writes_figures_and_page(tmp_path: Path):
    results, page = tmp_path / "starts.json", tmp_path / "starts.md"
    command = [sys.executable, "-m", "benchmarks.lambda_starts", "--starts", "1", "--warm", "2"]
    done = subprocess.run(
        [*command, "--results", str(results), "--page", str(page)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    functions = json.loads(results.read_text())["functions"]
    assert {each["name"] for each in functions} == set(EVENTS)
    assert {name.replace("-", "_") for name in EVENTS} == set(LAMBDAS)
    for each in functions:
        assert each["cold_ms"] > each["init_ms"] > 0
        assert each["warm_ms"] < each["cold_ms"]
        assert each["memory_mb"] > 20
        assert each["package_bytes"] > 100_000
    assert "a laptop's\ntimes, not Lambda's" in page.read_text()
