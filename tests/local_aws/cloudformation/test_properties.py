"""What a template sets is what the services then show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cloudformation.conftest import Stack
    from conftest import LocalCloud

NUMBER = {"Parameters": {"Days": {"Type": "Number"}}}


def _table(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            **properties,
        },
    }


def _bucket(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **properties}}


def test_a_bucket_has_its_lifecycle_encryption_ownership_and_public_access_block(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    rules = [
        {
            "Id": "to-infrequent-access",
            "Status": "Enabled",
            "Prefix": "raw/",
            "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": {"Ref": "Days"}}],
        },
        {
            "Id": "expire",
            "Status": "Enabled",
            "ExpirationInDays": 7,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    name = stack.name
    properties = {
        "LifecycleConfiguration": {"Rules": rules},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "BlockPublicPolicy": True},
    }
    stack.deploy({"Bucket": _bucket(name, **properties)}, **NUMBER, given={"Days": "45"})
    s3 = local_cloud.client("s3")
    found = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert found[0]["Filter"] == {"Prefix": "raw/"}
    assert found[0]["Transitions"] == [{"Days": 45, "StorageClass": "STANDARD_IA"}]
    assert found[1]["Expiration"] == {"Days": 7}
    assert found[1]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    controls = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert block["BlockPublicAcls"] is True
    stack.deploy({"Bucket": _bucket(name)}, **NUMBER, given={"Days": "45"})
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_a_bucket_that_is_not_empty_cannot_be_deleted_with_its_stack(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    s3 = local_cloud.client("s3")
    stack.deploy({"Bucket": _bucket(stack.name)})
    s3.put_object(Bucket=stack.name, Key="k", Body=b"precious")
    with pytest.raises(AssertionError, match="not empty"):
        stack.delete()
    assert stack.status() == "DELETE_FAILED"
    s3.delete_object(Bucket=stack.name, Key="k")
    stack.delete()
    with pytest.raises(s3.exceptions.ClientError):
        s3.head_bucket(Bucket=stack.name)


def test_a_table_has_its_time_to_live_encryption_and_recovery(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    properties = {
        "TableName": stack.name,
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
    }
    stack.deploy({"Table": _table(**properties)})
    dynamodb = local_cloud.client("dynamodb")
    described = dynamodb.describe_time_to_live(TableName=stack.name)["TimeToLiveDescription"]
    assert described == {"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"}
    backups = dynamodb.describe_continuous_backups(TableName=stack.name)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    table = dynamodb.describe_table(TableName=stack.name)["Table"]
    assert table["SSEDescription"]["Status"] == "ENABLED"
    stack.deploy({"Table": _table(TableName=stack.name)})
    described = dynamodb.describe_time_to_live(TableName=stack.name)["TimeToLiveDescription"]
    assert described["TimeToLiveStatus"] == "DISABLED"


def test_a_table_that_exists_is_not_overwritten(local_cloud: LocalCloud, stack: Stack) -> None:
    dynamodb = local_cloud.client("dynamodb")
    dynamodb.create_table(TableName=stack.name, **_table()["Properties"])
    dynamodb.put_item(TableName=stack.name, Item={"id": {"S": "precious"}})
    with pytest.raises(AssertionError, match="already exists"):
        stack.deploy({"Table": _table(TableName=stack.name)})
    assert dynamodb.scan(TableName=stack.name)["Count"] == 1


def test_a_job_has_its_execution_property_and_numbers(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    job = {
        "Type": "AWS::Glue::Job",
        "Properties": {
            "Name": stack.name,
            "Role": "arn:aws:iam::000000000000:role/any",
            "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k.py", "PythonVersion": "3"},
            "GlueVersion": "5.1",
            "Timeout": {"Ref": "Days"},
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            "ExecutionProperty": {"MaxConcurrentRuns": 3},
        },
    }
    stack.deploy({"Job": job}, **NUMBER, given={"Days": "45"})
    found = local_cloud.client("glue").get_job(JobName=stack.name)["Job"]
    assert found["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    assert found["Timeout"] == 45


def test_a_catalog_table_has_its_parameters_and_partition_keys(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    database = stack.name.replace("-", "_")
    parameters = {"projection.enabled": "true", "projection.d.range": "2020-01-01,NOW"}
    table = {
        "Type": "AWS::Glue::Table",
        "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseName": {"Ref": "Database"},
            "TableInput": {
                "Name": "raw",
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters,
                "PartitionKeys": [{"Name": "d", "Type": "date"}],
                "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "string"}]},
            },
        },
    }
    catalog = {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": database}}
    resources = {"Database": {"Type": "AWS::Glue::Database", "Properties": catalog}}
    stack.deploy({**resources, "Table": table})
    found = local_cloud.client("glue").get_table(DatabaseName=database, Name="raw")["Table"]
    assert found["Parameters"] == parameters
    assert found["PartitionKeys"] == [{"Name": "d", "Type": "date"}]


def test_a_workgroup_has_its_configuration_and_a_named_query_its_text(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    configuration = {
        "EnforceWorkGroupConfiguration": "true",
        "BytesScannedCutoffPerQuery": "10000000",
        "ResultConfiguration": {"OutputLocation": "s3://results/athena/"},
    }
    group = {"Name": stack.name, "State": "ENABLED", "WorkGroupConfiguration": configuration}
    query = {"Database": "d", "QueryString": "SELECT 1", "WorkGroup": {"Ref": "Group"}}
    outputs = stack.deploy(
        {
            "Group": {"Type": "AWS::Athena::WorkGroup", "Properties": group},
            "Query": {"Type": "AWS::Athena::NamedQuery", "Properties": query},
        },
        Outputs={"QueryId": {"Value": {"Fn::GetAtt": "Query.NamedQueryId"}}},
    )
    athena = local_cloud.client("athena")
    found = athena.get_work_group(WorkGroup=stack.name)["WorkGroup"]["Configuration"]
    assert found["BytesScannedCutoffPerQuery"] == 10_000_000
    assert found["EnforceWorkGroupConfiguration"] is True
    assert found["ResultConfiguration"]["OutputLocation"] == "s3://results/athena/"
    named = athena.get_named_query(NamedQueryId=outputs["QueryId"])["NamedQuery"]
    assert (named["QueryString"], named["WorkGroup"]) == ("SELECT 1", stack.name)


def test_a_named_query_of_a_new_text_takes_the_place_of_the_old(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    group = {"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": stack.name}}
    for sql in ("SELECT 1", "SELECT 2"):
        query = {"Database": "d", "QueryString": sql, "WorkGroup": {"Ref": "Group"}}
        stack.deploy(
            {"Group": group, "Query": {"Type": "AWS::Athena::NamedQuery", "Properties": query}}
        )
    athena = local_cloud.client("athena")
    (query_id,) = athena.list_named_queries(WorkGroup=stack.name)["NamedQueryIds"]
    found = athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]
    assert found["QueryString"] == "SELECT 2"


def test_a_budget_and_a_security_configuration_are_made_and_deleted(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    budget = {
        "BudgetName": stack.name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": 10, "Unit": "USD"},
    }
    encryption = {"S3Encryptions": [{"S3EncryptionMode": "SSE-S3"}]}
    security = {"Name": stack.name, "EncryptionConfiguration": encryption}
    stack.deploy(
        {
            "Budget": {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": budget}},
            "Security": {"Type": "AWS::Glue::SecurityConfiguration", "Properties": security},
        }
    )
    budgets, glue = local_cloud.client("budgets"), local_cloud.client("glue")
    found = budgets.describe_budget(AccountId="000000000000", BudgetName=stack.name)["Budget"]
    assert found["BudgetType"] == "COST"
    assert glue.get_security_configuration(Name=stack.name)["SecurityConfiguration"]
    stack.delete()
    with pytest.raises(budgets.exceptions.ClientError):
        budgets.describe_budget(AccountId="000000000000", BudgetName=stack.name)
    with pytest.raises(glue.exceptions.ClientError):
        glue.get_security_configuration(Name=stack.name)


def test_a_topic_has_its_key_until_the_template_names_none(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    def topic(**properties: str) -> dict[str, Any]:
        named = {"TopicName": stack.name, **properties}
        return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": named}}

    arn = f"arn:aws:sns:us-east-1:000000000000:{stack.name}"
    sns = local_cloud.client("sns")
    stack.deploy(topic(KmsMasterKeyId="alias/any"))
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["KmsMasterKeyId"] == "alias/any"

    stack.deploy(topic(DisplayName="open"))

    assert "KmsMasterKeyId" not in sns.get_topic_attributes(TopicArn=arn)["Attributes"]


def test_a_stream_of_a_template_delivers_by_its_hints(
    local_cloud: LocalCloud, stack: Stack
) -> None:
    destination = {
        "BucketARN": {"Fn::GetAtt": "Bucket.Arn"},
        "RoleARN": "arn:aws:iam::000000000000:role/any",
        "Prefix": "raw/",
        "BufferingHints": {"SizeInMBs": {"Ref": "Days"}, "IntervalInSeconds": 60},
    }
    stream = {
        "Type": "AWS::KinesisFirehose::DeliveryStream",
        "Properties": {
            "DeliveryStreamName": stack.name,
            "ExtendedS3DestinationConfiguration": destination,
        },
    }
    resources = {"Bucket": _bucket(stack.name), "Stream": stream}
    stack.deploy(resources, **NUMBER, given={"Days": "1"})
    firehose, s3 = local_cloud.client("firehose"), local_cloud.client("s3")
    for _ in range(2):
        record = {"Data": b"x" * 1_000_000}
        firehose.put_record(DeliveryStreamName=stack.name, Record=record)
    waiter = s3.get_waiter("object_exists")
    listed: list[dict[str, Any]] = []
    while not listed:
        listed = s3.list_objects_v2(Bucket=stack.name).get("Contents", [])
    waiter.wait(Bucket=stack.name, Key=listed[0]["Key"])
    assert listed[0]["Size"] == 2_000_000
    s3.delete_object(Bucket=stack.name, Key=listed[0]["Key"])
    with pytest.raises(AssertionError, match="SizeInMBs must be between"):
        stack.deploy(resources, **NUMBER, given={"Days": "500"})
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"


def test_roles_need_the_acknowledgement_that_aws_asks_for(stack: Stack) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    with pytest.raises(stack.client.exceptions.ClientError, match="CAPABILITY_IAM"):
        stack.client.create_stack(
            StackName=stack.name, TemplateBody=json.dumps({"Resources": {"R": role}})
        )
