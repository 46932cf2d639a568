"""Who gives a role to a service needs the permission to pass that role to that service."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.local_aws.iam.test_enforcement import Client, Role, refusal

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://none/none.py"}
DEFINITION = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'


@pytest.fixture(scope="module")
def given(make_role: Role) -> str:
    """Return the ARN of the role that is passed."""
    services = [f"{name}.amazonaws.com" for name in ("glue", "lambda", "states")]
    return make_role(trusts={"Principal": {"Service": services}})


def may_pass(role: str, service: str) -> dict[str, Any]:
    """Return a statement that allows to pass a role to a service."""
    to = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
    return {"Action": "iam:PassRole", "Resource": role, "Condition": to}


def job(role: str) -> dict[str, Any]:
    """Return the request for a job."""
    return {
        "Name": f"job-{uuid.uuid4()}",
        "Role": role,
        "GlueVersion": "5.1",
        "Command": COMMAND,
    }


@pytest.mark.parametrize("is_named_by", ["arn", "name"])
def test_a_job_is_made_only_by_who_may_pass_its_role_to_glue(
    make_role: Role, as_role: Client, given: str, is_named_by: str
) -> None:
    create = {"Action": "glue:CreateJob"}
    wanted = job(given if is_named_by == "arn" else given.rpartition("/")[2])

    nobody = refusal(as_role(make_role(create), "glue").create_job, **wanted)
    others = as_role(make_role(create, may_pass(given, "lambda")), "glue")
    elsewhere = refusal(others.create_job, **wanted)

    assert nobody["Code"] == elsewhere["Code"] == "AccessDeniedException"
    assert f"is not authorized to perform: iam:PassRole on resource: {given}" in nobody["Message"]
    allowed = as_role(make_role(create, may_pass(given, "glue")), "glue")
    assert allowed.create_job(**wanted)["Name"] == wanted["Name"]


def test_a_run_of_a_job_passes_no_role(make_role: Role, as_role: Client, given: str) -> None:
    maker = make_role({"Action": "glue:CreateJob"}, may_pass(given, "glue"))
    name = as_role(maker, "glue").create_job(**job(given))["Name"]
    starter = as_role(make_role({"Action": "glue:StartJobRun"}), "glue")

    assert starter.start_job_run(JobName=name)["JobRunId"]


def test_a_state_machine_is_made_only_by_who_may_pass_its_role(
    make_role: Role, as_role: Client, given: str
) -> None:
    create = {"Action": "states:CreateStateMachine"}
    machine = {"name": f"m-{uuid.uuid4()}", "definition": DEFINITION, "roleArn": given}

    refused = refusal(as_role(make_role(create), "stepfunctions").create_state_machine, **machine)

    assert f"iam:PassRole on resource: {given}" in refused["Message"]
    may = as_role(make_role(create, may_pass(given, "states")), "stepfunctions")
    assert may.create_state_machine(**machine)["stateMachineArn"]


def test_a_function_gets_a_role_only_from_who_may_pass_it(
    make_role: Role, as_role: Client, given: str
) -> None:
    functions = as_role(make_role({"Action": "lambda:CreateFunction"}), "lambda")

    refused = refusal(
        functions.create_function,
        FunctionName=f"f-{uuid.uuid4()}",
        Runtime="python3.11",
        Role=given,
        Handler="a.b",
        Code={"ZipFile": b""},
    )

    assert f"iam:PassRole on resource: {given}" in refused["Message"]
