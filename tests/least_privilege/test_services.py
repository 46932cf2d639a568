"""A service that acts with a role is refused what the role's policy lacks, and says so."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local_aws.iam.decisions import read_decisions
from tests.least_privilege import service_calls
from tests.least_privilege.deployment import Deployment
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.reasons import reason_of
from tests.least_privilege.requests import logical_id

MACHINES = ("RetailEtlRole", "CompactLakeRole")
SDK = "arn:aws:states:::aws-sdk"
SQL = {
    "WorkgroupName": "etl-local",
    "Database": "retail",
    "SecretArn": "redshift!etl-local-admin",
    "Sqls": ["SELECT 1"],
}
OWN_SQL = "FollowItsOwnSql"


def named(name: str) -> Grant:
    """Return a grant by its name."""
    return next(grant for grant in grants() if str(grant) == name)


def of_machines() -> list[Grant]:
    """Return what a state machine needs, but for following its own SQL."""
    return [
        grant
        for grant in grants()
        if grant.holder in MACHINES and grant.sid != OWN_SQL and reason_of(grant) is None
    ]


def task(deployment: Deployment, action: str) -> tuple[str, dict[str, Any]]:
    """Return resource and arguments of a Task that makes the call of an action."""
    table = {"run_id": {"S": "probe"}, "stage": {"S": "probe"}}
    tasks: dict[str, tuple[str, dict[str, Any]]] = {
        "lambda:InvokeFunction": (
            "arn:aws:states:::lambda:invoke",
            {"FunctionName": "etl-local-run-lock", "Payload": {}},
        ),
        "glue:StartJobRun": ("arn:aws:states:::glue:startJobRun", {"Timeout": -1}),
        "glue:GetJobRun": (f"{SDK}:glue:getJobRun", {"RunId": "jr_none"}),
        "glue:BatchStopJobRun": (f"{SDK}:glue:batchStopJobRun", {"JobRunIds": ["jr_none"]}),
        "redshift-data:BatchExecuteStatement": (f"{SDK}:redshiftdata:batchExecuteStatement", SQL),
        "secretsmanager:GetSecretValue": (f"{SDK}:redshiftdata:batchExecuteStatement", SQL),
        "dynamodb:UpdateItem": (
            "arn:aws:states:::dynamodb:updateItem",
            {"TableName": deployment.outputs["LedgerTable"], "Key": table},
        ),
    }
    assert action in tasks, f"say here which Task makes the call of {action}"
    return tasks[action]


@pytest.mark.parametrize("grant", of_machines(), ids=str)
def test_a_state_machine_is_refused_by_the_service_without_the_action(
    deployment: Deployment, grant: Grant
) -> None:
    resource, arguments = task(deployment, grant.action)
    if grant.action.startswith("glue:"):
        job = "CompactJob" if grant.holder == "CompactLakeRole" else "CleanseJob"
        arguments["JobName"] = deployment.outputs[job]
    state = {"Resource": resource, "Arguments": arguments}

    with deployment.cut(grant, grant.holder):
        refused = service_calls.run_tasks(deployment, grant.holder, state)
    passed = service_calls.run_tasks(deployment, grant.holder, state)

    assert f"is not authorized to perform: {grant.action} on resource: arn:" in refused
    assert "is not authorized" not in passed


@pytest.mark.parametrize("grant", [each for each in grants() if each.sid == OWN_SQL], ids=str)
def test_a_state_machine_follows_its_own_sql_by_the_action_only(
    deployment: Deployment, grant: Grant
) -> None:
    operation = grant.action.partition(":")[2]
    submit = {
        "Resource": f"{SDK}:redshiftdata:batchExecuteStatement",
        "Arguments": SQL,
        "Assign": {"id": "{% $states.result.Id %}"},
    }
    follow = {
        "Resource": f"{SDK}:redshiftdata:{operation[0].lower()}{operation[1:]}",
        "Arguments": {"Id": "{% $id %}"},
    }

    with deployment.cut(grant, grant.holder):
        refused = service_calls.run_tasks(deployment, grant.holder, submit, follow)
    passed = service_calls.run_tasks(deployment, grant.holder, submit, follow)

    assert f"is not authorized to perform: {grant.action} on resource: *" in refused
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
    grant = named("DeliveryRole.WriteRawObjects.s3:PutObject")
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
    grant = named("ScheduleRole.StartExecutions.states:StartExecution")

    with deployment.cut(grant, "ScheduleRole"):
        service_calls.schedule_an_execution(deployment, "ScheduleRole")
        service_calls.wait_for(lambda: "ScheduleRole" in _refused_roles(state_dir))
        assert service_calls.executions(deployment) == []

    service_calls.schedule_an_execution(deployment, "ScheduleRole")
    assert service_calls.wait_for(lambda: service_calls.executions(deployment))


def test_a_function_tells_its_caller_of_the_refusal(deployment: Deployment) -> None:
    grant = named("IngestRole.SendToFirehose.firehose:PutRecordBatch")

    with deployment.cut(grant, "IngestRole"):
        status = _post(deployment)

    assert status >= 500
    assert _post(deployment) == 202


def test_an_api_calls_its_function_only_by_the_functions_own_policy(
    deployment: Deployment,
) -> None:
    functions, name = deployment.root("lambda"), {"FunctionName": "etl-local-ingest"}
    (statement,) = json.loads(functions.get_policy(**name)["Policy"])["Statement"]

    functions.remove_permission(**name, StatementId=statement["Sid"])
    refused = _post(deployment)
    functions.add_permission(
        **name,
        StatementId=statement["Sid"],
        Action=statement["Action"],
        Principal=statement["Principal"]["Service"],
        SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
    )

    assert refused == 500
    assert _post(deployment) == 202


def test_a_job_run_fails_without_the_right_to_read_its_code(deployment: Deployment) -> None:
    glue, job = deployment.root("glue"), {"JobName": deployment.outputs["CleanseJob"]}

    with deployment.cut(named("JobRunPolicy.ReadItsCode.s3:GetObject"), "CleanseRole"):
        run = glue.start_job_run(**job)["JobRunId"]
        failed = service_calls.wait_for(lambda: _in_state(deployment, run, "FAILED"))
    run = glue.start_job_run(**job)["JobRunId"]
    running = service_calls.wait_for(lambda: _in_state(deployment, run, "RUNNING"))
    glue.batch_stop_job_run(**job, JobRunIds=[run])
    service_calls.wait_for(lambda: _in_state(deployment, run, "STOPPED"))

    assert "(403) when calling the HeadObject operation" in failed["ErrorMessage"]
    assert "ErrorMessage" not in running


def _in_state(deployment: Deployment, run: str, state: str) -> Any:
    job = deployment.outputs["CleanseJob"]
    found = deployment.root("glue").get_job_run(JobName=job, RunId=run)["JobRun"]
    return found if found["JobRunState"] == state else None


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
