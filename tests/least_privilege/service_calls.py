"""What a service does with a role of the stack, done by the service itself."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from tests.least_privilege.deployment import Deployment

_SECONDS = 30.0
_SQL = {"WorkgroupName": "etl-local", "Database": "retail"}


def run_tasks(cloud: Deployment, role: str, *tasks: Mapping[str, Any]) -> str:
    """Let Step Functions run Tasks with a role; return the error's cause, or nothing."""
    states, name = cloud.root("stepfunctions"), f"probe-{uuid.uuid4()}"
    last = len(tasks) - 1
    named = {
        f"Task{number}": {
            "Type": "Task",
            **task,
            **({"End": True} if number == last else {"Next": f"Task{number + 1}"}),
        }
        for number, task in enumerate(tasks)
    }
    machine = {"QueryLanguage": "JSONata", "StartAt": "Task0", "States": named}
    arn = states.create_state_machine(
        name=name, definition=json.dumps(machine), roleArn=cloud.roles[role]["Arn"]
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    ended = wait_for(lambda: _ended(states, execution))
    return str(ended.get("cause") or "")


def _ended(states: Any, execution: str) -> Any:
    found = states.describe_execution(executionArn=execution)
    return found if found["status"] != "RUNNING" else None


def copy(cloud: Deployment, role: str) -> str:
    """Let the warehouse COPY from the staged batches with a role; return its error, or nothing."""
    lake, arn = cloud.outputs["LakeBucket"], cloud.roles[role]["Arn"]
    _run_sql(cloud, "CREATE TABLE IF NOT EXISTS probe (line VARCHAR(100))")
    source = f"s3://{lake}/staging/warehouse/probe"
    return _run_sql(cloud, f"COPY probe FROM '{source}' IAM_ROLE '{arn}' CSV")


def _run_sql(cloud: Deployment, sql: str) -> str:
    statement = cloud.root("redshift-data").execute_statement(**_SQL, Sql=sql)["Id"]
    return str(wait_for(lambda: _ended_sql(cloud, statement)).get("Error") or "")


def _ended_sql(cloud: Deployment, statement: str) -> Any:
    found = cloud.root("redshift-data").describe_statement(Id=statement)
    return found if found["Status"] in ("FINISHED", "FAILED", "ABORTED") else None


def wait_for(find: Any) -> Any:
    """Return what `find` finds, as soon as it finds something."""
    deadline = time.monotonic() + _SECONDS
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def schedule_an_execution(cloud: Deployment, role: str) -> None:
    """Let EventBridge Scheduler start an execution at once, which ends at its input."""
    cloud.root("scheduler").create_schedule(
        Name=f"probe-{uuid.uuid4()}",
        ScheduleExpression=f"at({time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": cloud.outputs["StateMachineArn"],
            "RoleArn": cloud.roles[role]["Arn"],
            "Input": json.dumps({"force": "neither true nor false"}),
        },
    )


def executions(cloud: Deployment) -> list[Any]:
    """Return the executions of the pipeline's state machine."""
    machine = cloud.outputs["StateMachineArn"]
    found: list[Any] = cloud.root("stepfunctions").list_executions(stateMachineArn=machine)[
        "executions"
    ]
    return found
