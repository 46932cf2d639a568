"""A deployed stack, its roles to be taken on and cut down."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from tests.least_privilege.evaluation import deployed_policies, without
from tests.least_privilege.grants import Grant
from tests.least_privilege.requests import Policies, logical_id

_ROOT = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
_NO_RETRIES = Config(retries={"total_max_attempts": 1}, read_timeout=60)


@dataclass
class Deployment:
    """A deployed stack.

    Attributes
    ----------
    outputs : of the root stack.
    """

    endpoint: str
    outputs: dict[str, str]
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def root(self, service: str) -> Any:
        """Return a client of the account's root."""
        return self._client("", service, _ROOT)

    def client(self, role: str, service: str) -> Any:
        """Return a client with the credentials of a role, by its logical id."""
        if (role, service) in self._clients:
            return self._clients[role, service]
        found = self.root("sts").assume_role(
            RoleArn=self.roles[role]["Arn"], RoleSessionName="probe"
        )["Credentials"]
        keys = {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
        return self._client(role, service, keys)

    @cached_property
    def roles(self) -> dict[str, Any]:
        """The stack's roles by logical id."""
        pages = self.root("iam").get_paginator("list_roles").paginate()
        return {logical_id(role["RoleName"]): role for role in pages.search("Roles")}

    @cached_property
    def policies(self) -> Policies:
        """The policies of every role, as deployed."""
        return deployed_policies(self.root("iam"))

    @cached_property
    def keys(self) -> dict[str, str]:
        """The names of each DynamoDB table's key, joined by commas."""
        dynamodb = self.root("dynamodb")
        return {
            name: ",".join(
                each["AttributeName"]
                for each in dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]
            )
            for name in dynamodb.list_tables()["TableNames"]
        }

    def trust_the_account(self) -> None:
        """Let the account's root take on the roles, which trust only their services."""
        for role in self.roles.values():
            trust = role["AssumeRolePolicyDocument"]
            own = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}}
            own |= {"Action": "sts:AssumeRole"}
            self.root("iam").update_assume_role_policy(
                RoleName=role["RoleName"],
                PolicyDocument=json.dumps({**trust, "Statement": [*trust["Statement"], own]}),
            )

    @contextlib.contextmanager
    def cut(self, grant: Grant, role: str) -> Iterator[None]:
        """Take one action away from a role's policy, for the time of the context."""
        iam, name = self.root("iam"), self.roles[role]["RoleName"]
        document = self.policies[role][grant.holder]
        changed = json.dumps(without(document, grant.sid, grant.action))
        if grant.holder == role:
            (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=changed)
            try:
                yield
            finally:
                whole = json.dumps(document)
                iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=whole)
            return
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        (arn,) = [
            each["PolicyArn"] for each in attached if logical_id(each["PolicyArn"]) == grant.holder
        ]
        _replace(iam, arn, changed)
        try:
            yield
        finally:
            _replace(iam, arn, json.dumps(document))

    def _client(self, role: str, service: str, keys: dict[str, str]) -> Any:
        if (role, service) not in self._clients:
            self._clients[role, service] = boto3.client(
                service,  # type: ignore[call-overload]  # any of them
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                config=_NO_RETRIES,
                **keys,
            )
        return self._clients[role, service]


def _replace(iam: Any, arn: str, document: str) -> None:
    """Make a document the only version of a managed policy."""
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
