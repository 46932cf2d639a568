"""`python -m benchmarks.transform.duckdb_run ENDPOINT BUCKET TARGET`: DuckDB's run, a process each.

Reads the raw objects of the bucket and writes what the jobs write, below s3://BUCKET/TARGET.
Prints what it took as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from benchmarks.engine import connect
from contracts.raw_zone import RAW_PREFIX


def main() -> None:
    """Carry it out."""
    endpoint, bucket, target = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="duckdb-", ignore_cleanup_errors=True) as spill:
        engine = connect(endpoint, Path(spill))
        started = time.monotonic()
        raw = f"s3://{bucket}/{RAW_PREFIX}**/*.gz"
        steps = {}
        for name in ("parse", "write"):
            begun = time.monotonic()
            text = (files("benchmarks.transform") / f"{name}.sql").read_text("utf-8")
            text = text.replace("{target}", f"s3://{bucket}/{target}")
            for statement in engine.extract_statements(text):
                values = {"raw": raw} if "raw" in statement.named_parameters else None
                engine.execute(statement, values)
            steps[name] = round(time.monotonic() - begun, 3)
        seconds = round(time.monotonic() - started, 3)
        engine.close()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "steps": steps, "peak_mib": peak_mib}))


if __name__ == "__main__":
    main()
