"""Without a needed action the real call is refused; with the policy as it is, it passes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import cloud
from local_aws.iam.decisions import read_decisions
from tests.least_privilege import calls, service_calls
from tests.least_privilege.deployment import Deployment
from tests.least_privilege.evaluation import allows, needed_by
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.reasons import reason_of, unused_reasons
from tests.least_privilege.report import PAGE, WRITES, page
from tests.least_privilege.requests import logical_id, read_recorded

_SERVICES_OWN = ("RetailEtlRole", "CompactLakeRole", "ScheduleRole", "CopyRole", "DeliveryRole")
_MACHINES = ("RetailEtlRole", "CompactLakeRole")


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("least-privilege")


@pytest.fixture(scope="module")
def deployment(state_dir: Path) -> Iterator[Deployment]:
    """Return the deployed stack, with IAM enforced."""
    environment = {**os.environ, "ETL_STATE_DIR": str(state_dir), "ETL_IAM": "on"}
    try:
        subprocess.run(
            [sys.executable, "-m", "cli.app", "up"],
            env=environment,
            check=True,
            capture_output=True,
            timeout=240,
        )
        endpoint = cloud.status(state_dir).endpoints["aws"]
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        stacks = boto3.client(
            "cloudformation", endpoint_url=endpoint, region_name="us-east-1", **keys
        )
        outputs = stacks.describe_stacks(StackName="etl-local")["Stacks"][0]["Outputs"]
        found = Deployment(endpoint, {each["OutputKey"]: each["OutputValue"] for each in outputs})
        found.trust_the_account()
        yield found
    finally:
        cloud.down(state_dir)


def test_by_evaluation_each_recorded_request_is_allowed_and_each_action_needed_or_explained(
    deployment: Deployment,
) -> None:
    recorded = read_recorded()
    held = deployment.policies
    unneeded = [grant for grant in grants() if not needed_by(grant, held, recorded)]

    refused = [each for each in recorded if not allows(held[each.role].values(), each)]
    assert refused == []
    assert [str(grant) for grant in unneeded if reason_of(grant) is None] == []
    assert unused_reasons(unneeded) == []


def test_the_page_is_what_the_recorded_requests_make_of_the_deployed_policies(
    deployment: Deployment,
) -> None:
    text = page(deployment.policies, read_recorded())
    if os.environ.get(WRITES):
        PAGE.write_text(text)

    assert text == PAGE.read_text(), "run `make least-privilege`"


def test_the_call_of_each_needed_action_is_refused_without_it_and_passes_with_it(
    deployment: Deployment,
) -> None:
    recorded, wrong, made = read_recorded(), [], 0
    for grant in grants():
        for role, request in needed_by(grant, deployment.policies, recorded).items():
            if role in _SERVICES_OWN:
                continue
            asked = calls.Asked(request, partial(deployment.client, role), deployment.keys)
            call = partial(calls.make, asked)
            if request.action == "s3:GetObject":  # a missing object is refused to who may not list
                place = {"Bucket": asked.bucket, "Key": asked.key}
                deployment.root("s3").put_object(**place, Body=b"")
            with deployment.cut(grant, role):
                refused_without = calls.is_denied(call)
            made += 1
            if not refused_without or calls.is_denied(call):
                wrong.append((str(grant), role, "without" if not refused_without else "with"))

    assert wrong == []
    assert made > 50


def _task(deployment: Deployment, action: str) -> tuple[str, dict[str, Any]]:
    """Return resource and arguments of a Task that makes the call of an action."""
    out = deployment.outputs
    sql = {"WorkgroupName": "etl-local", "Database": "retail", "Sqls": ["SELECT 1"]}
    run = {"RunId": "jr_none"}
    table = {"TableName": out["LedgerTable"], "Key": {"run_id": {"S": "probe"}}}
    table["Key"]["stage"] = {"S": "probe"}
    sdk = "arn:aws:states:::aws-sdk"
    return {
        "lambda:InvokeFunction": (
            "arn:aws:states:::lambda:invoke",
            {"FunctionName": "etl-local-run-lock", "Payload": {}},
        ),
        "glue:StartJobRun": ("arn:aws:states:::glue:startJobRun", {"Timeout": -1}),
        "glue:GetJobRun": (f"{sdk}:glue:getJobRun", run),
        "glue:BatchStopJobRun": (f"{sdk}:glue:batchStopJobRun", {"JobRunIds": ["jr_none"]}),
        "redshift-data:BatchExecuteStatement": (
            f"{sdk}:redshiftdata:batchExecuteStatement",
            {**sql, "SecretArn": "redshift!etl-local-admin"},
        ),
        "secretsmanager:GetSecretValue": (
            f"{sdk}:redshiftdata:batchExecuteStatement",
            {**sql, "SecretArn": "redshift!etl-local-admin"},
        ),
        "dynamodb:UpdateItem": ("arn:aws:states:::dynamodb:updateItem", table),
    }[action]


@pytest.mark.parametrize("grant", [each for each in grants() if each.holder in _MACHINES], ids=str)
def test_a_state_machine_is_refused_by_the_service_without_the_action(
    deployment: Deployment, grant: Grant
) -> None:
    if not needed_by(grant, deployment.policies, read_recorded()):
        pytest.skip("no request needs it")
    if grant.sid == "FollowItsOwnSql":
        pytest.skip("asked for within one execution only: shown by evaluation")
    resource, arguments = _task(deployment, grant.action)
    if grant.action.startswith("glue:"):
        job = "CompactJob" if grant.holder == "CompactLakeRole" else "CleanseJob"
        arguments["JobName"] = deployment.outputs[job]

    with deployment.cut(grant, grant.holder):
        refused = service_calls.run_task(deployment, grant.holder, resource, arguments)
    passed = service_calls.run_task(deployment, grant.holder, resource, arguments)

    assert f"is not authorized to perform: {grant.action} on resource: arn:" in refused
    assert "is not authorized" not in passed


@pytest.mark.parametrize("grant", [each for each in grants() if each.holder == "CopyRole"], ids=str)
def test_copy_is_refused_without_the_action(deployment: Deployment, grant: Grant) -> None:
    deployment.root("s3").put_object(
        Bucket=deployment.outputs["LakeBucket"], Key="staging/warehouse/probe.csv", Body=b"line\n"
    )

    with deployment.cut(grant, "CopyRole"):
        refused = service_calls.copy(deployment, "CopyRole")
    passed = service_calls.copy(deployment, "CopyRole")

    assert "AccessDenied" in refused
    assert grant.action in refused
    assert passed == ""


def test_firehose_does_not_deliver_without_the_right_to_put(
    deployment: Deployment, state_dir: Path
) -> None:
    (grant,) = [
        each for each in grants() if each.holder == "DeliveryRole" and each.action == "s3:PutObject"
    ]
    lake = {"Bucket": deployment.outputs["LakeBucket"], "Prefix": "raw/transactions/"}

    def delivered() -> int:
        return int(deployment.root("s3").list_objects_v2(**lake)["KeyCount"])

    before = delivered()
    with deployment.cut(grant, "DeliveryRole"):
        _post(deployment)
        service_calls.wait_for(lambda: "DeliveryRole" in _refused_roles(state_dir))
        assert delivered() == before

    service_calls.wait_for(lambda: delivered() > before)


def test_a_schedule_starts_nothing_without_the_right_to(
    deployment: Deployment, state_dir: Path
) -> None:
    (grant,) = [each for each in grants() if each.holder == "ScheduleRole"]

    with deployment.cut(grant, "ScheduleRole"):
        service_calls.schedule_an_execution(deployment, "ScheduleRole")
        service_calls.wait_for(lambda: "ScheduleRole" in _refused_roles(state_dir))
        assert service_calls.executions(deployment) == []

    service_calls.schedule_an_execution(deployment, "ScheduleRole")
    service_calls.wait_for(lambda: service_calls.executions(deployment))


def test_a_function_tells_its_caller_of_the_refusal(deployment: Deployment) -> None:
    (grant,) = [each for each in grants() if str(each).startswith("IngestRole.SendToFirehose")]

    with deployment.cut(grant, "IngestRole"):
        status = _post(deployment)

    assert status >= 500
    assert _post(deployment) == 202


def _post(deployment: Deployment) -> int:
    url = (
        f"{deployment.endpoint}/_aws/execute-api/{deployment.outputs['ApiId']}"
        "/$default/transactions"
    )
    body = json.dumps({"InvoiceNo": "1"}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _refused_roles(state_dir: Path) -> set[str]:
    return {logical_id(each.principal) for each in read_decisions(state_dir) if not each.allowed}
