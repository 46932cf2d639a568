"""Faults strike the calls of a Task state, with the error names that Step Functions gives them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from tests.conftest import LocalCloud
from tests.local_aws.faults.conftest import Faults

ROLE = "arn:aws:iam::000000000000:role/any"
LAMBDA = ("lambda:invoke", {"FunctionName": "faults-none"}, "lambda", "Invoke", "faults-none")
GLUE = ("glue:startJobRun.sync", {"JobName": "faults-none"}, "glue", "StartJobRun", "faults-none")
DYNAMODB = (
    "dynamodb:updateItem",
    {"TableName": "faults-none", "Key": {}},
    "dynamodb",
    "UpdateItem",
    "faults-none",
)
DATA_API = (
    "aws-sdk:redshiftdata:batchExecuteStatement",
    {"WorkgroupName": "faults-none", "Database": "dev", "Sqls": ["select 1"]},
    "redshift-data",
    "BatchExecuteStatement",
    "faults-none",
)
Task = tuple[str, dict[str, Any], str, str, str]


def _run(cloud: LocalCloud, task: dict[str, Any]) -> dict[str, Any]:
    """Run a machine of one Task; return its execution's description."""
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"faults-{uuid.uuid4().hex[:8]}",
        roleArn=ROLE,
        definition=json.dumps(
            {
                "QueryLanguage": "JSONata",
                "StartAt": "Do",
                "States": {"Do": {"Type": "Task", "End": True, **task}},
            }
        ),
    )["stateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine)["executionArn"]
    deadline = time.monotonic() + 30
    while True:
        found: dict[str, Any] = states.describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("task", "effect", "error"),
    [
        (LAMBDA, "throttle", "Lambda.TooManyRequestsException"),
        (LAMBDA, "error_500", "Lambda.ServiceException"),
        (LAMBDA, "error_503", "Lambda.AWSLambdaException"),
        (LAMBDA, "drop_before", "Lambda.SdkClientException"),
        (GLUE, "throttle", "Glue.ThrottlingException"),
        (GLUE, "error_500", "Glue.InternalServiceException"),
        (GLUE, "expired_token", "Glue.AWSGlueException"),
        (DYNAMODB, "throttle", "DynamoDB.ProvisionedThroughputExceededException"),
        (DYNAMODB, "error_500", "DynamoDB.InternalServerErrorException"),
        (DYNAMODB, "error_503", "DynamoDB.AmazonDynamoDBException"),
        (DATA_API, "throttle", "RedshiftData.RedshiftDataException"),
        (DATA_API, "error_500", "RedshiftData.InternalServerException"),
        (DATA_API, "drop_before", "RedshiftData.SdkClientException"),
    ],
    ids=lambda part: part if isinstance(part, str) else part[0],
)
def test_a_task_fails_with_the_integrations_error(
    local_cloud: LocalCloud, faults: Faults, *, task: Task, effect: str, error: str
) -> None:
    resource, arguments, service, action, subject = task
    call = {"caller": "states", "service": service, "action": action, "resource": subject}
    faults.load({**call, "effect": effect})

    ended = _run(local_cloud, {"Resource": f"arn:aws:states:::{resource}", "Arguments": arguments})

    assert (ended["status"], ended["error"]) == ("FAILED", error)
    (line,) = faults.fired()
    assert line["run"] == ended["executionArn"]
    assert {name: line[name] for name in call} == call


@pytest.mark.parametrize(("effect", "count"), [("drop_before", "1"), ("drop_after", "2")])
def test_a_call_without_an_answer_is_retried_and_may_have_taken_effect_before(
    local_cloud: LocalCloud, faults: Faults, effect: str, count: str
) -> None:
    dynamodb = local_cloud.client("dynamodb")
    table = f"faults-{uuid.uuid4().hex[:8]}"
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )
    faults.load({"caller": "states", "service": "dynamodb", "resource": table, "effect": effect})

    ended = _run(
        local_cloud,
        {
            "Resource": "arn:aws:states:::dynamodb:updateItem",
            "Arguments": {
                "TableName": table,
                "Key": {"k": {"S": "x"}},
                "UpdateExpression": "ADD #n :one",
                "ExpressionAttributeNames": {"#n": "n"},
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
            "Retry": [{"ErrorEquals": ["DynamoDB.SdkClientException"], "IntervalSeconds": 1}],
        },
    )

    assert ended["status"] == "SUCCEEDED"
    item = dynamodb.get_item(TableName=table, Key={"k": {"S": "x"}})["Item"]
    assert item["n"] == {"N": count}
