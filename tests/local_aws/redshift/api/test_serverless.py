"""Namespaces and workgroups come and go, by the API and by CloudFormation."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from local_aws import cloud
from local_aws.settings import default_jars_dir
from tests.conftest import LocalCloud

TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "stacked-warehouse",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "redshift.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
            },
        },
        "Namespace": {
            "Type": "AWS::RedshiftServerless::Namespace",
            "Properties": {
                "NamespaceName": "stacked",
                "DbName": "shop",
                "AdminUsername": "keeper",
                "ManageAdminPassword": True,
                "IamRoles": [{"Fn::GetAtt": ["Role", "Arn"]}],
                "DefaultIamRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
        "Workgroup": {
            "Type": "AWS::RedshiftServerless::Workgroup",
            "Properties": {
                "WorkgroupName": "stacked",
                "NamespaceName": {"Ref": "Namespace"},
                "BaseCapacity": 8,
                "MaxCapacity": 16,
            },
        },
    },
    "Outputs": {
        "Host": {"Value": {"Fn::GetAtt": ["Workgroup", "Workgroup.Endpoint.Address"]}},
        "Port": {"Value": {"Fn::GetAtt": ["Workgroup", "Workgroup.Endpoint.Port"]}},
        "Arn": {"Value": {"Fn::GetAtt": ["Workgroup", "Workgroup.WorkgroupArn"]}},
        "Id": {"Value": {"Fn::GetAtt": ["Namespace", "Namespace.NamespaceId"]}},
        "Secret": {"Value": {"Fn::GetAtt": ["Namespace", "Namespace.AdminPasswordSecretArn"]}},
        "Name": {"Value": {"Ref": "Workgroup"}},
    },
}


def make_stack(local_cloud: LocalCloud, template: dict[str, Any], action: str) -> dict[str, str]:
    formation = local_cloud.client("cloudformation")
    request = {"StackName": "warehouse", "TemplateBody": json.dumps(template)}
    capabilities = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    getattr(formation, f"{action}_stack")(**request, **capabilities)
    formation.get_waiter(f"stack_{action}_complete").wait(
        StackName="warehouse", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    (stack,) = formation.describe_stacks(StackName="warehouse")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture
def stack(local_cloud: LocalCloud) -> Iterator[dict[str, str]]:
    """Deploy the stack and return its outputs; take it down after the test."""
    yield make_stack(local_cloud, TEMPLATE, "create")
    formation = local_cloud.client("cloudformation")
    formation.delete_stack(StackName="warehouse")
    formation.get_waiter("stack_delete_complete").wait(
        StackName="warehouse", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def log_in(local_cloud: LocalCloud, outputs: dict[str, str]) -> psycopg.Connection[Any]:
    content = local_cloud.client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])
    secret = json.loads(content["SecretString"])
    return psycopg.connect(
        host=outputs["Host"],
        port=int(outputs["Port"]),
        user=secret["username"],
        password=secret["password"],
        dbname="shop",
        autocommit=True,
    )


def test_a_stack_has_a_warehouse_that_its_secret_opens(
    local_cloud: LocalCloud, stack: dict[str, str]
) -> None:
    with log_in(local_cloud, stack) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("keeper",)
    assert stack["Arn"].startswith("arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/")
    serverless = local_cloud.client("redshift-serverless")
    namespace = serverless.get_namespace(namespaceName="stacked")["namespace"]
    assert namespace["namespaceId"] == stack["Id"]
    assert namespace["iamRoles"] == ["arn:aws:iam::000000000000:role/stacked-warehouse"]
    workgroup = serverless.get_workgroup(workgroupName=stack["Name"])["workgroup"]
    assert (workgroup["baseCapacity"], workgroup["status"]) == (8, "AVAILABLE")
    assert str(workgroup["endpoint"]["port"]) == stack["Port"]


def test_an_update_of_the_stack_keeps_the_data(
    local_cloud: LocalCloud, stack: dict[str, str]
) -> None:
    with log_in(local_cloud, stack) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Resources"]["Workgroup"]["Properties"]["BaseCapacity"] = 16
    changed["Resources"]["Namespace"]["Properties"]["IamRoles"] = []
    del changed["Resources"]["Namespace"]["Properties"]["DefaultIamRoleArn"]
    outputs = make_stack(local_cloud, changed, "update")
    assert outputs == stack
    workgroup = local_cloud.client("redshift-serverless").get_workgroup(workgroupName="stacked")
    assert workgroup["workgroup"]["baseCapacity"] == 16
    with log_in(local_cloud, outputs) as connection:
        assert connection.execute("SELECT a FROM kept").fetchone() == (1,)


def test_a_deleted_namespace_takes_data_and_secret_along(local_cloud: LocalCloud) -> None:
    serverless = local_cloud.client("redshift-serverless")
    name = "short-lived"
    made = serverless.create_namespace(namespaceName=name, manageAdminPassword=True)["namespace"]
    serverless.create_workgroup(workgroupName=name, namespaceName=name)
    with pytest.raises(ClientError, match="still has a workgroup"):
        serverless.delete_namespace(namespaceName=name)
    serverless.delete_workgroup(workgroupName=name)
    serverless.delete_namespace(namespaceName=name)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        serverless.get_namespace(namespaceName=name)
    assert not (local_cloud.state_dir / "redshift" / name).exists()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        local_cloud.client("secretsmanager").get_secret_value(
            SecretId=made["adminPasswordSecretArn"]
        )


def test_get_credentials_open_the_warehouse_for_the_caller(local_cloud: LocalCloud) -> None:
    serverless = local_cloud.client("redshift-serverless")
    # Without an admin, the identity that creates the namespace is its superuser.
    serverless.create_namespace(namespaceName="by-iam")
    workgroup = serverless.create_workgroup(workgroupName="by-iam", namespaceName="by-iam")
    issued = serverless.get_credentials(workgroupName="by-iam", durationSeconds=900)
    assert issued["dbUser"] == "IAM:RootIdentity"
    assert issued["expiration"].timestamp() - time.time() < 901
    with psycopg.connect(
        host="127.0.0.1",
        port=workgroup["workgroup"]["endpoint"]["port"],
        user=issued["dbUser"],
        password=issued["dbPassword"],
        dbname="dev",
        autocommit=True,
    ) as connection:
        connection.execute("CREATE SCHEMA mine")
    listed = serverless.list_workgroups()["workgroups"]
    assert "by-iam" in [one["workgroupName"] for one in listed]
    serverless.delete_workgroup(workgroupName="by-iam")
    serverless.delete_namespace(namespaceName="by-iam")


def test_a_password_of_the_users_own_opens_the_warehouse(local_cloud: LocalCloud) -> None:
    serverless = local_cloud.client("redshift-serverless")
    name = "by-password"
    with pytest.raises(ClientError, match="adminUserPassword needs"):
        serverless.create_namespace(
            namespaceName=name, adminUsername="boss", adminUserPassword="weak"
        )
    serverless.create_namespace(
        namespaceName=name, adminUsername="boss", adminUserPassword="Strong123"
    )
    workgroup = serverless.create_workgroup(workgroupName=name, namespaceName=name)["workgroup"]
    with psycopg.connect(
        host="127.0.0.1",
        port=workgroup["endpoint"]["port"],
        user="boss",
        password="Strong123",
        dbname="dev",
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert "adminUserPassword" not in serverless.get_namespace(namespaceName=name)["namespace"]
    serverless.delete_workgroup(workgroupName=name)
    serverless.delete_namespace(namespaceName=name)


def test_warehouse_and_statements_survive_down_and_up(tmp_path: Path) -> None:
    def client(service: str) -> Any:
        return LocalCloud(endpoint=endpoints["aws"], state_dir=tmp_path).client(service)

    endpoints = cloud.up(tmp_path, default_jars_dir())
    try:
        client("redshift-serverless").create_namespace(namespaceName="kept")
        first = client("redshift-serverless").create_workgroup(
            workgroupName="kept", namespaceName="kept"
        )["workgroup"]
        target = {"WorkgroupName": "kept", "Database": "dev"}
        answer = client("redshift-data").execute_statement(
            Sql="CREATE TABLE t AS SELECT 1 AS a", WaitTimeSeconds=20, **target
        )
        assert answer["Status"] == "FINISHED"
        cloud.down(tmp_path)
        assert not (tmp_path / "redshift" / "kept" / "data" / "postmaster.pid").exists()
        endpoints = cloud.up(tmp_path, default_jars_dir())
        again = client("redshift-serverless").get_workgroup(workgroupName="kept")["workgroup"]
        assert again["endpoint"] == first["endpoint"]
        kept = client("redshift-data").describe_statement(Id=answer["Id"])
        assert kept["Status"] == "FINISHED"
        read = client("redshift-data").execute_statement(
            Sql="SELECT a FROM t", WaitTimeSeconds=20, **target
        )
        result = client("redshift-data").get_statement_result(Id=read["Id"])
        assert result["Records"] == [[{"longValue": 1}]]
    finally:
        cloud.down(tmp_path)
