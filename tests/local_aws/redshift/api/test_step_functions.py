"""A state machine submits a load to the Data API and polls it."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.local_aws.redshift.conftest import CloudWarehouse

ROLE = "arn:aws:iam::000000000000:role/runs-loads"
DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "Submit",
    "States": {
        "Submit": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:redshiftdata:batchExecuteStatement",
            "Arguments": {
                "WorkgroupName": "{% $states.input.workgroup %}",
                "Database": "dev",
                "SecretArn": "{% $states.input.secret %}",
                "ClientToken": "{% $states.context.Execution.Name %}",
                "Sqls": "{% $states.input.sqls %}",
            },
            "Output": "{% $states.result.Id %}",
            "Next": "Describe",
        },
        "Describe": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:redshiftdata:describeStatement",
            "Arguments": {"Id": "{% $states.input %}"},
            "Assign": {"load": "{% $states.result %}"},
            "Output": "{% $states.input %}",
            "Next": "Ended",
        },
        "Ended": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $load.Status = 'FINISHED' %}", "Next": "Done"},
                {"Condition": "{% $load.Status in ['FAILED', 'ABORTED'] %}", "Next": "Failed"},
            ],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Describe"},
        "Done": {"Type": "Pass", "Output": "{% $load.SubStatements.Status %}", "End": True},
        "Failed": {"Type": "Fail", "Error": "LoadFailed", "Cause": "{% $load.Error %}"},
    },
}


def execute(warehouse: CloudWarehouse, name: str, *sqls: str) -> dict[str, Any]:
    states = warehouse.cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=name, definition=json.dumps(DEFINITION), roleArn=ROLE
    )["stateMachineArn"]
    sent = {"workgroup": warehouse.workgroup, "secret": warehouse.secret, "sqls": sqls}
    started = states.start_execution(stateMachineArn=machine, input=json.dumps(sent), name=name)
    deadline = time.monotonic() + 30
    while True:
        execution: dict[str, Any] = states.describe_execution(executionArn=started["executionArn"])
        if execution["status"] != "RUNNING":
            return execution
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_load_is_submitted_and_polled(cloud_warehouse: CloudWarehouse) -> None:
    done = execute(cloud_warehouse, "load-works", "CREATE TEMP TABLE s (a int)", "SELECT 1")
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", ["FINISHED", "FINISHED"])


def test_a_failed_load_fails_the_execution_with_the_warehouses_error(
    cloud_warehouse: CloudWarehouse,
) -> None:
    failed = execute(cloud_warehouse, "load-fails", "SELECT 1", "SELECT 1 / 0")
    assert (failed["status"], failed["error"]) == ("FAILED", "LoadFailed")
    assert failed["cause"] == "ERROR: division by zero"
