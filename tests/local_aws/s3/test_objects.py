"""Objects through the API: ranges, times and any access key."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import LocalCloud


@pytest.fixture
def bucket(local_cloud: LocalCloud) -> str:
    name = f"objects-{uuid.uuid4().hex[:8]}"
    local_cloud.client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("bytes=0-3", b"0123"), ("bytes=4-", b"456789"), ("bytes=-2", b"89"), ("bytes=8-99", b"89")],
)
def test_a_range_is_what_it_says(
    local_cloud: LocalCloud, bucket: str, wanted: str, expected: bytes
) -> None:
    s3 = local_cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    answer = s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert answer["Body"].read() == expected
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_a_range_beyond_the_end_is_refused(local_cloud: LocalCloud, bucket: str) -> None:
    s3 = local_cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with pytest.raises(s3.exceptions.ClientError, match="InvalidRange"):
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")


def test_small_ranges_of_a_large_object_do_not_read_all_of_it(
    local_cloud: LocalCloud, bucket: str
) -> None:
    s3 = local_cloud.client("s3", max_pool_connections=4)
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(100_000_000))

    def read(i: int) -> int:
        answer = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={i * 1000}-{i * 1000 + 9}")
        return len(answer["Body"].read())

    started = time.monotonic()
    with ThreadPoolExecutor(4) as readers:
        assert set(readers.map(read, range(100))) == {10}
    assert time.monotonic() - started < 2.5  # 100 whole reads take far longer


def test_last_modified_is_in_whole_seconds_wherever_it_is_told(
    local_cloud: LocalCloud, bucket: str
) -> None:
    s3 = local_cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["LastModified"]
    assert listed.microsecond == 0
    assert listed == s3.head_object(Bucket=bucket, Key="k")["LastModified"]


def test_a_multipart_object_is_as_old_as_its_beginning(
    local_cloud: LocalCloud, bucket: str
) -> None:
    s3 = local_cloud.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x" * 100)
    time.sleep(1.1)
    s3.put_object(Bucket=bucket, Key="between", Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts)
    found = {o["Key"]: o["LastModified"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert found["k"] < found["between"]


def test_every_access_key_belongs_to_the_one_account(local_cloud: LocalCloud, bucket: str) -> None:
    other = local_cloud.client("s3", access_key_id="athena-query-1")
    assert bucket in [b["Name"] for b in other.list_buckets()["Buckets"]]
    identity = local_cloud.client("sts", access_key_id="AKIAIOSFODNN7EXAMPLE")
    assert identity.get_caller_identity()["Account"] == "000000000000"


def test_a_listing_of_many_keys_takes_no_sorting_of_all_for_each_page(
    local_cloud: LocalCloud, bucket: str
) -> None:
    s3 = local_cloud.client("s3", max_pool_connections=8)
    keys = [f"raw/d={i % 10}/{i:05d}" for i in range(3000)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b""), keys))
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 100}
    )
    listed = [found["Key"] for page in pages for found in page["Contents"]]
    assert listed == sorted(keys)
    folders = s3.list_objects_v2(Bucket=bucket, Prefix="raw/", Delimiter="/")["CommonPrefixes"]
    assert [each["Prefix"] for each in folders] == [f"raw/d={i}/" for i in range(10)]
