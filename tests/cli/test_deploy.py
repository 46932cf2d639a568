"""Deploying to a local cloud: whole, unchanged, changed, failing, destroyed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli import deploy as deploying
from cli.artifacts import Build
from cli.deploy import DataInTheWay, Deployment, DestroyRefused, deploy, destroy
from cli.stacks import StackError, StackEvent
from local_aws import cloud
from local_aws.settings import REGION, default_jars_dir

CHECKOUT = Path(__file__).resolve().parents[2]
LOCAL = {"FirehoseBufferSeconds": "5", "DataDeletionPolicy": "Delete"}
NAMES = (
    "athena",
    "cloudformation",
    "contracts",
    "glue_jobs",
    "lambdas",
    "loader",
    "state_machines",
)


class LocalSession(boto3.Session):
    """A session whose clients speak to one endpoint."""

    endpoint = ""

    def client(self, service: str, **given: Any) -> Any:  # type: ignore[override]
        return super().client(service, endpoint_url=self.endpoint, **given)  # type: ignore[call-overload]


class Events(list[StackEvent]):
    """The events that a deployment reported."""

    def __call__(self, event: StackEvent) -> None:
        self.append(event)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSession]:
    """Return a session of an empty local cloud."""
    state_dir = tmp_path_factory.mktemp("cloud")
    endpoints = cloud.up(state_dir, default_jars_dir())
    session = LocalSession("test", "test", region_name=REGION)
    session.endpoint = endpoints["aws"]
    yield session
    cloud.down(state_dir)


@pytest.fixture(scope="module")
def deployed(session: LocalSession) -> tuple[Deployment, Events]:
    """Return the deployment of this checkout as stage `local`, and its events."""
    events = Events()
    return deploy(session, "etl", "local", LOCAL, events), events


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of what is built, which `deploy` builds from instead of this checkout."""
    for name in NAMES:
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    monkeypatch.setattr(deploying, "CHECKOUT", tmp_path)
    return tmp_path


def code_hashes(session: LocalSession, built: Build) -> dict[str, tuple[str, str]]:
    """Return (deployed hash, built hash) of each function."""
    functions = session.client("lambda").list_functions()["Functions"]
    deployed = {each["FunctionName"]: each["CodeSha256"] for each in functions}
    return {
        name: (deployed[f"etl-local-{name}"], built.named(parameter).sha256)
        for name, parameter in {
            "ingest": "IngestPackage",
            "run-lock": "RunLockPackage",
            "pending-work": "PendingWorkPackage",
        }.items()
    }


def test_a_deployment_reports_every_nested_stack_and_gives_outputs(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    deployment, events = deployed
    assert deployment.changed
    assert deployment.stack == "etl-local"
    assert deployment.outputs["Database"] == "etl_local_retail"
    assert deployment.outputs["LakeBucket"] == "etl-local-lake-000000000000-us-east-1"
    completed = {event.resource for event in events if event.status == "CREATE_COMPLETE"}
    assert {"Storage", "LakeBucket", "DeliveryStream", "CleanseJob", "RetailEtl"} <= completed
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert session.client("stepfunctions").describe_state_machine(
        stateMachineArn=deployment.outputs["StateMachineArn"]
    )


def test_what_is_deployed_is_what_is_built(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    for name, (there, here) in code_hashes(session, deployed[0].built).items():
        assert there == here, name


def test_no_substitution_is_left_in_a_deployed_state_machine(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    for output in ("StateMachineArn", "CompactStateMachineArn"):
        arn = deployed[0].outputs[output]
        machine = session.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
        assert "${" not in machine["definition"]
        assert "etl-local-run-ledger" in machine["definition"]


def test_the_artifacts_bucket_is_private_and_encrypted(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    s3 = session.client("s3")
    bucket = "etl-local-artifacts-000000000000-us-east-1"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    keys = {found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert keys == {artifact.key for artifact in deployed[0].built.artifacts}


def test_a_deployment_is_tagged_and_keeps_the_tags_of_others(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    cloudformation, name = session.client("cloudformation"), deployed[0].stack
    ours = {"project": "etl", "stage": "local"}

    def tags() -> dict[str, str]:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return {tag["Key"]: tag["Value"] for tag in stack["Tags"]}

    assert tags() == ours

    cloudformation.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
            for each in cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
        ],
        Tags=[{"Key": "owner", "Value": "shop"}, {"Key": "project", "Value": "etl"}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    assert deploy(session, "etl", "local", {}, Events()).changed
    assert tags() == {**ours, "owner": "shop"}


def test_deploying_again_without_changes_does_nothing(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    events = Events()
    again = deploy(session, "etl", "local", LOCAL, events)
    assert not again.changed
    assert again.outputs == deployed[0].outputs
    assert events == []


@pytest.mark.usefixtures("deployed")
def test_parameters_that_are_not_given_again_keep_their_value(session: LocalSession):
    assert not deploy(session, "etl", "local", {}, Events()).changed


def test_a_template_that_reads_otherwise_and_says_the_same_changes_nothing(
    session: LocalSession, deployed: tuple[Deployment, Events], checkout: Path
):
    root = checkout / "cloudformation" / "root.yaml"
    root.write_text("# A remark.\n" + root.read_text())
    events = Events()
    again = deploy(session, "etl", "local", {}, events)
    assert not again.changed
    assert events == []
    assert again.outputs == deployed[0].outputs
    left = session.client("cloudformation").list_change_sets(StackName="etl-local")["Summaries"]
    assert not [each for each in left if each["Status"] == "FAILED"]


def test_a_changed_function_is_updated_and_keeps_its_name(
    session: LocalSession, deployed: tuple[Deployment, Events], checkout: Path
):
    lock = checkout / "lambdas" / "run_lock" / "lock.py"
    lock.write_text(lock.read_text() + "# changed\n")
    events = Events()
    changed = deploy(session, "etl", "local", {}, events)
    assert changed.changed
    assert changed.outputs == deployed[0].outputs
    hashes = code_hashes(session, changed.built)
    assert all(there == here for there, here in hashes.values())
    assert changed.built.named("RunLockPackage") != deployed[0].built.named("RunLockPackage")


def test_a_failed_deployment_names_the_resource_and_the_reason_and_can_be_repeated(
    session: LocalSession, checkout: Path
):
    template = checkout / "cloudformation" / "catalog.yaml"
    good = template.read_text()
    template.write_text(good.replace("DatabaseName: !Ref Database", "DatabaseName: not_there"))
    keeping = {"DataDeletionPolicy": "RetainExceptOnCreate"}
    with pytest.raises(StackError, match=r"AWS::Glue::Table.*not_there"):
        deploy(session, "etl", "failing", keeping, Events())
    template.write_text(good)
    assert (
        deploy(session, "etl", "failing", keeping, Events()).outputs["WorkGroup"] == "etl-failing"
    )
    destroy(session, "etl", "failing", Events(), delete_data=True)


def test_a_failed_update_leaves_the_stack_as_it_was(
    session: LocalSession, deployed: tuple[Deployment, Events], checkout: Path
):
    template = checkout / "cloudformation" / "workflow.yaml"
    broken = template.read_text().replace("!GetAtt RunLockRole.Arn", "!GetAtt RunLockRole.Nope")
    template.write_text(broken)
    with pytest.raises(StackError, match=r"is UPDATE_ROLLBACK_COMPLETE: .*Nope"):
        deploy(session, "etl", "local", {}, Events())
    shutil.copy(CHECKOUT / "cloudformation" / "workflow.yaml", template)
    mended = deploy(session, "etl", "local", {}, Events())
    assert mended.outputs == deployed[0].outputs
    assert all(there == here for there, here in code_hashes(session, mended.built).values())


def test_a_template_that_cloudformation_refuses_fails_with_its_reason(
    session: LocalSession, deployed: tuple[Deployment, Events]
):
    with pytest.raises(StackError, match="RawErrorDays"):
        deploy(session, "etl", "local", {"RawErrorDays": "0"}, Events())
    assert deploy(session, "etl", "local", {}, Events()).outputs == deployed[0].outputs


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"JwtIssuer": "https://id.example"}, "ApiAuthorization JWT only"),
        ({"ApiAuthorization": "JWT"}, "needs JwtIssuer"),
        ({"HistoryAuthorization": "JWT"}, "needs HistoryJwtIssuer"),
        ({"WarehousePubliclyAccessible": "true"}, "the addresses that may come"),
        ({"WarehouseClientCidr": "10.1.0.0/16"}, "needs WarehouseVpcId"),
        ({"WarehouseClientCidr2": "10.1.0.0/16"}, "WarehouseClientCidr is set before"),
        ({"WarehouseClientCidr": "0.0.0.0/0"}, "WarehouseClientCidr"),
    ],
)
@pytest.mark.usefixtures("deployed")
def test_parameters_that_do_not_go_together_are_refused_before_anything_changes(
    session: LocalSession, parameters: dict[str, str], reason: str
):
    events = Events()
    with pytest.raises(StackError, match=reason):
        deploy(session, "etl", "local", parameters, events)
    assert events == []


def test_a_bound_that_is_no_policy_fails_the_role_that_should_have_it(session: LocalSession):
    missing = {"RoleBoundary": "arn:aws:iam::000000000000:policy/missing"}
    with pytest.raises(StackError, match=r"AWS::IAM::Role.*policy/missing does not exist"):
        deploy(session, "etl", "unbound", {**LOCAL, **missing}, Events())
    destroy(session, "etl", "unbound", Events(), delete_data=True)


def test_a_stage_with_all_that_parameters_turn_on_is_deployed_and_leaves_nothing(
    session: LocalSession,
):
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = session.client("iam").create_policy(
        PolicyName="bound",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    on = {
        "RawRecoveryDays": "7",
        "WarehouseVpcId": "vpc-12345678",
        "WarehouseClientCidr": "10.1.0.0/16",
        "WarehouseClientCidr2": "192.0.2.17/32",
        "WarehouseSecurityGroupIds": "sg-12345678",
        "WarehousePubliclyAccessible": "true",
        "Tracing": "DISABLED",
        "RoleBoundary": policy["Policy"]["Arn"],
    }
    deployment = deploy(session, "etl", "full", {**LOCAL, **on}, Events())
    lake, s3 = deployment.outputs["LakeBucket"], session.client("s3")
    for body in (b"first", b"second"):
        s3.put_object(Bucket=lake, Key="raw/x", Body=body)
    s3.delete_object(Bucket=lake, Key="raw/x")
    versions = s3.list_object_versions(Bucket=lake, Prefix="raw/")["Versions"]
    bodies = [
        s3.get_object(Bucket=lake, Key="raw/x", VersionId=each["VersionId"])["Body"].read()
        for each in versions
    ]
    assert sorted(bodies) == [b"first", b"second"]

    workgroup = session.client("redshift-serverless").get_workgroup(workgroupName="etl-full")
    groups = workgroup["workgroup"]["securityGroupIds"]
    assert workgroup["workgroup"]["publiclyAccessible"]
    assert workgroup["workgroup"]["configParameters"] == [
        {"parameterKey": "require_ssl", "parameterValue": "true"}
    ]
    assert "sg-12345678" in groups
    (own,) = set(groups) - {"sg-12345678"}
    (group,) = session.client("ec2").describe_security_groups(GroupIds=[own])["SecurityGroups"]
    ranges = [(rule["FromPort"], rule["IpRanges"][0]["CidrIp"]) for rule in group["IpPermissions"]]
    assert sorted(ranges) == [(5439, "10.1.0.0/16"), (5439, "192.0.2.17/32")]
    roles = [
        each["RoleName"]
        for each in session.client("iam").list_roles()["Roles"]
        if each["RoleName"].startswith("etl-full-")
    ]
    found = [session.client("iam").get_role(RoleName=each)["Role"] for each in roles]
    bounds = [each["PermissionsBoundary"]["PermissionsBoundaryArn"] for each in found]
    assert len(bounds) >= 12
    assert set(bounds) == {on["RoleBoundary"]}

    destroy(session, "etl", "full", Events(), delete_data=True)
    assert not any("-full-" in each["Name"] for each in s3.list_buckets()["Buckets"])


def test_a_stack_that_would_delete_its_data_is_not_destroyed_unless_that_is_wanted(
    session: LocalSession,
):
    deployment = deploy(session, "etl", "short", LOCAL, Events())
    s3 = session.client("s3")
    s3.put_object(Bucket=deployment.outputs["LakeBucket"], Key="raw/x", Body=b"{}")
    with pytest.raises(DestroyRefused, match="RetainExceptOnCreate"):
        destroy(session, "etl", "short", Events())
    destroy(session, "etl", "short", Events(), delete_data=True)
    left = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert not any("-short-" in name for name in left)
    tables = session.client("dynamodb").list_tables()["TableNames"]
    assert not any("-short-" in name for name in tables)
    destroy(session, "etl", "short", Events(), delete_data=True)  # again: nothing to do


def test_a_destroyed_stack_leaves_the_data_that_it_was_deployed_to_keep(session: LocalSession):
    deployment = deploy(session, "etl", "kept", {}, Events())  # keeping is the default
    lake, s3 = deployment.outputs["LakeBucket"], session.client("s3")
    s3.put_object(Bucket=lake, Key="raw/x", Body=b"{}")
    destroy(session, "etl", "kept", Events())
    assert s3.get_object(Bucket=lake, Key="raw/x")["Body"].read() == b"{}"
    tables = set(session.client("dynamodb").list_tables()["TableNames"])
    assert {f"etl-kept-{name}" for name in ("pipeline-state", "run-ledger", "lookups")} <= tables
    functions = session.client("lambda").list_functions()["Functions"]
    assert not any("-kept-" in each["FunctionName"] for each in functions)
    with pytest.raises(DataInTheWay, match=f"{lake}.*--delete-data"):
        deploy(session, "etl", "kept", {}, Events())
    destroy(session, "etl", "kept", Events(), delete_data=True)
    assert not any("-kept-" in each["Name"] for each in s3.list_buckets()["Buckets"])


def test_two_stages_live_side_by_side(session: LocalSession, deployed: tuple[Deployment, Events]):
    other = deploy(session, "etl", "other", LOCAL, Events())
    # A database is in its own namespace; what an API demands is no name.
    alike = {"ApiAuthorization", "HistoryAuthorization", "WarehouseDatabase"}
    both = [
        {value for name, value in each.outputs.items() if name not in alike}
        for each in (other, deployed[0])
    ]
    assert both[0].isdisjoint(both[1])
    destroy(session, "etl", "other", Events(), delete_data=True)
    names = {
        each["FunctionName"] for each in session.client("lambda").list_functions()["Functions"]
    }
    functions = ("ingest", "history", "run-lock", "pending-work", "warehouse-load")
    assert names == {f"etl-local-{name}" for name in functions}
