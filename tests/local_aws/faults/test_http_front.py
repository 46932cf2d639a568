"""Faults strike boto3's calls to the running local cloud as the real service's faults would."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from local_aws.faults import control
from tests.conftest import LocalCloud
from tests.local_aws.faults.conftest import Faults, keys_of

ONCE = {"retries": {"total_max_attempts": 1}}
BODY = b"x" * 300_000  # more than a connection's buffers hold at once


@pytest.fixture
def table(local_cloud: LocalCloud) -> str:
    name = f"faults-{uuid.uuid4().hex[:8]}"
    local_cloud.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )
    return name


@pytest.mark.parametrize(
    ("effect", "status", "code"),
    [
        ("throttle", 503, "SlowDown"),
        ("error_500", 500, "InternalError"),
        ("error_503", 503, "ServiceUnavailable"),
        ("expired_token", 400, "ExpiredToken"),
    ],
)
def test_a_call_is_answered_with_an_error_and_takes_no_effect(
    local_cloud: LocalCloud, faults: Faults, bucket: str, effect: str, *, status: int, code: str
) -> None:
    faults.load(
        {"service": "s3", "action": "PutObject", "resource": f"{bucket}/*", "effect": effect}
    )
    s3 = local_cloud.client("s3", **ONCE)

    with pytest.raises(ClientError) as failed:
        s3.put_object(Bucket=bucket, Key="a", Body=BODY)

    answer = failed.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert keys_of(local_cloud, bucket) == []
    (line,) = faults.fired()
    assert line.pop("at").endswith("Z")
    assert line == {
        "id": effect,
        "caller": "client",
        "run": None,
        "service": "s3",
        "action": "PutObject",
        "resource": f"{bucket}/a",
        "effect": effect,
    }


def test_the_sdk_retries_a_throttled_call_by_itself(
    local_cloud: LocalCloud, faults: Faults, table: str
) -> None:
    faults.load(
        {
            "service": "dynamodb",
            "action": "PutItem",
            "resource": table,
            "effect": "throttle",
            "times": 2,
        }
    )
    dynamodb = local_cloud.client("dynamodb", retries={"total_max_attempts": 3, "mode": "standard"})

    put = dynamodb.put_item(TableName=table, Item={"k": {"S": "a"}})

    assert put["ResponseMetadata"]["RetryAttempts"] == 2
    assert faults.fired_ids() == ["throttle", "throttle"]


@pytest.mark.parametrize(("effect", "stored"), [("drop_before", []), ("drop_after", ["a"])])
def test_a_dropped_connection_gives_no_answer(
    local_cloud: LocalCloud, faults: Faults, bucket: str, effect: str, stored: list[str]
) -> None:
    faults.load(
        {"service": "s3", "action": "PutObject", "resource": f"{bucket}/*", "effect": effect}
    )
    s3 = local_cloud.client("s3", **ONCE)

    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket=bucket, Key="a", Body=BODY)

    assert keys_of(local_cloud, bucket) == stored
    s3.put_object(Bucket=bucket, Key="b", Body=BODY)  # the same client goes on, by another one


def test_a_slow_call_is_answered_late_and_whole(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    local_cloud.client("s3").put_object(Bucket=bucket, Key="a", Body=BODY)
    faults.load(
        {
            "service": "s3",
            "action": "GetObject",
            "resource": f"{bucket}/a",
            "effect": "slow",
            "seconds": 0.4,
        }
    )

    started = time.monotonic()
    content = local_cloud.client("s3").get_object(Bucket=bucket, Key="a")["Body"].read()

    assert time.monotonic() - started >= 0.4
    assert content == BODY


def test_a_part_of_the_deletes_fails_and_the_rest_is_done(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    s3 = local_cloud.client("s3")
    keys = ["a", "b & <c>", "d"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    faults.load({"service": "s3", "effect": "partial", "resource": bucket, "fraction": 0.6})

    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})

    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["a"]
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [
        ("b & <c>", "InternalError"),
        ("d", "InternalError"),
    ]
    assert keys_of(local_cloud, bucket) == ["b & <c>", "d"]


def test_all_of_the_deletes_can_fail(local_cloud: LocalCloud, faults: Faults, bucket: str) -> None:
    s3 = local_cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    faults.load({"service": "s3", "effect": "partial", "resource": bucket, "fraction": 1})

    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}], "Quiet": True})

    assert [error["Key"] for error in answer["Errors"]] == ["a"]
    assert keys_of(local_cloud, bucket) == ["a"]


def test_a_part_of_quiet_deletes_fails_and_only_that_is_told(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    s3 = local_cloud.client("s3")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    faults.load({"service": "s3", "effect": "partial", "resource": bucket})

    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": True}
    )

    assert "Deleted" not in answer
    assert [error["Key"] for error in answer["Errors"]] == ["b"]
    assert keys_of(local_cloud, bucket) == ["b"]


def test_a_part_of_the_writes_is_unprocessed(
    local_cloud: LocalCloud, faults: Faults, table: str
) -> None:
    dynamodb = local_cloud.client("dynamodb")
    writes = [{"PutRequest": {"Item": {"k": {"S": key}}}} for key in "abcd"]
    faults.load({"service": "dynamodb", "effect": "partial", "resource": table})

    answer = dynamodb.batch_write_item(RequestItems={table: writes})

    assert answer["UnprocessedItems"] == {table: writes[2:]}
    stored = {item["k"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}
    assert stored == {"a", "b"}


def test_a_part_of_the_keys_is_unprocessed(
    local_cloud: LocalCloud, faults: Faults, table: str
) -> None:
    dynamodb = local_cloud.client("dynamodb")
    keys = [{"k": {"S": key}} for key in "ab"]
    for key in keys:
        dynamodb.put_item(TableName=table, Item=key)
    faults.load({"service": "dynamodb", "effect": "partial", "resource": table})

    asked = {table: {"Keys": keys, "ConsistentRead": True}}
    answer = dynamodb.batch_get_item(RequestItems=asked)

    assert answer["Responses"][table] == keys[:1]
    assert answer["UnprocessedKeys"] == {table: {"Keys": keys[1:], "ConsistentRead": True}}


def test_a_batch_of_which_nothing_is_processed_is_throttled(
    local_cloud: LocalCloud, faults: Faults, table: str
) -> None:
    dynamodb = local_cloud.client("dynamodb", **ONCE)
    faults.load({"service": "dynamodb", "effect": "partial", "resource": table, "fraction": 1})

    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": {"k": {"S": "a"}}}}]}
        )

    assert dynamodb.scan(TableName=table)["Items"] == []


def test_an_http_api_fails_in_its_own_words(local_cloud: LocalCloud, faults: Faults) -> None:
    faults.load(
        {"service": "execute-api", "action": "POST", "resource": "/orders", "effect": "throttle"}
    )
    url = f"{local_cloud.endpoint}/_aws/execute-api/none/$default/orders"

    with pytest.raises(urllib.error.HTTPError) as failed:
        urllib.request.urlopen(url, data=b"{}", timeout=10)

    assert (failed.value.code, failed.value.read()) == (429, b'{"message": "Too Many Requests"}')


def test_a_cleared_plan_and_one_that_was_spoilt_strike_nothing(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    s3 = local_cloud.client("s3", **ONCE)

    def put_all(make_harmless: Callable[[], Any]) -> None:
        faults.load(
            {"service": "s3", "resource": f"{bucket}*", "effect": "throttle", "times": None}
        )
        with pytest.raises(ClientError, match="SlowDown"):
            s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        make_harmless()
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")

    put_all(lambda: control.clear(local_cloud.state_dir))
    put_all(lambda: control.plan_file(local_cloud.state_dir).write_text("{"))


def test_a_plan_loaded_anew_counts_from_zero(
    local_cloud: LocalCloud, faults: Faults, bucket: str
) -> None:
    s3 = local_cloud.client("s3", **ONCE)
    for _ in range(2):
        faults.load({"service": "s3", "resource": f"{bucket}*", "effect": "throttle"})
        with pytest.raises(ClientError, match="SlowDown"):
            s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        assert faults.fired_ids() == ["throttle"]


def test_a_call_that_no_fault_strikes_reaches_its_service_unchanged(
    local_cloud: LocalCloud, faults: Faults, bucket: str, table: str
) -> None:
    elsewhere = {"resource": "elsewhere*", "effect": "throttle", "times": None}
    faults.load(
        {"id": "1", "service": "s3", **elsewhere}, {"id": "2", "service": "dynamodb", **elsewhere}
    )
    content = bytes(range(256)) * 20_000
    text = "é\u2028 x" * 50_000

    local_cloud.client("s3").put_object(Bucket=bucket, Key="a b+c%é", Body=content)
    local_cloud.client("dynamodb").put_item(
        TableName=table, Item={"k": {"S": "x"}, "text": {"S": text}}
    )

    got = local_cloud.client("s3").get_object(Bucket=bucket, Key="a b+c%é")["Body"].read()
    item = local_cloud.client("dynamodb").get_item(TableName=table, Key={"k": {"S": "x"}})["Item"]
    assert got == content
    assert item["text"]["S"] == text
    assert faults.fired() == []
