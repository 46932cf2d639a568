"""DuckDB on this machine, with its S3 client pointed to a local cloud."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from benchmarks.deployment import KEY
from local_aws.athena.duckdb_engines import extension_file
from local_aws.settings import REGION

THREADS = 2
MEMORY = "4GB"
"""The heap of a local Spark."""


def connect(endpoint: str, spill: Path) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB that reads and writes S3 and Iceberg; what its memory cannot hold it spills.

    Neither order nor files are kept: it reads what it is asked to, as fast as it can.
    """
    engine = duckdb.connect(
        config={"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(spill)}
    )
    for name in ("httpfs", "avro", "iceberg"):
        engine.execute(f"LOAD '{extension_file(name)}'")
    engine.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    engine.execute("SET enable_external_file_cache = false")
    engine.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{KEY}', SECRET '{KEY}', REGION '{REGION}', "
        f"URL_STYLE 'path', USE_SSL false, ENDPOINT '{urlsplit(endpoint).netloc}')"
    )
    return engine
