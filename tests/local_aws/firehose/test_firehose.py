"""Firehose through its API: what a client sees of limits, buffering and delivery."""

from __future__ import annotations

import gzip
import re
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from conftest import LocalCloud


@pytest.fixture
def bucket(local_cloud: LocalCloud) -> str:
    name = f"lake-{uuid.uuid4().hex[:8]}"
    local_cloud.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def stream(local_cloud: LocalCloud, bucket: str) -> Iterator[str]:
    name = f"stream-{uuid.uuid4().hex[:8]}"
    local_cloud.client("firehose").create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration=_destination(bucket)
    )
    yield name
    local_cloud.client("firehose").delete_delivery_stream(DeliveryStreamName=name)


def _destination(bucket: str, **changes: Any) -> dict[str, Any]:
    return {
        "RoleARN": "arn:aws:iam::000000000000:role/firehose",
        "BucketARN": f"arn:aws:s3:::{bucket}",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
        "CompressionFormat": "GZIP",
        "Prefix": "raw/d=!{timestamp:yyyy-MM-dd}/h=!{timestamp:HH}/",
        "ErrorOutputPrefix": "raw-errors/!{firehose:error-output-type}/",
        **changes,
    }


def _delivered(local_cloud: LocalCloud, bucket: str, count: int = 1) -> dict[str, bytes]:
    s3 = local_cloud.client("s3")
    deadline = time.monotonic() + 10
    while True:
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        if len(listed) >= count or time.monotonic() > deadline:
            keys = [found["Key"] for found in listed]
            return {k: s3.get_object(Bucket=bucket, Key=k)["Body"].read() for k in keys}
        time.sleep(0.05)


def _error_of(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_records_of_several_calls_arrive_in_one_compressed_object(
    local_cloud: LocalCloud, bucket: str, stream: str
) -> None:
    firehose = local_cloud.client("firehose")
    answer = firehose.put_record_batch(
        DeliveryStreamName=stream, Records=[{"Data": b"a\n"}, {"Data": "é£\n".encode()}]
    )
    firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"c\n"})
    assert answer["FailedPutCount"] == 0
    assert len({record["RecordId"] for record in answer["RequestResponses"]}) == 2
    [(key, body)] = _delivered(local_cloud, bucket).items()
    assert re.fullmatch(
        rf"raw/d=[\d-]{{10}}/h=\d\d/{stream}-1-[\d-]{{19}}-[0-9a-f-]{{36}}\.gz", key
    )
    assert gzip.decompress(body) == "a\né£\nc\n".encode()


def test_a_buffer_is_delivered_at_its_size_without_waiting_for_its_age(
    local_cloud: LocalCloud, bucket: str
) -> None:
    firehose = local_cloud.client("firehose")
    hints = {"SizeInMBs": 1, "IntervalInSeconds": 900}
    firehose.create_delivery_stream(
        DeliveryStreamName=f"{bucket}-big",
        ExtendedS3DestinationConfiguration=_destination(bucket, BufferingHints=hints),
    )
    for _ in range(2):
        records = [{"Data": b"x" * 1000 * 1024}]
        firehose.put_record_batch(DeliveryStreamName=f"{bucket}-big", Records=records)
    assert [len(gzip.decompress(b)) for b in _delivered(local_cloud, bucket).values()] == [2048000]


def test_deleting_a_stream_delivers_its_buffer(local_cloud: LocalCloud, bucket: str) -> None:
    firehose = local_cloud.client("firehose")
    hints = {"SizeInMBs": 1, "IntervalInSeconds": 900}
    firehose.create_delivery_stream(
        DeliveryStreamName=f"{bucket}-gone",
        ExtendedS3DestinationConfiguration=_destination(bucket, BufferingHints=hints),
    )
    firehose.put_record(DeliveryStreamName=f"{bucket}-gone", Record={"Data": b"a\n"})
    firehose.delete_delivery_stream(DeliveryStreamName=f"{bucket}-gone")
    assert len(_delivered(local_cloud, bucket)) == 1


def test_the_limits_of_a_call_are_firehoses(local_cloud: LocalCloud, stream: str) -> None:
    firehose = local_cloud.client("firehose", parameter_validation=False)

    def put(records: list[dict[str, Any]]) -> tuple[str, str]:
        return _error_of(firehose.put_record_batch, DeliveryStreamName=stream, Records=records)

    assert put([{"Data": b"x"}] * 501)[0] == "ValidationException"
    assert put([])[0] == "ValidationException"
    code, message = put([{"Data": b"x"}, {"Data": b"x" * 1_024_001}])
    assert code == "ValidationException"
    assert "records.2.member.data" in message
    assert put([{"Data": b"x" * 1_024_000}] * 5) == (
        "InvalidArgumentException",
        "Records size exceeds 4 MB limit",
    )
    accepted = firehose.put_record_batch(
        DeliveryStreamName=stream, Records=[{"Data": b"x" * 1_024_000}] * 4
    )
    assert accepted["FailedPutCount"] == 0


def test_an_unknown_stream_is_named(local_cloud: LocalCloud) -> None:
    code, message = _error_of(
        local_cloud.client("firehose").put_record,
        DeliveryStreamName="nobody",
        Record={"Data": b"x"},
    )
    assert code == "ResourceNotFoundException"
    assert "nobody" in message


@pytest.mark.parametrize(
    "change",
    [
        {"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}},
        {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 901}},
        {"CompressionFormat": "Snappy"},
        {"DynamicPartitioningConfiguration": {"Enabled": True}},
        {"ErrorOutputPrefix": ""},
        {"FileExtension": "gz"},
    ],
)
def test_a_configuration_that_cannot_be_honoured_is_refused(
    local_cloud: LocalCloud, bucket: str, change: dict[str, Any]
) -> None:
    code, _ = _error_of(
        local_cloud.client("firehose").create_delivery_stream,
        DeliveryStreamName=f"{bucket}-refused",
        ExtendedS3DestinationConfiguration=_destination(bucket, **change),
    )
    assert code == "InvalidArgumentException"
