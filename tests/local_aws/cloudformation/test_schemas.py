"""Properties that a resource type does not have are refused; texts become the property's type."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local_aws.cloudformation.schema_source import TYPES, make_schemas, render
from local_aws.cloudformation.schemas import SCHEMAS_FILE, convert, find_fault, resource_schemas

TABLE: dict[str, Any] = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}


def test_the_schemas_are_those_of_cfn_lint() -> None:
    assert SCHEMAS_FILE.read_text() == render(make_schemas()), (
        "run: python -m local_aws.cloudformation.schema_source"
    )
    assert set(resource_schemas()) == set(TYPES)


@pytest.mark.parametrize(
    ("type_name", "properties", "complaint"),
    [
        ("AWS::DynamoDB::Table", {**TABLE, "Tabelname": "t"}, r"\[Tabelname\] is not permitted"),
        ("AWS::DynamoDB::Table", {}, r"required key \[KeySchema\] not found"),
        (
            "AWS::S3::Bucket",
            {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Days": 1}]}},
            r"\[Days\] is not permitted at Properties/LifecycleConfiguration/Rules/0",
        ),
        ("AWS::S3::Bucket", {"BucketName": ["a"]}, "BucketName is not of the type"),
        ("AWS::S3::Bucket", {"Arn": "arn:aws:s3:::b"}, r"\[Arn\] is not permitted"),
        ("AWS::Quantum::Computer", {}, "not supported by the local cloud"),
    ],
)
def test_a_fault_is_named(type_name: str, properties: dict[str, Any], complaint: str) -> None:
    assert re.search(complaint, find_fault(type_name, properties) or "no fault")


def test_what_a_function_will_give_is_not_judged() -> None:
    assert find_fault("AWS::S3::Bucket", {"LifecycleConfiguration": {"Ref": "P"}}) is None
    assert find_fault("AWS::DynamoDB::Table", {"KeySchema": {"Fn::If": ["C", [], []]}}) is None


def test_texts_become_numbers_and_booleans_and_the_other_way() -> None:
    job = {"Role": "r", "Command": {"Name": "glueetl"}, "Timeout": "30", "MaxRetries": "0"}
    assert convert("AWS::Glue::Job", job) == {**job, "Timeout": 30, "MaxRetries": 0}
    group = {"Name": "w", "RecursiveDeleteOption": "true"}
    assert convert("AWS::Athena::WorkGroup", group)["RecursiveDeleteOption"] is True
    parameter = {"Type": "String", "Value": 7}
    assert convert("AWS::SSM::Parameter", parameter)["Value"] == "7"


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::Logs::LogGroup", {"RetentionInDays": "a week"}),
        ("AWS::Athena::WorkGroup", {"Name": "w", "RecursiveDeleteOption": "maybe"}),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(
    type_name: str, properties: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        convert(type_name, properties)
