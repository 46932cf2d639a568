"""What an execution may be asked for, and that anything else fails before the lock is taken."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.stepfunctions.jsonata_values import Scope
from tests.infra.state_machine_walk import Walk, walk
from tests.infra.walked_cloud import Cloud

Machines = dict[str, dict[str, Any]]

DAY = {"from": "2026-11-20T00", "to": "2026-11-20T23"}
HOUR = {"from": "2026-11-22T05", "to": "2026-11-22T05"}


def asked(machines: Machines, execution_input: Any, *pending: str) -> Walk:
    """Walk an execution with this input, of which these stages are pending."""
    return walk(machines["retail_etl"], Cloud(pending), execution_input)


def jobs(done: Walk) -> list[str]:
    """Return the states that started a job."""
    return [state for state, call in done.calls if "JobName" in call]


@pytest.mark.parametrize(
    ("execution_input", "cause"),
    [
        ({"force": "yes"}, "force must be true or false"),
        ({"force": None}, "force must be true or false"),
        ({"replay": "2026-11-20"}, "replay must be an object"),
        ({"replay": None}, "replay must be an object"),
        ({"replay": []}, "replay must be an object"),
        ({"replay": [DAY, "2026-11-20"]}, "replay must be an object"),
        ({"replay": {}}, "replay.from must be an ingest hour"),
        ({"replay": DAY | {"from": "2026-11-20"}}, "replay.from must be an ingest hour"),
        ({"replay": DAY | {"from": 20261120}}, "replay.from must be an ingest hour"),
        ({"replay": DAY | {"from": "2026-13-20T00"}}, "replay.from must be an ingest hour"),
        ({"replay": {"from": DAY["from"]}}, "replay.to must be an ingest hour"),
        ({"replay": DAY | {"to": "2026-11-20T24"}}, "replay.to must be an ingest hour"),
        ({"replay": [HOUR, DAY | {"to": None}]}, "replay.to must be an ingest hour"),
        ({"replay": DAY | {"from": "2026-11-21T00"}}, "replay.from must not be later than"),
        ({"rebuild": "lookups"}, "rebuild must be a list of stores"),
        ({"rebuild": []}, "rebuild must be a list of stores"),
        ({"rebuild": None}, "rebuild must be a list of stores"),
        ({"rebuild": ["lookups", "lake"]}, "rebuild must be a list of stores"),
        ({"rebuild": [7]}, "rebuild must be a list of stores"),
    ],
)
def test_an_input_that_is_no_order_fails_with_its_field_before_the_lock(
    machines: Machines, execution_input: Any, cause: str
):
    done = asked(machines, execution_input, "cleanse")
    assert done.states[-1] == "Failed"
    assert "AcquireLock" not in done.states
    assert done.output["Error"] == "InvalidInput"
    assert done.output["Cause"].startswith(cause)
    recorded = done.arguments["RecordFailure"]["ExpressionAttributeValues"][":cause"]["S"]
    assert recorded == f"InvalidInput: {done.output['Cause']}"


def test_a_replay_starts_cleanse_with_its_hours_though_nothing_is_pending(machines: Machines):
    done = asked(machines, {"replay": DAY})
    assert jobs(done) == ["CleanseTransactions", "PartitionTransactions"]
    assert done.arguments["CleanseTransactions"]["Arguments"] == {
        "--run_id": "run-1",
        "--replay": "2026-11-20T00/2026-11-20T23",
    }


def test_a_replay_may_name_several_ranges(machines: Machines):
    done = asked(machines, {"replay": [DAY, HOUR]}, "publish")
    arguments = done.arguments["CleanseTransactions"]["Arguments"]
    assert arguments["--replay"] == "2026-11-20T00/2026-11-20T23,2026-11-22T05/2026-11-22T05"
    assert done.arguments["PublishTransactions"]["Arguments"]["--rebuild"] == "none"


@pytest.mark.parametrize(
    ("stores", "argument"),
    [
        (["lookups"], "lookups"),
        (["warehouse"], "warehouse"),
        (["lookups", "warehouse"], "lookups,warehouse"),
    ],
)
def test_a_rebuild_starts_publish_though_nothing_is_pending(
    machines: Machines, stores: list[str], argument: str
):
    done = asked(machines, {"rebuild": stores})
    assert jobs(done) == ["PublishTransactions"]
    assert done.arguments["PublishTransactions"]["Arguments"]["--rebuild"] == argument
    assert done.output["outcome"] == "SUCCEEDED"


def test_a_rebuild_lets_pending_stages_run_before_it(machines: Machines):
    done = asked(machines, {"rebuild": ["lookups"]}, "cleanse")
    assert jobs(done) == ["CleanseTransactions", "PartitionTransactions", "PublishTransactions"]
    assert done.arguments["CleanseTransactions"]["Arguments"]["--replay"] == "none"


@pytest.mark.parametrize("execution_input", [{}, {"replay": DAY}, {"rebuild": ["lookups"]}])
def test_the_local_interpreter_judges_inputs_alike(machines: Machines, execution_input: Any):
    states = machines["retail_etl"]["States"]
    scope = Scope({"input": {}}, {"input": execution_input})
    for rule in states["CheckInput"]["Choices"]:
        assert scope.fill_as("Condition", rule["Condition"], bool) is False
