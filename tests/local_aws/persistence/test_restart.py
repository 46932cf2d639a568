"""What survives a stop, and what survives a death of the cloud."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import cloud
from local_aws.run_files import is_claimed
from local_aws.settings import default_jars_dir

ROLE = "arn:aws:iam::000000000000:role/any"
MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}},
}
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


class Cloud:
    """A local cloud that the tests stop, kill and start again."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.up()

    def up(self) -> None:
        self.endpoints = cloud.up(self.state_dir, default_jars_dir())

    def kill(self) -> None:
        os.kill(int(self.endpoints["pid"]), signal.SIGKILL)
        while is_claimed(self.state_dir):
            time.sleep(0.01)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoints["aws"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cloud]:
    yield Cloud(tmp_path / "state")
    cloud.down(tmp_path / "state")


def _stop(running: Cloud) -> None:
    cloud.down(running.state_dir)


def _die_after_a_while(running: Cloud) -> None:
    time.sleep(5)  # longer than the last saving is away
    running.kill()


@pytest.fixture(params=[_stop, _die_after_a_while], ids=["stopped", "killed"])
def restart(request: pytest.FixtureRequest, running: Cloud) -> Callable[[], None]:
    def restart() -> None:
        request.param(running)
        running.up()

    return restart


def test_everything_is_there_after_a_restart(running: Cloud, restart: Callable[[], None]) -> None:
    s3, dynamodb = running.client("s3"), running.client("dynamodb")
    states, stacks = running.client("stepfunctions"), running.client("cloudformation")
    s3.create_bucket(Bucket="lake-bucket")
    s3.create_bucket(Bucket="empty-bucket")
    s3.put_object(Bucket="lake-bucket", Key="raw/a/é.gz", Body=b"content", Metadata={"k": "v"})
    dynamodb.create_table(TableName="items", **TABLE)
    for i in range(3):
        dynamodb.put_item(TableName="items", Item={"id": {"S": str(i)}, "n": {"N": "1"}})
    dynamodb.delete_item(TableName="items", Key={"id": {"S": "0"}})
    addition = {":n": {"N": "5"}}
    dynamodb.update_item(
        TableName="items",
        Key={"id": {"S": "1"}},
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues=addition,
    )
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "of-stack"}}
    body = json.dumps({"Resources": {"Topic": topic}})
    stacks.create_stack(StackName="a-stack", TemplateBody=body)
    quickly = {"Delay": 0.05, "MaxAttempts": 200}
    stacks.get_waiter("stack_create_complete").wait(StackName="a-stack", WaiterConfig=quickly)
    machine = states.create_state_machine(name="m", roleArn=ROLE, definition=json.dumps(MACHINE))[
        "stateMachineArn"
    ]
    execution = states.start_execution(stateMachineArn=machine, name="e")["executionArn"]

    restart()

    found = s3.get_object(Bucket="lake-bucket", Key="raw/a/é.gz")
    assert (found["Body"].read(), found["Metadata"]) == (b"content", {"k": "v"})
    assert {b["Name"] for b in s3.list_buckets()["Buckets"]} == {"lake-bucket", "empty-bucket"}
    items = {i["id"]["S"]: i["n"]["N"] for i in dynamodb.scan(TableName="items")["Items"]}
    assert items == {"1": "6", "2": "1"}
    assert dynamodb.describe_table(TableName="items")["Table"]["ItemCount"] == 2
    stack = stacks.describe_stacks(StackName="a-stack")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    ended = states.describe_execution(executionArn=execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ServiceRestart")
    events = states.get_execution_history(executionArn=execution)["events"]
    assert events[-1]["type"] == "ExecutionFailed"


def test_a_killed_cloud_loses_no_record_that_firehose_accepted(running: Cloud) -> None:
    s3, firehose = running.client("s3"), running.client("firehose")
    s3.create_bucket(Bucket="lake-bucket")
    firehose.create_delivery_stream(
        DeliveryStreamName="s",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::lake-bucket",
            "Prefix": "raw/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900},
        },
    )
    time.sleep(5)
    for i in range(50):
        records = [{"Data": f"{i}-{j}\n".encode()} for j in range(20)]
        firehose.put_record_batch(DeliveryStreamName="s", Records=records)
    running.kill()
    running.up()
    listed: list[Any] = []
    deadline = time.monotonic() + 10
    while not listed and time.monotonic() < deadline:
        listed = s3.list_objects_v2(Bucket="lake-bucket", Prefix="raw/").get("Contents", [])
    [key] = [found["Key"] for found in listed]
    lines = s3.get_object(Bucket="lake-bucket", Key=key)["Body"].read().decode().split()
    assert lines == [f"{i}-{j}" for i in range(50) for j in range(20)]


def test_a_cloud_that_is_killed_under_load_always_comes_up_again(running: Cloud) -> None:
    dynamodb, sns = running.client("dynamodb"), running.client("sns")
    dynamodb.create_table(TableName="items", **TABLE)
    for round_number in range(3):
        deadline = time.monotonic() + 2.3 + 0.3 * round_number
        i = 0
        while time.monotonic() < deadline:
            sns.create_topic(Name=f"topic-{round_number}-{i}")
            dynamodb.put_item(TableName="items", Item={"id": {"S": f"{round_number}-{i}"}})
            i += 1
        running.kill()
        running.up()
        for path in (running.state_dir / "services").glob("*.json"):
            assert json.loads(path.read_text())
        assert dynamodb.scan(TableName="items", Select="COUNT")["Count"] > 0
        assert sns.list_topics()["Topics"]


def test_a_stack_that_was_being_made_can_be_deleted_after_the_death(running: Cloud) -> None:
    stacks = running.client("cloudformation")
    waits = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    held = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
    }
    body = json.dumps({"Resources": {"Handle": waits, "Held": held}})
    stacks.create_stack(StackName="a-stack", TemplateBody=body)
    time.sleep(5)
    running.kill()
    running.up()
    stack = stacks.describe_stacks(StackName="a-stack")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_FAILED"
    stacks.delete_stack(StackName="a-stack")
    quickly = {"Delay": 0.05, "MaxAttempts": 200}
    stacks.get_waiter("stack_delete_complete").wait(StackName="a-stack", WaiterConfig=quickly)
