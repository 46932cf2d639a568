"""Writes the policies of the templates as IAM reads them: `python -m tests.infra.policies DIR`.

One statement a file, so that a linter's finding names it. Parameters and attributes stand as values
of the form that AWS gives them, for linters of IAM policies know no CloudFormation.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tests.infra.infra_files import CHECKOUT, read_template

_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}
_SERVICE = "arn:aws:{}:eu-west-1:111122223333:{}"
_ARNS = {
    "AWS::Lambda::Function": _SERVICE.format("lambda", "function:{}"),
    "AWS::KinesisFirehose::DeliveryStream": _SERVICE.format("firehose", "deliverystream/{}"),
    "AWS::StepFunctions::StateMachine": _SERVICE.format("states", "stateMachine:{}"),
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::IAM::Role": "arn:aws:iam::111122223333:role/{}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::111122223333:policy/{}",
    "WorkgroupArn": _SERVICE.format("redshift-serverless", "workgroup/{}"),
}
_REFERRED_TO_BY_ARN = {"AWS::IAM::ManagedPolicy", "AWS::StepFunctions::StateMachine"}

DEPLOYER = "deployer"
"""Template of what deploys the others; it is no part of their stack."""


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement of the stack's policies as a policy, named `template.role.sid`."""
    for path in sorted((CHECKOUT / "cloudformation").glob("*.yaml")):
        if path.stem != DEPLOYER:
            yield from policies_of(path.stem)


def policies_of(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement of one template's identity policies."""
    template = read_template(name)
    for logical_id, resource in template["Resources"].items():
        for document in _documents(resource):
            for statement in document["Statement"]:
                policy = {**document, "Statement": [resolve(statement, template)]}
                yield f"{name}.{logical_id}.{statement['Sid']}", policy


def _documents(resource: dict[str, Any]) -> list[dict[str, Any]]:
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::IAM::ManagedPolicy":
        return [properties["PolicyDocument"]]
    return [policy["PolicyDocument"] for policy in properties.get("Policies", [])]


def resolve(value: Any, template: dict[str, Any]) -> Any:
    """Return the value with its references and substitutions replaced."""
    if isinstance(value, list):
        return [resolve(each, template) for each in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return _reference(value["Ref"], template)
    if "Fn::GetAtt" in value:
        return _arn(".".join(value["Fn::GetAtt"]).removesuffix(".Arn"), template)
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([^}]+)}", lambda m: _substituted(m[1], template), value["Fn::Sub"])
    return {key: resolve(each, template) for key, each in value.items()}


def _substituted(name: str, template: dict[str, Any]) -> str:
    if name.endswith(".Arn"):
        return _arn(name.removesuffix(".Arn"), template)
    return _reference(name, template)


def _reference(name: str, template: dict[str, Any]) -> str:
    """Return what `!Ref` gives: a pseudo parameter's value, a resource's or a parameter's name."""
    resource = template["Resources"].get(name)
    if name == "WorkgroupArn" or (resource and resource["Type"] in _REFERRED_TO_BY_ARN):
        return _arn(name, template)
    return _PSEUDO.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _arn(name: str, template: dict[str, Any]) -> str:
    kind = template["Resources"][name]["Type"] if name in template["Resources"] else name
    return _ARNS[kind].format(name.lower())


def write_policies(folder: Path) -> None:
    """Write each policy into a file of its own, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, policy in chain(policies(), policies_of(DEPLOYER)):
        (folder / f"{name}.json").write_text(json.dumps(policy, indent=1))


if __name__ == "__main__":
    write_policies(Path(sys.argv[1]))
