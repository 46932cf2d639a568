"""DuckDB engines, loaded once and lent to one query at a time."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb

from local_aws.athena.dialect.macros import MACROS
from local_aws.athena.java_numbers import java_double, java_float
from local_aws.athena.tables.json_values import json_field, json_scalar
from local_aws.settings import REGION, CloudSettings

_EXTENSIONS = ("httpfs", "avro", "iceberg")
_MEMORY = "1GB"  # for each engine; what goes beyond is spilled to disk, or the query fails


class EnginePool:
    """At most `size` engines; each has no cache, so that it reads what its query needs."""

    def __init__(self, settings: CloudSettings, size: int) -> None:
        self._settings = settings
        self._idle: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        self._room = threading.BoundedSemaphore(size)

    @contextlib.contextmanager
    def lend(self, key_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a connection whose S3 requests carry the access key `key_id`."""
        with self._room:
            try:
                engine = self._idle.get_nowait()
            except queue.Empty:
                engine = self._start()
            connection = engine.cursor()
            try:
                connection.execute(self._secret(key_id))
                yield connection
            except (duckdb.FatalException, duckdb.InternalException):
                engine.close()  # it answers nothing any more
                raise
            except BaseException:
                self._idle.put(engine)
                raise
            else:
                self._idle.put(engine)
            finally:
                connection.close()

    def warm_up(self) -> None:
        """Start an engine ahead of the first query."""
        with self.lend("warm-up") as connection:
            connection.execute("SELECT 1")

    def close(self) -> None:
        """Close every idle engine."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _secret(self, key_id: str) -> str:
        return (
            "CREATE OR REPLACE SECRET of_the_query (TYPE s3, PROVIDER config, "
            f"KEY_ID '{key_id}', SECRET 'test', REGION '{REGION}', URL_STYLE 'path', "
            f"USE_SSL false, ENDPOINT '{urlsplit(self._settings.endpoint).netloc}')"
        )

    def _start(self) -> duckdb.DuckDBPyConnection:
        spill = self._settings.state_dir / "athena" / "spill"
        spill.mkdir(parents=True, exist_ok=True)
        engine = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        for name in _EXTENSIONS:
            engine.execute(f"LOAD '{extension_file(name)}'")
        engine.execute("SET enable_external_file_cache = false; SET TimeZone = 'UTC'")
        engine.execute("SET allow_persistent_secrets = false")
        install_functions(engine)
        return engine


def install_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros and functions that translated queries call."""
    connection.execute(MACROS)
    connection.execute("SET order_by_non_integer_literal = true")
    make: Any = connection.create_function  # its types want DuckDB's type objects, not their names
    texts = ["VARCHAR", "VARCHAR"]
    make("athena_json_field", json_field, [*texts, "INTEGER"], "VARCHAR", null_handling="special")
    make("athena_json_scalar", json_scalar, texts, "VARCHAR", null_handling="special")
    make("athena_double_text", java_double, ["DOUBLE"], "VARCHAR")
    make("athena_real_text", java_float, ["FLOAT"], "VARCHAR")


def extension_file(name: str) -> Path:
    """Return the file of a DuckDB extension that came as a Python package.

    Raises
    ------
    FileNotFoundError : the package is not installed.
    """
    found = find_spec(f"duckdb_extension_{name}")
    for folder in (found.submodule_search_locations or []) if found else []:
        for file in Path(folder).rglob("*.duckdb_extension"):
            return file
    raise FileNotFoundError(f"The package duckdb-extension-{name} is not installed")
