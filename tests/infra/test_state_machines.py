"""The state machines do what they promise on every path, and fit what they call."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from lambdas import errors
from lambdas.warehouse_load import plan
from tests.infra.state_machine_walk import EXECUTION, TaskError, Walk, walk
from tests.infra.walked_cloud import Cloud

CHECKOUT = Path(__file__).resolve().parents[2]
MACHINES = {"retail_etl": "RetailEtl", "compact_lake": "CompactLake"}
STAGES = {
    "retail_etl": ["CleanseTransactions", "PartitionTransactions", "PublishTransactions"],
    "compact_lake": ["CompactLake"],
}
Machines = dict[str, dict[str, Any]]


def lambda_errors() -> set[str]:
    """Return the names of the pipeline's own errors, as Step Functions sees them."""
    return {name for name, value in vars(errors).items() if isinstance(value, type)}


def service_errors(service: str, prefix: str, operation: str) -> set[str]:
    """Return what a call can fail with: its own errors, throttling, the SDK's catch-all."""
    model = botocore.session.get_session().get_service_model(service)
    shapes = model.operation_model(operation).error_shapes
    return {f"{prefix}.{shape.name}" for shape in shapes} | {
        f"{prefix}.ThrottlingException",  # common error of every AWS API
        f"{prefix}.AWS{prefix}Exception",  # what Step Functions calls an error without a class
    }


def tasks(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {n: state for n, state in machine["States"].items() if state["Type"] == "Task"}


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def ledger_status(done: Walk) -> str:
    """Return the last status written to the ledger."""
    writes = [a for a in done.arguments.values() if "ExpressionAttributeValues" in a]
    status: str = writes[-1]["ExpressionAttributeValues"][":status"]["S"]
    return status


@pytest.mark.parametrize("name", MACHINES)
def test_every_substitution_is_inside_a_string_and_supplied_and_none_is_idle(
    machines: Machines, templates: dict[str, Any], name: str
):
    text = (CHECKOUT / "state_machines" / f"{name}.asl.json").read_text()
    in_strings = {m for s in strings(machines[name]) for m in re.findall(r"\$\{(\w+)\}", s)}
    supplied = templates["workflow"]["Resources"][MACHINES[name]]["Properties"]
    assert set(re.findall(r"\$\{(.*?)\}", text)) == in_strings
    assert in_strings == set(supplied["DefinitionSubstitutions"])


@pytest.mark.parametrize("name", MACHINES)
def test_every_error_that_is_retried_can_be_raised_there(machines: Machines, name: str):
    for state_name, state in tasks(machines[name]).items():
        raisable = {"States.TaskFailed", "States.ALL"}
        if ":lambda:" in state["Resource"]:
            raisable |= lambda_errors()
        if ":glue:" in state["Resource"]:
            raisable |= service_errors("glue", "Glue", "StartJobRun")
        if ":redshiftdata:" in state["Resource"]:
            operation = state["Resource"].rpartition(":")[2]
            operation = operation[0].upper() + operation[1:]
            raisable |= service_errors("redshift-data", "RedshiftData", operation)
        for handler in [*state.get("Retry", []), *state["Catch"]]:
            assert set(handler["ErrorEquals"]) <= raisable, state_name


@pytest.mark.parametrize("name", MACHINES)
def test_every_task_has_a_timeout_bounded_retries_and_a_way_out(machines: Machines, name: str):
    for state_name, state in tasks(machines[name]).items():
        assert state["TimeoutSeconds"] > 0, state_name
        assert [catcher["ErrorEquals"] for catcher in state["Catch"]] == [["States.ALL"]]
        retriers = state["Retry"]
        assert retriers[-1]["ErrorEquals"] == ["States.TaskFailed"], state_name
        assert retriers[-1]["MaxAttempts"] <= 5, state_name
        for retrier in retriers:
            assert "MaxAttempts" in retrier, state_name
            assert retrier["MaxAttempts"] == 0 or "IntervalSeconds" in retrier, state_name


@pytest.mark.parametrize("name", MACHINES)
def test_no_failure_leads_to_success(machines: Machines, name: str):
    for state in tasks(machines[name]).values():
        (catcher,) = state["Catch"]
        assert catcher["Next"] in {"RecordFailure", "ReleaseLockAfterFailure", "Failed"}


@pytest.mark.parametrize("name", MACHINES)
def test_a_state_outlasts_its_job_and_the_machine_outlasts_its_states(
    machines: Machines, templates: dict[str, Any], name: str
):
    longest_run = templates["jobs"]["Parameters"]["JobTimeoutMinutes"]["MaxValue"] * 60
    whole = 0
    for state_name in STAGES[name]:
        state = machines[name]["States"][state_name]
        waits, starts, runs = state["Retry"]
        waiting = waits["IntervalSeconds"] * waits["MaxAttempts"]
        assert longest_run + 300 <= state["TimeoutSeconds"]
        assert waits["ErrorEquals"] == ["Glue.ConcurrentRunsExceededException"]
        assert waits.get("BackoffRate") == 1.0
        assert waiting >= longest_run, "a retry must outwait a run that still runs"
        whole += state["TimeoutSeconds"] * (1 + runs["MaxAttempts"]) + waiting
        whole += starts["MaxAttempts"] * starts["MaxDelaySeconds"]
    lock = machines[name]["States"]["AcquireLock"]["Retry"][0]
    whole += lock["MaxAttempts"] * lock["MaxDelaySeconds"]
    if name == "retail_etl":
        whole += 3 * plan.LIMIT + plan.LOAD_LIMIT + plan.LIMIT  # to prepare; to load and look
    assert machines[name]["TimeoutSeconds"] >= whole


@pytest.mark.parametrize("name", MACHINES)
def test_the_lock_is_waited_for_about_half_an_hour(machines: Machines, name: str):
    held = machines[name]["States"]["AcquireLock"]["Retry"][0]
    assert held["ErrorEquals"] == ["LockHeld"]
    assert held["JitterStrategy"] == "FULL"  # a wait is half the delay on average
    assert 1500 <= held["MaxAttempts"] * held["MaxDelaySeconds"] / 2 <= 2400


def test_a_whole_run_cleanses_then_partitions_under_the_lock(machines: Machines):
    done = walk(machines["retail_etl"], Cloud(), {})
    assert done.states == [
        "RecordStart",
        "CheckInput",
        "AcquireLock",
        "FindPendingWork",
        "WhatIsPending",
        "CleanseTransactions",
        "PartitionTransactions",
        "FindUnpublished",
        "IsPublishPending",
        "PrepareWarehouse",
        *(sql := ["PlanSql", "IsSqlLeft", "ExecuteSql", "DescribeSql", "HowIsSql"]),
        "FetchSql",
        "PlanSql",
        "IsSqlLeft",
        "PublishTransactions",
        "LoadWarehouse",
        *sql,
        *sql,
        "FetchSql",
        *sql,
        "PlanSql",
        "IsSqlLeft",
        "ReleaseLock",
        "RecordSuccess",
        "Done",
    ]
    assert done.output["outcome"] == "SUCCEEDED"
    assert done.output["work"]["cleanse"]["objects"] == 1
    assert done.arguments["CleanseTransactions"]["Arguments"] == {
        "--run_id": "run-1",
        "--replay": "none",
    }
    assert done.arguments["PartitionTransactions"]["Arguments"] == {"--run_id": "run-1"}
    execution = EXECUTION["Id"]
    assert done.arguments["AcquireLock"]["Payload"] == {
        "action": "acquire",
        "execution": execution,
    }
    assert done.arguments["ReleaseLock"]["Payload"] == {
        "action": "release",
        "execution": execution,
    }
    assert done.arguments["RecordStart"]["ExpressionAttributeValues"][":started_at"] == {
        "S": EXECUTION["StartTime"]
    }
    assert ledger_status(done) == "SUCCEEDED"


def test_what_only_partition_has_to_do_starts_no_cleanse(machines: Machines):
    done = walk(machines["retail_etl"], Cloud(["partition", "publish"]), {})
    assert "CleanseTransactions" not in done.states
    assert "PartitionTransactions" in done.states


def test_what_only_publish_has_to_do_starts_that_job_alone(machines: Machines):
    done = walk(machines["retail_etl"], Cloud(["publish"]), {})
    assert [state for state, call in done.calls if "JobName" in call] == ["PublishTransactions"]


def test_where_nothing_has_changed_redshift_is_not_woken(machines: Machines):
    done = walk(machines["retail_etl"], Cloud(["cleanse", "partition"]), {})
    asked = done.arguments["FindUnpublished"]["Payload"]
    assert asked == {"run_id": "run-1", "force": False, "only": "publish"}
    assert done.states[-4:] == ["IsPublishPending", "ReleaseLock", "RecordSuccess", "Done"]
    assert "ExecuteSql" not in done.states


def test_with_nothing_pending_no_job_starts_and_the_output_says_so(machines: Machines):
    done = walk(machines["retail_etl"], Cloud([]), {})
    assert done.states[-3:] == ["ReleaseUnusedLock", "RecordNothingPending", "NothingPending"]
    assert not any("JobName" in arguments for arguments in done.arguments.values())
    assert done.output["outcome"] == "NOTHING_PENDING"
    assert ledger_status(done) == "NOTHING_PENDING"


@pytest.mark.parametrize(
    ("execution_input", "forced"),
    [({}, False), ({"force": True}, True), ({"force": False}, False)],
)
def test_only_a_true_force_forces(machines: Machines, execution_input: Any, forced: bool):
    done = walk(machines["retail_etl"], Cloud(), execution_input)
    assert done.arguments["FindPendingWork"]["Payload"] == {"run_id": "run-1", "force": forced}


@pytest.mark.parametrize("name", MACHINES)
def test_any_failing_state_ends_failed_with_its_own_error_and_gives_the_lock_back(
    machines: Machines, name: str
):
    for failing in walk(machines[name], Cloud(), {}).arguments:
        error = TaskError("States.TaskFailed", f"{failing} broke")
        done = walk(machines[name], Cloud(**{failing: error}), {})
        assert done.states[-3:] == ["RecordFailure", "ReleaseLockAfterFailure", "Failed"]
        assert done.output == {"Error": "States.TaskFailed", "Cause": f"{failing} broke"}
        assert ledger_status(done) == "FAILED"


@pytest.mark.parametrize("name", MACHINES)
def test_the_first_error_survives_a_ledger_and_a_lock_that_fail_too(machines: Machines, name: str):
    stage = STAGES[name][0]
    other = TaskError("DynamoDB.InternalServerError")
    failing = {
        stage: TaskError("States.Timeout", None),
        "RecordFailure": other,
        "ReleaseLockAfterFailure": other,
    }
    done = walk(machines[name], Cloud(**failing), {})
    assert done.states[-3:] == ["RecordFailure", "ReleaseLockAfterFailure", "Failed"]
    assert done.output == {"Error": "States.Timeout", "Cause": "no cause was given"}


def test_the_ledger_gets_the_message_out_of_a_failed_job_runs_json(machines: Machines):
    run = {
        "JobName": "cleanse",
        "JobRunState": "FAILED",
        "ErrorMessage": 'ValueError: a "quoted" word',
    }
    for cause in (json.dumps(run), json.dumps(run, separators=(",", ":"))):
        done = walk(
            machines["retail_etl"],
            Cloud(CleanseTransactions=TaskError("States.TaskFailed", cause)),
            {},
        )
        values = done.arguments["RecordFailure"]["ExpressionAttributeValues"]
        assert values[":cause"]["S"] == 'States.TaskFailed: ValueError: a \\"quoted\\" word'
        assert float(values[":seconds"]["N"]) > 0


def test_a_long_cause_is_cut_for_the_ledger_and_kept_for_the_execution(machines: Machines):
    error = TaskError("States.TaskFailed", "x" * 9000)
    done = walk(machines["retail_etl"], Cloud(PartitionTransactions=error), {})
    cause = done.arguments["RecordFailure"]["ExpressionAttributeValues"][":cause"]["S"]
    assert len(cause) == 2000
    assert len(done.output["Cause"]) == 9000


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_from_the_start(machines: Machines, name: str):
    machine = machines[name]
    reached, waiting = set(), [machine["StartAt"]]
    while waiting:
        state_name = waiting.pop()
        if state_name in reached:
            continue
        reached.add(state_name)
        waiting += re.findall(
            r'"(?:Next|Default)": "(\w+)"', json.dumps(machine["States"][state_name])
        )
    assert reached == set(machine["States"])


@pytest.mark.parametrize("name", MACHINES)
def test_the_role_allows_the_functions_and_jobs_that_the_machine_calls(
    machines: Machines, templates: dict[str, Any], name: str
):
    workflow = templates["workflow"]["Resources"]
    role = json.dumps(workflow[f"{MACHINES[name]}Role"])
    for state in tasks(machines[name]).values():
        arguments = state["Arguments"]
        if "FunctionName" in arguments:
            function = arguments["FunctionName"]
            own = f'"Fn::GetAtt": ["{function[2:-1]}", "Arn"]'
            assert own in role or f"function:{function}" in role
        if ":redshiftdata:" in state["Resource"]:
            action = state["Resource"].rpartition(":")[2]
            assert f'"redshift-data:{action[0].upper()}{action[1:]}"' in role
        if "JobName" in arguments:
            assert f"job/{arguments['JobName']}" in role
        if "TableName" in arguments:
            assert f"table/{arguments['TableName']}" in role
