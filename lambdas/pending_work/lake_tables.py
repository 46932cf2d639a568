"""Tells from Iceberg's metadata whether a stage has consumed all of the table that it reads.

The catalog names each table's metadata file, a JSON document (Iceberg table specification,
version 2, "Table Metadata"), so neither Spark nor an Iceberg library is needed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from lambdas.errors import UnreadableTable

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

CONSUMED_PROPERTY = "etl.cleansed-snapshot-id"
_GZIP_MAGIC = b"\x1f\x8b"
_NO_SNAPSHOT = -1  # what older writers put into current-snapshot-id


@dataclass(frozen=True)
class LakeCatalog:
    """Reads the metadata of the lake's Iceberg tables."""

    glue: GlueClient
    s3: S3Client
    database: str

    def metadata(self, table: str) -> dict[str, Any] | None:
        """Return a table's metadata; None when there is no such table.

        Raises
        ------
        UnreadableTable : the catalog's entry or the file is not Iceberg's.
        """
        try:
            entry = self.glue.get_table(DatabaseName=self.database, Name=table)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            return None
        location = entry.get("Parameters", {}).get("metadata_location")
        if not location:
            raise UnreadableTable(f"the catalog gives no metadata_location for {table}")
        where = urlsplit(location)
        body = self.s3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read()
        return _parse(body, location)


def is_partition_pending(catalog: LakeCatalog) -> bool:
    """Return whether `cleansed` holds a change that `transactions` has not consumed."""
    cleansed = catalog.metadata("cleansed")
    if cleansed is None or _current(cleansed) is None:
        return False
    transactions = catalog.metadata("transactions") or {}
    consumed = transactions.get("properties", {}).get(CONSUMED_PROPERTY)
    return consumed is None or has_changed_since(cleansed, int(consumed))


def is_publish_pending(catalog: LakeCatalog, positions: Iterable[int | None]) -> bool:
    """Return whether `changed_invoices` holds a change that one of the positions is behind."""
    changes = catalog.metadata("changed_invoices")
    if changes is None or _current(changes) is None:
        return False
    return any(position is None or has_changed_since(changes, position) for position in positions)


def has_changed_since(metadata: dict[str, Any], consumed: int) -> bool:
    """Return whether the table has changed since the snapshot `consumed`.

    Snapshots of the operation `replace` (compaction) rewrite files and change no row, so they
    are passed by on the way back from the current snapshot.
    """
    by_id = {snapshot["snapshot-id"]: snapshot for snapshot in metadata.get("snapshots", [])}
    at = _current(metadata)
    while at is not None and at != consumed:
        snapshot = by_id.get(at)
        if snapshot is None or snapshot.get("summary", {}).get("operation") != "replace":
            return True
        at = snapshot.get("parent-snapshot-id")
    return at is None


def _current(metadata: dict[str, Any]) -> int | None:
    current: int | None = metadata.get("current-snapshot-id")
    return None if current == _NO_SNAPSHOT else current


def _parse(body: bytes, location: str) -> dict[str, Any]:
    try:
        text = gzip.decompress(body) if body.startswith(_GZIP_MAGIC) else body
        metadata = json.loads(text)
    except (OSError, EOFError, ValueError) as error:
        raise UnreadableTable(f"{location} cannot be read: {error}") from error
    if not isinstance(metadata, dict):
        raise UnreadableTable(f"{location} is not a JSON object")
    return metadata
