"""The deployer's role can do all that a deployment needs, within the stage, and not more."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import resources
from typing import Any

import pytest

from tests.infra.deployer_exceptions import NEVER_NEEDED
from tests.infra.infra_files import CHECKOUT, read_template
from tests.infra.policies import DEPLOYER
from tests.infra.stage import Part, make_stage, statements
from tests.infra.test_stages import EVERYTHING_ON

GIVEN = {
    "Project": "etl",
    "Stage": "dev",
    "GitHubRepository": "shop/retail-etl",
    "GitHubOidcProvider": "",
    "DeployerBoundary": "",
    "MayDeleteData": "false",
}
LONGEST_POLICY = 6144  # characters without white space (IAM and STS quotas)

# Names of the SDK's calls that IAM knows by another.
_IAM_NAMES = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
}


def deployer(**given: str) -> Part:
    """Return the template for a stage of a project."""
    return Part(DEPLOYER, {**GIVEN, **given})


def as_list(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]


def allowed(part: Part, *without: str) -> set[str]:
    """Return the actions that the deployer's policies allow."""
    return {
        action
        for name, statement in statements(part)
        if name.split(".")[0] not in {"RoleBoundary", *without}
        for action in as_list(statement["Action"])
    }


def asked_by_cloudformation() -> Iterator[tuple[str, str]]:
    """Yield (type, action) of what AWS's own schemas name for the types of our templates."""
    folder = resources.files("cfnlint") / "data" / "schemas"
    files = json.loads((folder / "providers" / "us-east-1.json").read_text())
    kinds = {part.kind(each) for part in stage().values() for each in part.resources}
    for kind in sorted({"AWS::CloudFormation::Stack", *kinds}):
        schema = json.loads((folder / "resources" / f"{files[kind]}.json").read_text())
        for handler in schema["handlers"].values():
            yield from ((kind, action) for action in handler["permissions"])


def stage() -> dict[str, Part]:
    """Return a stage with all that parameters can turn on."""
    return make_stage("etl", "dev", **EVERYTHING_ON)


def test_every_parameter_says_what_it_is_and_what_it_may_be():
    for name, declared in read_template(DEPLOYER)["Parameters"].items():
        assert declared["Description"], name
        assert {"AllowedPattern", "AllowedValues"} & set(declared), name


def test_only_the_stages_environment_of_the_repository_may_take_the_role():
    trust = deployer().resources["Deployer"]["AssumeRolePolicyDocument"]["Statement"]
    assert len(trust) == 1
    assert trust[0]["Action"] == "sts:AssumeRoleWithWebIdentity"
    issuer = "token.actions.githubusercontent.com"
    assert trust[0]["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:shop/retail-etl:environment:dev",
        }
    }


def test_a_provider_that_is_there_is_not_made_again():
    there = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    part = deployer(GitHubOidcProvider=there)
    assert "GitHub" not in part.resources
    (trust,) = part.resources["Deployer"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Federated": there}
    assert "GitHub" in deployer().resources


def test_every_type_of_the_templates_can_be_deployed():
    can = allowed(deployer())
    missing = {
        f"{kind}: {action}"
        for kind, action in asked_by_cloudformation()
        if action not in can and not any(fnmatchcase(action, each) for each in NEVER_NEEDED)
    }
    assert missing == set()


def test_no_reason_is_left_over():
    can = allowed(deployer())
    asked = {action for _, action in asked_by_cloudformation()} - can
    idle = {each for each in NEVER_NEEDED if not any(fnmatchcase(a, each) for a in asked)}
    assert idle == set()


@pytest.mark.parametrize("name", ["StackPolicy", "StorePolicy", "AccessPolicy", "RoleBoundary"])
def test_a_policy_is_as_short_as_iam_takes_it(name: str):
    longest = {"Project": "p" * 12, "Stage": "s" * 10}
    document = deployer(**longest).resources[name]["PolicyDocument"]
    assert len(json.dumps(document, separators=(",", ":"))) <= LONGEST_POLICY


def test_every_call_of_deploy_and_destroy_is_allowed():
    source = "".join(
        (CHECKOUT / "cli" / f"{name}.py").read_text()
        for name in ("deploy", "deployment_stores", "stacks")
    )
    called = {
        re.sub(r"_(\w)", lambda m: m[1].upper(), f"_{node.func.attr}")
        for node in ast.walk(ast.parse(source.replace("from __future__ import annotations", "")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    } | {
        re.sub(r"_(\w)", lambda m: m[1].upper(), f"_{name}")
        for name in re.findall(r'get_paginator\("(\w+)"\)', source)
    }
    used = set()
    for service in ("cloudformation", "dynamodb", "s3"):
        model = _operations(service)
        used |= {f"{service}:{name}" for name in called & model}
    actions = {_IAM_NAMES.get(each, each) for each in used}
    assert len(actions) > 20
    assert actions - allowed(deployer(MayDeleteData="true")) == set()


def _operations(service: str) -> set[str]:
    import botocore.session  # noqa: PLC0415 - slow to import, for this test only

    return set(botocore.session.get_session().get_service_model(service).operation_names)


def test_only_a_parameter_lets_it_delete_what_the_lake_holds():
    deletes = {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    assert deletes.isdisjoint(allowed(deployer()))
    assert deletes <= allowed(deployer(MayDeleteData="true"))


def test_it_can_change_neither_itself_nor_the_bound():
    part = deployer(MayDeleteData="true")
    own = {part.attribute(["Deployer", "Arn"])} | {
        part.ref(each) for each in part.resources if part.kind(each) == "AWS::IAM::ManagedPolicy"
    }
    assert len(own) == 6
    for name, statement in statements(part):
        for pattern in as_list(statement["Resource"]):
            if pattern != "*":
                assert not [arn for arn in own if fnmatchcase(arn, pattern)], name


def test_it_reaches_no_other_stage():
    mine = [
        (name, pattern)
        for name, statement in statements(deployer())
        for pattern in as_list(statement["Resource"])
        if re.search(r"etl[-_]dev", pattern)
    ]
    theirs = [
        each.replace("etl-dev", other).replace("etl_dev", other.replace("-", "_"))
        for other in ("etl-dev2", "etl-prod", "etl2-dev")
        for _, pattern in mine
        for each in [pattern.replace("*", "any")]
    ]
    assert len(mine) > 30
    for name, pattern in mine:
        assert not [each for each in theirs if fnmatchcase(each, pattern)], name


def test_it_makes_roles_within_the_bound_only():
    part = deployer()
    found = dict(statements(part))
    making = found["AccessPolicy.MakeBoundedRoles"]
    assert {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} <= set(making["Action"])
    assert making["Condition"] == {
        "ArnEquals": {"iam:PermissionsBoundary": part.ref("RoleBoundary")}
    }
    others = [s for name, s in found.items() if name != "AccessPolicy.MakeBoundedRoles"]
    granted = {action for each in others for action in as_list(each["Action"])}
    assert not granted & set(making["Action"])


def test_the_bound_lets_every_role_of_the_stage_do_its_work_and_nothing_else():
    bound = [
        (action, pattern)
        for name, statement in statements(deployer())
        if name.startswith("RoleBoundary.")
        for action in as_list(statement["Action"])
        for pattern in as_list(statement["Resource"])
    ]
    needed = {
        (f"{part.name}.{name}", action, pattern)
        for part in stage().values()
        for name, statement in statements(part)
        for action in as_list(statement["Action"])
        for pattern in as_list(statement["Resource"])
    }
    assert len(needed) > 100
    outside = {
        each
        for each in needed
        if not any(each[1] == action and fnmatchcase(each[2], limit) for action, limit in bound)
    }
    assert outside == set()
    assert {action for action, _ in bound} == {action for _, action, _ in needed}


def test_every_role_of_the_stack_takes_the_bound():
    arn = "arn:aws:iam::111122223333:policy/deployer-etl-dev-bound"
    roles = [
        properties
        for part in make_stage("etl", "dev", RoleBoundary=arn).values()
        for each, properties in part.resources.items()
        if part.kind(each) == "AWS::IAM::Role"
    ]
    assert len(roles) >= 12
    assert all(role["PermissionsBoundary"] == arn for role in roles)
