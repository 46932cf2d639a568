"""The templates agree with each other and with the rules that each resource must keep."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file

from cli.artifacts import build
from contracts.fields import INPUT_NAMES
from tests.infra.infra_files import read_template

CHECKOUT = Path(__file__).resolve().parents[2]
PARTS = [name.lower() for name in read_template("root")["Resources"]]
OUTPUTS = {
    "ApiAuthorization",
    "ApiId",
    "ApiUrl",
    "LakeBucket",
    "ResultsBucket",
    "Database",
    "WorkGroup",
    "StateMachineArn",
    "CompactStateMachineArn",
    "StateTable",
    "LedgerTable",
    "DeliveryStream",
    "LookupsTable",
    "HistoryAuthorization",
    "HistoryApiId",
    "HistoryApiUrl",
    "CleanseJob",
    "PartitionJob",
    "PublishJob",
    "CompactJob",
    "Workgroup",
    "WarehouseDatabase",
    "WarehouseSecret",
}
CONSTRAINTS = ("AllowedValues", "AllowedPattern", "MinValue", "MaxValue")

Templates = dict[str, dict[str, Any]]


def resources(templates: Templates, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (template/logical id, resource) of all resources of a type."""
    return [
        (f"{name}/{logical}", resource)
        for name, template in templates.items()
        for logical, resource in template["Resources"].items()
        if resource["Type"] == kind
    ]


def statements(templates: Templates) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return (where, statement) of all permissions that the templates give."""
    for where, role in resources(templates, "AWS::IAM::Role"):
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield where, statement
    for where, policy in resources(templates, "AWS::IAM::ManagedPolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            yield where, statement


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", [*PARTS, "root"])
def test_cfn_lint_finds_nothing(name: str):
    assert lint_file(CHECKOUT / "cloudformation" / f"{name}.yaml") == []


def test_every_parameter_says_what_it_is_and_what_it_may_be(templates: Templates):
    loose = [
        f"{name}/{parameter}"
        for name, template in templates.items()
        for parameter, declared in template["Parameters"].items()
        if not declared.get("Description") or not any(c in declared for c in CONSTRAINTS)
    ]
    assert loose == []


@pytest.mark.parametrize("part", PARTS)
def test_the_root_passes_every_part_exactly_its_parameters(templates: Templates, part: str):
    passed = templates["root"]["Resources"][part.capitalize()]["Properties"]["Parameters"]
    assert set(passed) == set(templates[part]["Parameters"])


@pytest.mark.parametrize("part", PARTS)
def test_root_and_part_constrain_a_parameter_alike(templates: Templates, part: str):
    root = templates["root"]["Parameters"]
    for name, declared in templates[part]["Parameters"].items():
        if name in root:
            for constraint in CONSTRAINTS:
                assert declared.get(constraint) == root[name].get(constraint), name
        assert "Default" not in declared, f"{name}: defaults belong to the root"


def test_the_root_reads_only_outputs_that_the_parts_have(templates: Templates):
    text = json.dumps(templates["root"])
    used = re.findall(r'"Fn::GetAtt": \["(\w+)", "Outputs\.(\w+)"\]', text)
    assert used
    for part, output in used:
        assert output in templates[part.lower()]["Outputs"]


def test_the_root_gives_the_outputs_that_others_rely_on(templates: Templates):
    assert set(templates["root"]["Outputs"]) == OUTPUTS


def test_the_build_supplies_every_parameter_without_a_default(templates: Templates):
    wanted = {
        name
        for name, declared in templates["root"]["Parameters"].items()
        if "Default" not in declared
    }
    supplied = {artifact.parameter for artifact in build(CHECKOUT).artifacts}
    assert wanted == supplied | {"Stage", "ArtifactsBucket"}


def test_every_bucket_is_encrypted_private_and_tidied(templates: Templates):
    buckets = resources(templates, "AWS::S3::Bucket")
    assert len(buckets) == 2
    for where, bucket in buckets:
        properties = bucket["Properties"]
        assert properties["BucketEncryption"], where
        assert all(properties["PublicAccessBlockConfiguration"].values()), where
        assert len(properties["PublicAccessBlockConfiguration"]) == 4, where
        rules = properties["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules), where


def test_every_bucket_refuses_plain_http(templates: Templates):
    policies = resources(templates, "AWS::S3::BucketPolicy")
    guarded = {policy["Properties"]["Bucket"]["Ref"] for _, policy in policies}
    buckets = {where.split("/")[1] for where, _ in resources(templates, "AWS::S3::Bucket")}
    assert guarded == buckets
    for where, policy in policies:
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny", where
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, where


def test_all_data_is_kept_or_deleted_as_the_parameter_says(templates: Templates):
    for kind in ("AWS::S3::Bucket", "AWS::DynamoDB::Table"):
        for where, resource in resources(templates, kind):
            assert resource["DeletionPolicy"] == {"Ref": "DataDeletionPolicy"}, where
            assert resource["UpdateReplacePolicy"] == "Retain", where


def test_every_log_group_has_a_retention(templates: Templates):
    groups = resources(templates, "AWS::Logs::LogGroup")
    assert groups
    for where, group in groups:
        assert group["Properties"]["RetentionInDays"], where


def test_every_function_logs_into_a_group_of_ours(templates: Templates):
    functions = resources(templates, "AWS::Lambda::Function")
    assert len(functions) >= 3
    for where, function in functions:
        group = templates[where.split("/")[0]]["Resources"][function["DependsOn"]]
        name = function["Properties"]["FunctionName"]["Fn::Sub"]
        assert group["Properties"]["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{name}"


def test_every_handler_is_a_function_of_ours(templates: Templates):
    for where, function in resources(templates, "AWS::Lambda::Function"):
        module, _, name = function["Properties"]["Handler"].rpartition(".")
        source = CHECKOUT / Path(*module.split(".")).with_suffix(".py")
        defined = ast.parse(source.read_text()).body
        assert name in {node.name for node in defined if isinstance(node, ast.FunctionDef)}, where


def test_the_environment_of_every_function_is_what_its_package_reads(templates: Templates):
    for where, function in resources(templates, "AWS::Lambda::Function"):
        package = function["Properties"]["Handler"].split(".")[1]
        read = set()
        for source in (CHECKOUT / "lambdas" / package).glob("*.py"):
            read |= set(re.findall(r'os\.environ\["(\w+)"\]', source.read_text()))
        assert set(function["Properties"]["Environment"]["Variables"]) == read, where


def test_no_permission_names_an_action_by_wildcard(templates: Templates):
    for where, statement in statements(templates):
        for action in as_list(statement["Action"]):
            assert "*" not in action, f"{where}: {action}"


def test_only_actions_that_know_no_resource_are_allowed_on_all(templates: Templates):
    everywhere = {
        (where, statement["Sid"])
        for where, statement in statements(templates)
        if "*" in as_list(statement["Resource"])
    }
    assert everywhere == {
        ("jobs/JobRunPolicy", "PublishJobMetrics"),
        ("workflow/RetailEtlRole", "FollowItsOwnSql"),
        ("workflow/RetailEtlRole", "DeliverLogs"),
        ("workflow/RetailEtlRole", "SendTraces"),
        ("workflow/CompactLakeRole", "DeliverLogs"),
        ("workflow/CompactLakeRole", "SendTraces"),
    }


def test_every_role_says_what_for_and_every_statement_has_a_name(templates: Templates):
    for where, role in resources(templates, "AWS::IAM::Role"):
        assert role["Properties"]["Description"].startswith("What "), where
    for where, statement in statements(templates):
        assert statement["Sid"], where


def test_the_raw_table_has_the_fields_that_are_landed(templates: Templates):
    table = templates["catalog"]["Resources"]["RawTransactions"]["Properties"]["TableInput"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    landed = {name.lower() for name in INPUT_NAMES} | {"extra", "received_at", "request_id"}
    assert {name for name, kind in columns.items() if kind == "string"} == landed
    assert columns["request_position"] == "int"
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("ingest_date", "date")
    ]


def test_firehose_writes_where_the_raw_table_and_cleanse_look(templates: Templates):
    stream = templates["ingest"]["Resources"]["DeliveryStream"]["Properties"]
    prefix = stream["ExtendedS3DestinationConfiguration"]["Prefix"]
    table = templates["catalog"]["Resources"]["RawTransactions"]["Properties"]["TableInput"]
    location = table["Parameters"]["storage.location.template"]["Fn::Sub"]
    assert prefix.startswith("raw/transactions/ingest_date=!{timestamp:yyyy-MM-dd}/")
    assert location == "s3://${LakeBucket}/raw/transactions/ingest_date=${!ingest_date}/"
    assert table["Parameters"]["projection.ingest_date.format"] == "yyyy-MM-dd"
