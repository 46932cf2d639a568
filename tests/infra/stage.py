"""One stage as CloudFormation would make it: every template resolved with a stage's parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.infra.infra_files import read_template

_NO_VALUE = object()
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "111122223333",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": _NO_VALUE,
}
_SERVICE = "arn:aws:{}:eu-west-1:111122223333:{}"
_ARNS = {
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::111122223333:policy/{}",
    "AWS::IAM::OIDCProvider": "arn:aws:iam::111122223333:oidc-provider/{}",
    "AWS::IAM::Role": "arn:aws:iam::111122223333:role/{}",
    "AWS::KinesisFirehose::DeliveryStream": _SERVICE.format("firehose", "deliverystream/{}"),
    "AWS::KMS::Key": _SERVICE.format("kms", "key/{}"),
    "AWS::Lambda::Function": _SERVICE.format("lambda", "function:{}"),
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": _SERVICE.format("sns", "{}"),
    "AWS::StepFunctions::StateMachine": _SERVICE.format("states", "stateMachine:{}"),
}
_REFERRED_TO_BY_ARN = {
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::OIDCProvider",
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
}
_NAMES = (
    *("AlarmName", "BucketName", "DashboardName", "DeliveryStreamName", "FunctionName"),
    *("LogGroupName", "ManagedPolicyName", "Name", "NamespaceName", "RoleName"),
    *("StateMachineName", "TableName", "TopicName", "WorkgroupName"),
)
_WITHIN = {
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::Athena::NamedQuery",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogStream",
    "AWS::Logs::MetricFilter",
}
"""Types whose name is unique in another resource only, or is that resource's."""
_NESTED_NAMES = {
    "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    "AWS::Glue::Database": ("DatabaseInput", "Name"),
}

Resolved = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One template with the values of its parameters."""

    name: str
    given: dict[str, Any]
    parts: dict[str, Part] = field(default_factory=dict)

    @cached_property
    def template(self) -> dict[str, Any]:
        return read_template(self.name)

    @cached_property
    def resources(self) -> dict[str, Resolved]:
        """Properties of the resources that the conditions let in, by logical id."""
        return {
            logical_id: self.resolve(resource.get("Properties", {}))
            for logical_id, resource in self.template["Resources"].items()
            if self.lets_in(resource.get("Condition"))
        }

    @cached_property
    def outputs(self) -> dict[str, Any]:
        found = self.template.get("Outputs", {}).items()
        return {k: self.resolve(v["Value"]) for k, v in found if self.lets_in(v.get("Condition"))}

    def kind(self, logical_id: str) -> str:
        kind: str = self.template["Resources"][logical_id]["Type"]
        return kind

    def physical(self, logical_id: str) -> str:
        """Return a resource's name: the one that the template gives, or one as CloudFormation's."""
        properties = self.template["Resources"][logical_id].get("Properties", {})
        if name := self._name_in(properties, self.kind(logical_id)):
            return str(self.resolve(name))
        stack = f"{self.given['Project']}-{self.given['Stage']}-{self.name.capitalize()}-1A2B3C"
        return f"{stack}-{logical_id}-4D5E6F"

    def has_name(self, logical_id: str) -> bool:
        """Tell whether the template names a resource, by a name that the account must not have."""
        properties = self.template["Resources"][logical_id].get("Properties", {})
        return self._name_in(properties, self.kind(logical_id)) is not None

    def _name_in(self, properties: Resolved, kind: str) -> Any:
        if kind in _NESTED_NAMES:
            outer, inner = _NESTED_NAMES[kind]
            return properties[outer][inner]
        found = () if kind in _WITHIN else (each for each in _NAMES if each in properties)
        name = next(iter(found), None)
        return None if name is None else properties[name]

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [one for each in value if (one := self.resolve(each)) is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function in _FUNCTIONS:
                return _FUNCTIONS[function](self, argument)
        found = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not _NO_VALUE}

    def lets_in(self, condition: str | None) -> bool:
        return condition is None or self.holds(self.template["Conditions"][condition])

    def holds(self, condition: dict[str, Any]) -> bool:
        ((function, argument),) = condition.items()
        if function == "Condition":
            return self.lets_in(argument)
        if function == "Fn::Equals":
            first, second = (str(self.resolve(each)) for each in argument)
            return first == second
        tests = [self.holds(each) for each in argument]
        return {"Fn::Not": not tests[0], "Fn::And": all(tests), "Fn::Or": any(tests)}[function]

    def ref(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.given:
            return self.given[name]
        physical = self.physical(name)
        kind = self.kind(name)
        return _ARNS[kind].format(physical) if kind in _REFERRED_TO_BY_ARN else physical

    def attribute(self, path: list[str]) -> Any:
        logical_id, attribute = path[0], path[1]
        if attribute.startswith("Outputs."):
            return self.parts[logical_id].outputs[attribute.removeprefix("Outputs.")]
        physical = self.physical(logical_id)
        if attribute == "Arn":
            return _ARNS[self.kind(logical_id)].format(physical)
        if attribute.endswith("Arn"):
            return _SERVICE.format("redshift-serverless", f"workgroup/id-of-{physical}")
        return f"{attribute}-of-{physical}"

    def substitute(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in given:
                return str(self.resolve(given[name]))
            path = name.split(".", 1)
            return str(self.ref(name) if len(path) == 1 else self.attribute(path))

        return re.sub(r"\$\{([^}]+)}", value, text)


_FUNCTIONS: dict[str, Any] = {
    "Ref": Part.ref,
    "Fn::GetAtt": Part.attribute,
    "Fn::Sub": Part.substitute,
    "Fn::Join": lambda part, a: a[0].join(map(str, part.resolve(a[1]))),
    "Fn::Split": lambda part, a: str(part.resolve(a[1])).split(a[0]),
    "Fn::If": lambda part, a: part.resolve(a[1 if part.lets_in(a[0]) else 2]),
    "Fn::FindInMap": lambda part, a: part.template["Mappings"][a[0]][a[1]][a[2]],
}


def make_stage(project: str, stage: str, **parameters: str) -> dict[str, Part]:
    """Return the stack's parts by logical id in the root, with defaults for all not given."""
    declared = read_template("root")["Parameters"]
    values = {name: each.get("Default", f"the-{name}") for name, each in declared.items()}
    given = {**values, "Project": project, "Stage": stage, **parameters}
    given.setdefault("ArtifactsBucket", "")
    given["ArtifactsBucket"] = f"{project}-{stage}-artifacts-111122223333-eu-west-1"
    parts: dict[str, Part] = {}
    root = Part("root", given, parts)
    waiting = dict(root.template["Resources"])
    while waiting:
        for name in [name for name, each in waiting.items() if _needs(each) <= parts.keys()]:
            passed = root.resolve(waiting.pop(name)["Properties"]["Parameters"])
            parts[name] = Part(name.lower(), passed)
    return parts


def statements(part: Part) -> Iterator[tuple[str, Resolved]]:
    """Yield each statement of a part's identity policies, named `holder.sid`."""
    for logical_id, properties in part.resources.items():
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        if part.kind(logical_id) == "AWS::IAM::ManagedPolicy":
            documents = [properties["PolicyDocument"]]
        for document in documents:
            for statement in document["Statement"]:
                yield f"{logical_id}.{statement['Sid']}", statement


def _needs(resource: dict[str, Any]) -> set[str]:
    found = resource["Properties"]["Parameters"].values()
    return {each["Fn::GetAtt"][0] for each in found if "Fn::GetAtt" in each}
