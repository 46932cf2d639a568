"""What a role may not do is refused as AWS refuses it; what it may do passes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import LocalCloud

Client = Callable[..., Any]
Role = Callable[..., str]

ARN = "arn:aws:{}:us-east-1:000000000000:{}"


def refusal(call: Callable[..., Any], **request: Any) -> dict[str, Any]:
    """Return code, message and status of a call that is refused."""
    with pytest.raises(ClientError) as refused:
        call(**request)
    answer = refused.value.response
    return {**answer["Error"], "Status": answer["ResponseMetadata"]["HTTPStatusCode"]}


@pytest.fixture
def table(strict_cloud: LocalCloud) -> str:
    name = f"table-{uuid.uuid4()}"
    strict_cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def bucket(strict_cloud: LocalCloud) -> str:
    name = f"bucket-{uuid.uuid4()}"
    strict_cloud.client("s3").create_bucket(Bucket=name)
    strict_cloud.client("s3").put_object(Bucket=name, Key="a/there", Body=b"x")
    return name


def test_a_refusal_names_principal_action_and_resource_as_aws_does(
    make_role: Role, as_role: Client, table: str
) -> None:
    role = make_role()

    refused = refusal(as_role(role, "dynamodb").scan, TableName=table)

    name = role.rpartition("/")[2]
    assert refused == {
        "Code": "AccessDeniedException",
        "Status": 400,
        "Message": f"User: arn:aws:sts::000000000000:assumed-role/{name}/test is not authorized to "
        f"perform: dynamodb:Scan on resource: {ARN.format('dynamodb', f'table/{table}')} "
        "because no identity-based policy allows the dynamodb:Scan action",
    }


def test_s3_refuses_with_its_own_form(make_role: Role, as_role: Client, bucket: str) -> None:
    s3 = as_role(make_role(), "s3")

    refused = refusal(s3.get_object, Bucket=bucket, Key="a/there")

    assert (refused["Code"], refused["Status"]) == ("AccessDenied", 403)
    assert f's3:GetObject on resource: "arn:aws:s3:::{bucket}/a/there"' in refused["Message"]


@pytest.mark.parametrize("key", ["mine", "others"])
def test_leading_keys_limit_the_items(
    make_role: Role, as_role: Client, table: str, key: str
) -> None:
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}}
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:BatchWriteItem"]
    dynamodb = as_role(make_role({"Action": actions, "Condition": condition}), "dynamodb")
    item = {"item": {"S": key}}
    calls: list[Callable[[], Any]] = [
        lambda: dynamodb.put_item(TableName=table, Item=item),
        lambda: dynamodb.get_item(TableName=table, Key=item),
        lambda: dynamodb.batch_write_item(
            RequestItems={
                table: [
                    {"PutRequest": {"Item": {"item": {"S": "mine"}}}},
                    *([] if key == "mine" else [{"DeleteRequest": {"Key": item}}]),
                ]
            }
        ),
        lambda: dynamodb.query(
            TableName=table,
            KeyConditionExpression="#i = :i",
            ExpressionAttributeNames={"#i": "item"},
            ExpressionAttributeValues={":i": {"S": key}},
        ),
        lambda: dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item}}]
        ),
    ]

    for call in calls:
        if key == "mine":
            call()
        else:
            assert refusal(call)["Code"] == "AccessDeniedException"


def test_a_prefix_limits_listing(make_role: Role, as_role: Client, bucket: str) -> None:
    may = {"Action": "s3:ListBucket", "Condition": {"StringLike": {"s3:prefix": "a/*"}}}
    s3 = as_role(make_role(may), "s3")

    assert s3.list_objects_v2(Bucket=bucket, Prefix="a/")["KeyCount"] == 1
    assert refusal(s3.list_objects_v2, Bucket=bucket, Prefix="b/")["Code"] == "AccessDenied"
    assert refusal(s3.list_objects_v2, Bucket=bucket)["Code"] == "AccessDenied"


def test_only_who_may_list_learns_that_an_object_is_missing(
    make_role: Role, as_role: Client, bucket: str
) -> None:
    reader = as_role(make_role({"Action": "s3:GetObject"}), "s3")
    lister = as_role(make_role({"Action": ["s3:GetObject", "s3:ListBucket"]}), "s3")

    assert reader.get_object(Bucket=bucket, Key="a/there")["Body"].read() == b"x"
    assert refusal(reader.head_object, Bucket=bucket, Key="a/gone")["Status"] == 403
    assert refusal(reader.get_object, Bucket=bucket, Key="a/gone")["Code"] == "AccessDenied"
    assert refusal(lister.head_object, Bucket=bucket, Key="a/gone")["Status"] == 404


def test_who_may_list_below_a_prefix_learns_of_what_is_missing_there_only(
    make_role: Role, as_role: Client, bucket: str
) -> None:
    below = {"Action": "s3:ListBucket", "Condition": {"StringLike": {"s3:prefix": "a/*"}}}
    s3 = as_role(make_role({"Action": "s3:GetObject"}, below), "s3")

    assert refusal(s3.get_object, Bucket=bucket, Key="a/gone")["Code"] == "NoSuchKey"
    assert refusal(s3.get_object, Bucket=bucket, Key="b/gone")["Code"] == "AccessDenied"


@pytest.mark.parametrize("missing", ["catalog", "database/d", "table/d/t"])
def test_a_table_needs_catalog_database_and_table(
    make_role: Role, as_role: Client, missing: str
) -> None:
    parts = ["catalog", "database/d", "table/d/t"]
    rest = [ARN.format("glue", part) for part in parts if part != missing]
    glue = as_role(make_role({"Action": "glue:GetTable", "Resource": rest}), "glue")
    whole = [ARN.format("glue", part) for part in parts]
    whole_glue = as_role(make_role({"Action": "glue:GetTable", "Resource": whole}), "glue")

    refused = refusal(glue.get_table, DatabaseName="d", Name="t")

    assert refused["Code"] == "AccessDeniedException"
    assert f"on resource: {ARN.format('glue', missing)} because" in refused["Message"]
    allowed = refusal(whole_glue.get_table, DatabaseName="d", Name="t")
    assert allowed["Code"] == "EntityNotFoundException"


def test_what_is_not_known_is_not_allowed(make_role: Role, as_role: Client) -> None:
    serverless = as_role(make_role(), "redshift-serverless")

    refused = refusal(serverless.list_workgroups)

    assert refused["Code"] == "AccessDeniedException"
    assert "redshift-serverless:ListWorkgroups" in refused["Message"]


def test_nobody_but_the_service_takes_on_a_role_that_trusts_the_service(
    strict_cloud: LocalCloud, make_role: Role
) -> None:
    role = make_role(trusts={"Principal": {"Service": "glue.amazonaws.com"}})

    refused = refusal(strict_cloud.client("sts").assume_role, RoleArn=role, RoleSessionName="mine")

    assert refused["Code"] == "AccessDenied"


def test_a_job_needs_a_role_that_trusts_glue(strict_cloud: LocalCloud, make_role: Role) -> None:
    role, name = make_role({"Action": "s3:GetObject"}), f"job-{uuid.uuid4()}"
    glue = strict_cloud.client("glue")
    command = {"Name": "glueetl", "ScriptLocation": "s3://none/none.py"}
    glue.create_job(Name=name, Role=role, GlueVersion="5.1", Command=command)

    run = glue.start_job_run(JobName=name)["JobRunId"]
    while (found := glue.get_job_run(JobName=name, RunId=run)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        pass

    assert found["JobRunState"] == "FAILED"
    assert "should be given assume role permissions for Glue Service" in found["ErrorMessage"]


def test_the_accounts_own_keys_are_not_limited(strict_cloud: LocalCloud, table: str) -> None:
    assert strict_cloud.client("dynamodb").scan(TableName=table)["Count"] == 0
