"""A local cloud that enforces IAM, and roles made for a test."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from local_aws import cloud
from local_aws.settings import REGION, default_jars_dir
from tests.conftest import LocalCloud

ACCOUNT = "000000000000"


@pytest.fixture(scope="session")
def strict_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One local cloud with IAM enforced for all tests of this folder."""
    state_dir = tmp_path_factory.mktemp("strict-cloud")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ETL_IAM", "on")
        endpoint = cloud.up(state_dir, default_jars_dir())["aws"]
    yield LocalCloud(endpoint, state_dir)
    cloud.down(state_dir)


RoleMaker = Callable[..., str]


@pytest.fixture(scope="session")
def make_role(strict_cloud: LocalCloud) -> RoleMaker:
    """Return a function that makes a role with these statements; it returns the role's ARN."""
    iam = strict_cloud.client("iam")

    def make(*statements: dict[str, Any], trusts: dict[str, Any] | None = None) -> str:
        name = f"role-{uuid.uuid4()}"
        trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
        document = {"Version": "2012-10-17", "Statement": [{**trusted, **(trusts or {})}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        if statements:
            allowed = [{"Effect": "Allow", "Resource": "*", **each} for each in statements]
            iam.put_role_policy(
                RoleName=name,
                PolicyName="may",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
            )
        return str(arn["Role"]["Arn"])

    return make


@pytest.fixture(scope="session")
def as_role(strict_cloud: LocalCloud) -> Callable[..., Any]:
    """Return a function that makes a client of a service with a role's credentials."""

    def client(role: str, service: str, session: str = "test") -> Any:
        sts = strict_cloud.client("sts")
        found = sts.assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
        return boto3.client(
            service,  # type: ignore[call-overload]  # any of them
            endpoint_url=strict_cloud.endpoint,
            region_name=REGION,
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    return client
