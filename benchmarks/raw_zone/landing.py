"""Lands generated transactions in raw/ of a local cloud, without sending each through the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb

from benchmarks.deployment import Deployment, run_etl
from contracts.raw_zone import RAW_PREFIX

MOST_GENERATED = 5_000_000
"""Rows that are generated; more are copies of these, with invoices and customers of their own."""
OBJECT_ROWS = 220_000
"""Rows of a raw object: 64 MiB before compression, half of what Firehose buffers at most."""

_HOURS = 24


@dataclass(frozen=True)
class History:
    """What is landed at first.

    Attributes
    ----------
    copies : of what was generated.
    rows : first sent; those sent again come on top.
    """

    copies: int
    rows: int


@dataclass(frozen=True)
class _Object:
    """A file that becomes the object of this key."""

    file: Path
    key: str


class RawZone:
    """The raw zone of a bucket, filled by DuckDB.

    Parameters
    ----------
    engine : any DuckDB; generated lines stay in it.
    cloud : whose lake it is.
    folder : for files under way.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, cloud: Deployment, folder: Path) -> None:
        self._engine = engine
        self._s3 = cloud.client("s3")
        self._bucket = cloud.outputs["LakeBucket"]
        self._folder = folder
        self._now = datetime.now(UTC).replace(tzinfo=None)

    def land_history(self, rows: int) -> History:
        """Generate transactions and land them, over the hours before now."""
        copies = -(-rows // MOST_GENERATED)
        generated = self._folder / "generated.csv"
        run_etl("generate", "--out", str(generated), "--rows", str(rows // copies))
        self._engine.execute(_sql("sold_lines"), {"file": str(generated)})
        generated.unlink()
        history = History(copies, rows // copies * copies)
        objects = max(2, -(-history.rows // OBJECT_ROWS))
        each = -(-history.rows // objects)

        def write(number: int) -> _Object:
            start = self._now - timedelta(hours=_HOURS * (objects - number) / objects)
            first = f"{copies}, {number * each}, {min((number + 1) * each, history.rows) - 1}"
            again = f"{copies}, {(number - 1) * each}, {number * each - 1}"
            before = _moment(start - timedelta(hours=_HOURS / objects))
            return self._write(
                f"SELECT *, {_moment(start)} AS received_at FROM first_sent({first}) "
                "UNION ALL BY NAME SELECT * EXCLUDE (at_once), "
                f"CASE WHEN at_once THEN {before} ELSE {_moment(start)} END AS received_at "
                f"FROM sent_again({again})",
                start,
                f"history-{number:05d}",
            )

        with ThreadPoolExecutor(2) as pool:
            for written in pool.map(write, range(objects)):
                self._put(written)
        return history

    def land_batch(self, history: History, number: int, rows: int) -> None:
        """Land a later batch of about so many rows; equal numbers give equal batches."""
        objects = max(1, -(-rows // OBJECT_ROWS))
        sent = f"FROM sent_later({history.copies}, {number}, {rows})"
        for part in range(objects):
            written = self._write(
                f"SELECT *, {_moment(self._now)} AS received_at {sent} "
                f"WHERE hash(InvoiceNo) % {objects} = {part}",
                self._now,
                f"batch-{number:03d}-{part:05d}",
            )
            self._put(written)

    def _write(self, records: str, received: datetime, name: str) -> _Object:
        folder = f"ingest_date={received:%Y-%m-%d}/ingest_hour={received:%H}"
        file = self._folder / f"{name}.gz"
        with self._engine.cursor() as cursor:
            cursor.execute(_sql("sent_records"))
            cursor.execute(_sql("landed_lines"))
            cursor.execute(
                f"COPY (SELECT landed_line(sent) FROM ({records}) sent "
                f"ORDER BY length(InvoiceNo), InvoiceNo, place) TO '{file}' "
                "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', "
                "COMPRESSION gzip)"
            )
        return _Object(file, f"{RAW_PREFIX}{folder}/{file.name}")

    def _put(self, written: _Object) -> None:
        self._s3.upload_file(str(written.file), self._bucket, written.key)
        written.file.unlink()


def _moment(at: datetime) -> str:
    return f"TIMESTAMP '{at.isoformat(sep=' ', timespec='milliseconds')}'"


def _sql(name: str) -> str:
    return (files("benchmarks.raw_zone") / f"{name}.sql").read_text("utf-8")
