"""Whether `cleansed` has changed since `transactions` consumed it, by Iceberg's metadata."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.errors import UnreadableTable
from lambdas.pending_work.lake_tables import LakeCatalog, has_changed_since, is_partition_pending


def cleansed(*snapshots: tuple[int, int | None, str]) -> dict[str, Any]:
    """Return metadata of snapshots (id, parent, operation), of which the last is current."""
    return {
        "current-snapshot-id": snapshots[-1][0] if snapshots else -1,
        "snapshots": [
            {"snapshot-id": name, "parent-snapshot-id": parent, "summary": {"operation": operation}}
            for name, parent, operation in snapshots
        ],
    }


class Aws:
    """The catalog and the metadata files of some tables."""

    def __init__(self, **tables: dict[str, Any] | bytes) -> None:
        self.tables = tables

    def get_table(self, DatabaseName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        assert DatabaseName == "retail"
        if Name not in self.tables:
            raise ClientError({"Error": {"Code": "EntityNotFoundException"}}, "GetTable")
        location = f"s3://lake/warehouse/{Name}/metadata/00001.gz.metadata.json"
        return {"Table": {"Parameters": {"metadata_location": location}}}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert Bucket == "lake"
        content = self.tables[Key.split("/")[1]]
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return {"Body": io.BytesIO(body)}


def catalog(**tables: dict[str, Any] | bytes) -> LakeCatalog:
    aws: Any = Aws(**tables)
    return LakeCatalog(aws, aws, "retail")


def consumed(snapshot: int) -> dict[str, Any]:
    return {"properties": {"etl.cleansed-snapshot-id": str(snapshot)}}


def test_nothing_is_pending_before_there_are_tables():
    assert not is_partition_pending(catalog())


def test_an_empty_cleansed_table_is_not_pending():
    assert not is_partition_pending(catalog(cleansed=cleansed(), transactions={"properties": {}}))
    assert not is_partition_pending(catalog(cleansed={"snapshots": []}))


def test_a_filled_cleansed_table_is_pending_until_transactions_has_consumed_it():
    filled = cleansed((1, None, "append"), (2, 1, "append"))
    assert is_partition_pending(catalog(cleansed=filled))
    assert is_partition_pending(catalog(cleansed=filled, transactions={"properties": {}}))
    assert is_partition_pending(catalog(cleansed=filled, transactions=consumed(1)))
    assert not is_partition_pending(catalog(cleansed=filled, transactions=consumed(2)))


def test_compactions_are_not_work():
    compacted = cleansed((1, None, "append"), (2, 1, "replace"), (3, 2, "replace"))
    assert not has_changed_since(compacted, 1)
    assert not has_changed_since(compacted, 2)


def test_an_append_between_compactions_is_work():
    metadata = cleansed((1, None, "append"), (2, 1, "append"), (3, 2, "replace"))
    assert has_changed_since(metadata, 1)


def test_a_position_whose_snapshot_has_expired_is_work():
    assert has_changed_since(cleansed((3, 2, "replace")), 1)
    assert has_changed_since(cleansed((3, None, "replace")), 1)


def test_a_deletion_is_work():
    assert has_changed_since(cleansed((1, None, "append"), (2, 1, "delete")), 1)


def test_gzipped_metadata_is_read():
    body = gzip.compress(json.dumps(cleansed((1, None, "append"))).encode())
    assert is_partition_pending(catalog(cleansed=body))


@pytest.mark.parametrize("body", [b"", b"[]", b"\x1f\x8bcut off", b"{", b"\xff"])
def test_metadata_that_is_not_icebergs_is_a_terminal_error_that_names_the_file(body: bytes):
    with pytest.raises(UnreadableTable, match=r"00001\.gz\.metadata\.json"):
        is_partition_pending(catalog(cleansed=body))
