"""Firehose fails in part, and its delivery to S3 fails and is tried again."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.conftest import LocalCloud
from tests.local_aws.faults.conftest import Faults, keys_of


@pytest.fixture
def stream(local_cloud: LocalCloud, bucket: str) -> str:
    name = f"faults-{uuid.uuid4().hex[:8]}"
    local_cloud.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::000000000000:role/any",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        },
    )
    return name


@pytest.mark.parametrize(("fraction", "failed"), [(0.5, 2), (1, 3)])
def test_a_part_of_the_records_is_not_put(
    local_cloud: LocalCloud,
    faults: Faults,
    stream: str,
    bucket: str,
    *,
    fraction: float,
    failed: int,
) -> None:
    records = [{"Data": line} for line in (b"1\n", b"2\n", b"3\n")]
    faults.load(
        {"service": "firehose", "effect": "partial", "resource": stream, "fraction": fraction}
    )

    answer = local_cloud.client("firehose").put_record_batch(
        DeliveryStreamName=stream, Records=records
    )

    told = [each.get("ErrorCode") for each in answer["RequestResponses"]]
    assert answer["FailedPutCount"] == failed
    assert told == [None] * (3 - failed) + ["ServiceUnavailableException"] * failed
    if failed < 3:
        assert _delivered(local_cloud, bucket) == b"1\n"


def _delivered(cloud: LocalCloud, bucket: str) -> bytes:
    deadline = time.monotonic() + 20
    while not (keys := keys_of(cloud, bucket)):
        assert time.monotonic() < deadline, "nothing was delivered"
        time.sleep(0.05)
    content: bytes = cloud.client("s3").get_object(Bucket=bucket, Key=keys[0])["Body"].read()
    return content


@pytest.mark.parametrize("effect", ["error_503", "drop_after"])
def test_firehose_delivers_again_what_s3_did_not_take(
    local_cloud: LocalCloud,
    faults: Faults,
    stream: str,
    bucket: str,
    effect: str,
) -> None:
    fault = {"caller": "firehose", "service": "s3", "resource": f"{bucket}/*"}
    seen = {**fault, "id": "again", "effect": "slow", "seconds": 0}
    faults.load({**fault, "effect": effect}, seen)

    local_cloud.client("firehose").put_record(DeliveryStreamName=stream, Record={"Data": b"once\n"})

    deadline = time.monotonic() + 20
    while len(faults.fired()) < 2:
        assert time.monotonic() < deadline, faults.fired()
        time.sleep(0.05)
    assert _delivered(local_cloud, bucket) == b"once\n"
    assert len(keys_of(local_cloud, bucket)) == 1  # the same object again
    assert {line["resource"] for line in faults.fired()} == {
        f"{bucket}/{key}" for key in keys_of(local_cloud, bucket)
    }
