"""Write resource_schemas.json: `python -m local_aws.cloudformation.schema_source`.

The source is cfn-lint, a development tool: the local cloud itself runs without it.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from local_aws.cloudformation.schemas import SCHEMAS_FILE, Schema

_REGION = "us-east-1"
_SCALARS = {"string", "integer", "number", "boolean"}

# What templates of a batch pipeline use or are likely to use, and the local cloud serves.
TYPES = (
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Deployment",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Athena::NamedQuery",
    "AWS::Athena::WorkGroup",
    "AWS::Budgets::Budget",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::Events::Rule",
    "AWS::Glue::Connection",
    "AWS::Glue::Crawler",
    "AWS::Glue::Database",
    "AWS::Glue::Job",
    "AWS::Glue::Partition",
    "AWS::Glue::SecurityConfiguration",
    "AWS::Glue::Table",
    "AWS::Glue::Trigger",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::Logs::LogStream",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::ResourcePolicy",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
)


def make_schemas() -> dict[str, Schema]:
    """Return the schemas of all `TYPES`, made from cfn-lint's."""
    folder = resources.files("cfnlint") / "data" / "schemas"
    files = json.loads((folder / "providers" / f"{_REGION}.json").read_text())
    schemas = {}
    for name in TYPES:
        full = json.loads((folder / "resources" / f"{files[name]}.json").read_text())
        schemas[name] = _without_read_only(full, _trim(full, full, ()))
    return schemas


def render(schemas: dict[str, Schema]) -> str:
    """Return the file's text: one resource type a line."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(schema, separators=(',', ':'))}"
        for name, schema in sorted(schemas.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _without_read_only(full: dict[str, Any], schema: Schema) -> Schema:
    read_only = {path.removeprefix("/properties/") for path in full.get("readOnlyProperties", [])}
    kept = {k: v for k, v in schema["properties"].items() if k not in read_only}
    required = [name for name in schema["required"] if name in kept]
    return {"properties": kept, "required": required}


def _trim(part: dict[str, Any], full: dict[str, Any], above: tuple[str, ...]) -> Schema:
    reference = part.get("$ref")
    if reference is not None:
        if reference in above:  # a type that contains itself
            return "any"
        target: dict[str, Any] = full
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]
        return _trim(target, full, (*above, reference))
    if "properties" in part and not part.get("patternProperties"):
        inner = {name: _trim(p, full, above) for name, p in part["properties"].items()}
        return {"properties": inner, "required": sorted(part.get("required", []))}
    if isinstance(part.get("items"), dict):
        return [_trim(part["items"], full, above)]
    kind = part.get("type")
    return kind if isinstance(kind, str) and kind in _SCALARS else "any"


if __name__ == "__main__":
    SCHEMAS_FILE.write_text(render(make_schemas()))
