"""Who reaches what, as the parameters say: closed by default, opened by name only."""

from __future__ import annotations

import re

import pytest

from tests.infra.infra_files import read_template
from tests.infra.stage import Part, Resolved, make_stage, statements

TOKENS = {
    "JwtIssuer": "https://id.example",
    "JwtAudience": "tills",
    "HistoryJwtIssuer": "https://id.example",
    "HistoryJwtAudience": "app",
}
VPC = {"WarehouseVpcId": "vpc-12345678", "WarehouseClientCidr": "10.1.0.0/16"}


def of_kind(parts: dict[str, Part], kind: str) -> list[Resolved]:
    """Return the properties of a stage's resources of a type."""
    return [
        properties
        for part in parts.values()
        for logical_id, properties in part.resources.items()
        if part.kind(logical_id) == kind
    ]


def routes(**parameters: str) -> list[tuple[str, bool]]:
    """Return what each route demands, and whether it has an authoriser."""
    parts = make_stage("etl", "dev", **parameters)
    found = of_kind(parts, "AWS::ApiGatewayV2::Route")
    assert len(found) == 5
    return [(route["AuthorizationType"], "AuthorizerId" in route) for route in found]


def test_without_a_word_every_route_demands_a_signature():
    assert set(routes()) == {("AWS_IAM", False)}


def test_tokens_are_demanded_of_every_route_by_an_authoriser():
    both = {"ApiAuthorization": "JWT", "HistoryAuthorization": "JWT"}
    assert set(routes(**both, **TOKENS)) == {("JWT", True)}
    parts = make_stage("etl", "dev", **both, **TOKENS)
    found = of_kind(parts, "AWS::ApiGatewayV2::Authorizer")
    audiences = [each["JwtConfiguration"]["Audience"] for each in found]
    assert audiences == [["tills"], ["app"]]


def test_only_the_word_opens_a_route():
    assert set(routes(ApiAuthorization="NONE", HistoryAuthorization="NONE")) == {("NONE", False)}
    one_open = routes(ApiAuthorization="NONE")
    assert one_open.count(("AWS_IAM", False)) == 4


@pytest.mark.parametrize(("authorization", "told"), [("IAM", "none"), ("JWT", "jwt")])
def test_the_history_function_looks_for_a_token_where_one_is_demanded(
    authorization: str, told: str
):
    parts = make_stage("etl", "dev", HistoryAuthorization=authorization, **TOKENS)
    function = parts["History"].resources["HistoryFunction"]
    assert function["Environment"]["Variables"]["AUTHORIZER"] == told


def test_without_a_word_the_warehouse_is_not_public_and_opens_no_port():
    parts = make_stage("etl", "dev")
    (workgroup,) = of_kind(parts, "AWS::RedshiftServerless::Workgroup")
    assert workgroup["PubliclyAccessible"] == "false"
    assert "SecurityGroupIds" not in workgroup
    assert of_kind(parts, "AWS::EC2::SecurityGroup") == []


@pytest.mark.parametrize(
    "further",
    [{}, {"WarehouseClientCidr2": "192.0.2.0/24"}, {"WarehouseClientCidr3": "10.2.0.0/16"}],
    ids=["one", "two", "a gap"],
)
def test_the_warehouses_port_is_open_to_the_named_ranges_alone(further: dict[str, str]):
    parts = make_stage("etl", "dev", WarehousePubliclyAccessible="true", **VPC, **further)
    (group,) = of_kind(parts, "AWS::EC2::SecurityGroup")
    assert group["VpcId"] == "vpc-12345678"
    rules = group["SecurityGroupIngress"]
    assert {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules} == {
        ("tcp", 5439, 5439)
    }
    assert [rule["CidrIp"] for rule in rules] == ["10.1.0.0/16", *further.values()]
    assert all(rule["Description"] for rule in rules)


def test_groups_of_the_users_own_stay_beside_the_stacks():
    own = {"WarehouseSecurityGroupIds": "sg-12345678,sg-23456789"}
    (workgroup,) = of_kind(make_stage("etl", "dev", **own), "AWS::RedshiftServerless::Workgroup")
    assert workgroup["SecurityGroupIds"] == ["sg-12345678", "sg-23456789"]
    both = make_stage("etl", "dev", **own, **VPC)
    (workgroup,) = of_kind(both, "AWS::RedshiftServerless::Workgroup")
    assert workgroup["SecurityGroupIds"][:2] == ["sg-12345678", "sg-23456789"]
    assert len(workgroup["SecurityGroupIds"]) == 3


def test_the_warehouse_speaks_tls_only():
    (workgroup,) = of_kind(make_stage("etl", "dev"), "AWS::RedshiftServerless::Workgroup")
    assert workgroup["ConfigParameters"] == [
        {"ParameterKey": "require_ssl", "ParameterValue": "true"}
    ]


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "10.0.0.0/7", "10.0.0.0", "10.0.0.0/33", "::/0"])
def test_no_range_as_wide_as_the_internet_is_taken(cidr: str):
    pattern = read_template("root")["Parameters"]["WarehouseClientCidr"]["AllowedPattern"]
    assert re.fullmatch(pattern, "203.0.113.0/24")
    assert re.fullmatch(pattern, cidr) is None


def test_versions_are_kept_by_parameter_and_those_of_tables_for_a_day():
    bucket = make_stage("etl", "dev")["Storage"].resources["LakeBucket"]
    assert "VersioningConfiguration" not in bucket
    bucket = make_stage("etl", "dev", RawRecoveryDays="30")["Storage"].resources["LakeBucket"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    days = {
        rule["Prefix"]: str(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "NoncurrentVersionExpiration" in rule
    }
    assert days == {"raw/": "30", "warehouse/": "1", "staging/": "1"}


@pytest.mark.parametrize(("tracing", "enabled"), [("ENABLED", True), ("DISABLED", False)])
def test_executions_are_traced_by_parameter_and_their_roles_may_send_traces(
    tracing: str, enabled: bool
):
    parts = make_stage("etl", "dev", Tracing=tracing)
    machines = of_kind(parts, "AWS::StepFunctions::StateMachine")
    assert [each["TracingConfiguration"]["Enabled"] for each in machines] == [enabled] * 2
    sending = [name for name, _ in statements(parts["Workflow"]) if name.endswith(".SendTraces")]
    assert sending == ["RetailEtlRole.SendTraces", "CompactLakeRole.SendTraces"]


def test_jobs_grow_and_shrink_and_are_measured():
    jobs = of_kind(make_stage("etl", "dev", NumberOfWorkers="10"), "AWS::Glue::Job")
    assert len(jobs) == 4
    for job in jobs:
        assert job["DefaultArguments"]["--enable-auto-scaling"] == "true"
        assert job["DefaultArguments"]["--enable-metrics"] == "true"
        assert job["NumberOfWorkers"] == "10"
        assert job["Timeout"]
