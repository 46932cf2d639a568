"""The meter counts what S3 served to one access key, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ministack.services import s3

from local_aws import s3_meter


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(s3, "handle_request", s3.handle_request)  # put back after the test
    s3_meter.install()
    _call("PUT", "/metered")
    _call("PUT", "/metered/warehouse/data/a.parquet", body=b"x" * 1000)
    _call("PUT", "/metered/warehouse/metadata/v1.json", body=b"y" * 10)
    return "metered"


def _call(
    method: str, path: str, key_id: str = "test", body: bytes = b"", **headers: str
) -> tuple[int, Any, bytes]:
    signed = {"authorization": f"AWS4-HMAC-SHA256 Credential={key_id}/20260101/us-east-1/s3/x"}
    answer: tuple[int, Any, bytes] = asyncio.run(
        s3.handle_request(method, path, {**signed, **headers}, body, {})
    )
    return answer


def test_counts_whole_objects_and_ranges_and_tells_data_from_metadata(bucket: str) -> None:
    s3_meter.start("query-1")
    _call("GET", f"/{bucket}/warehouse/metadata/v1.json", "query-1")
    _call("GET", f"/{bucket}/warehouse/data/a.parquet", "query-1")
    _call("GET", f"/{bucket}/warehouse/data/a.parquet", "query-1", range="bytes=0-99")
    assert s3_meter.stop("query-1") == {"requests": 3, "bytes": 1110, "data_bytes": 1100}


def test_does_not_count_other_keys_listings_heads_and_misses(bucket: str) -> None:
    s3_meter.start("query-2")
    _call("GET", f"/{bucket}/warehouse/data/a.parquet", "another")
    _call("GET", f"/{bucket}", "query-2")
    _call("HEAD", f"/{bucket}/warehouse/data/a.parquet", "query-2")
    assert _call("GET", f"/{bucket}/no-such-key", "query-2")[0] == 404
    assert s3_meter.stop("query-2") == {"requests": 0, "bytes": 0, "data_bytes": 0}


def test_a_key_is_counted_only_between_start_and_stop(bucket: str) -> None:
    s3_meter.start("query-3")
    s3_meter.stop("query-3")
    _call("GET", f"/{bucket}/warehouse/data/a.parquet", "query-3")
    with pytest.raises(KeyError):
        s3_meter.stop("query-3")
