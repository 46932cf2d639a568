"""Cleanse and partition give the same rows on several executor processes as in one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from local_aws.settings import CHECKOUT
from tests.glue_jobs.several_executors import derive


def test_several_executors_derive_the_same_rows_as_one_process(spark: SparkSession, tmp_path: Path):
    command = [sys.executable, "-m", "tests.glue_jobs.several_executors", str(tmp_path)]
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    executors = {name: tasks for name, tasks in found["tasks"].items() if name != "driver"}
    assert len(executors) == 2
    assert min(executors.values()) > 0
    expected = derive(spark)
    assert all(expected.values())
    assert found["truth"] == expected
