"""What reading a table needs: a DuckDB connection, S3, and word of a cancelled query."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from local_aws.athena.errors import QueryCancelledError


@dataclass
class Session:
    """The means of one query.

    Attributes
    ----------
    connection : the query's own connection; its views and tables go when it closes.
    scanning_s3 : makes a boto3 client whose requests are metered as the query's.
    metadata_s3 : one whose requests are not: listings and table metadata cost no scanned bytes.
    folder : an empty folder for temporary files.
    cancelled : set when the query is stopped.
    """

    connection: duckdb.DuckDBPyConnection
    scanning_s3: Callable[[], Any]
    metadata_s3: Any
    folder: Path
    cancelled: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def s3(self) -> Any:
        """The metered client."""
        return self.scanning_s3()

    def check(self) -> None:
        """Give up if the query was stopped.

        Raises
        ------
        QueryCancelledError : it was.
        """
        if self.cancelled.is_set():
            raise QueryCancelledError


def split_url(url: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URL."""
    bucket, _, key = url.split("://", 1)[1].partition("/")
    return bucket, key
