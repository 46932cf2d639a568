"""The loop of state machine and function that prepares and loads the warehouse, on every path."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.warehouse_load import plan
from loader.warehouse_views import make_views_statements
from tests.infra.state_machine_walk import Walk, walk
from tests.infra.walked_cloud import BATCH, SNAPSHOT, Cloud, Warehouse

Machines = dict[str, dict[str, Any]]


def walked(machines: Machines, warehouse: Warehouse) -> Walk:
    """Walk a run of which only publish is pending."""
    return walk(machines["retail_etl"], Cloud(["publish"], warehouse), {})


def test_an_up_to_date_schema_is_inspected_once_before_the_load(machines: Machines):
    warehouse = Warehouse()
    done = walked(machines, warehouse)
    assert warehouse.steps == ["inspect", "load", "look", "refresh"]
    assert done.output["outcome"] == "SUCCEEDED"
    assert done.states.count("PrepareWarehouse") == done.states.count("LoadWarehouse") == 1


def test_a_new_warehouse_is_migrated_first(machines: Machines):
    warehouse = Warehouse(version=0, views="")
    done = walked(machines, warehouse)
    assert warehouse.steps == [
        *("inspect", "migrate", "inspect"),
        *("load", "look", "role", "views"),
    ]
    assert done.arguments["ExecuteSql"]["Sqls"] == make_views_statements()


@pytest.mark.parametrize("step", ["look", "refresh", "role", "views"])
def test_views_that_cannot_follow_a_load_do_not_make_it_a_failure(machines: Machines, step: str):
    other = {} if step == "refresh" else {"views": "other"}
    warehouse = Warehouse(looks={step: ["FAILED"]}, **other)
    done = walked(machines, warehouse)
    assert done.output["outcome"] == "SUCCEEDED"
    assert warehouse.steps[-1] == ("views" if step == "role" else step)
    assert warehouse.position == SNAPSHOT


def test_the_position_reaches_the_publish_job_to_the_last_digit(machines: Machines):
    done = walked(machines, Warehouse(position=SNAPSHOT))
    arguments = done.arguments["PublishTransactions"]["Arguments"]
    assert arguments["--warehouse_position"] == "5781947118336215154"


def test_with_nothing_staged_no_load_is_run(machines: Machines):
    warehouse = Warehouse(batch=None)
    done = walked(machines, warehouse)
    assert warehouse.steps == ["inspect"]
    assert done.output["outcome"] == "SUCCEEDED"


def test_every_transaction_has_a_token_of_its_own_and_a_repeated_run_the_same(machines: Machines):
    first, second = Warehouse(version=0), Warehouse(version=0)
    walked(machines, first)
    walked(machines, second)
    assert len(set(first.tokens)) == 6
    assert first.tokens == second.tokens
    assert all(len(token) <= 64 for token in first.tokens)


def test_the_first_look_comes_at_once_and_late_ones_are_rare(machines: Machines):
    looks = ["SUBMITTED", "PICKED", *["STARTED"] * 40, "FINISHED"]
    done = walked(machines, Warehouse(looks={"load": looks}))
    at = len(done.states) - 1 - done.states[::-1].index("ExecuteSql")
    assert done.states[at + 1] == "DescribeSql"
    assert done.states.count("WaitForSql") == 30
    assert done.states.count("WaitLongerForSql") == 12
    waits = machines["retail_etl"]["States"]
    longest = plan.LOAD_LIMIT / waits["WaitLongerForSql"]["Seconds"]
    assert longest * 9 < 25_000 / 4  # events of a look; Step Functions: quota of history events


def test_a_load_that_fails_ends_the_run_with_its_own_error(machines: Machines):
    warehouse = Warehouse(looks={"load": ["STARTED", "FAILED"]})
    done = walked(machines, warehouse)
    assert done.states[-1] == "Failed"
    assert done.output["Error"] == "LoadFailed"
    assert done.output["Cause"].endswith("is not loaded: ERROR: load broke")
    assert warehouse.steps == ["inspect", "load", "inspect"]
    assert warehouse.position == 0


def test_a_load_that_another_has_done_meanwhile_is_a_success(machines: Machines):
    warehouse = Warehouse(position=BATCH.end, looks={"load": ["FAILED"]})
    assert walked(machines, warehouse).output["outcome"] == "SUCCEEDED"
    assert warehouse.steps == ["inspect", "load", "inspect", "look", "refresh"]


@pytest.mark.parametrize("step", ["inspect", "migrate"])
def test_a_schema_that_cannot_be_prepared_ends_the_run_before_anything_is_published(
    machines: Machines, step: str
):
    warehouse = Warehouse(version=0, looks={step: ["ABORTED"]})
    done = walked(machines, warehouse)
    assert done.output["Error"] == "LoadFailed"
    assert f"in step {step}: ERROR: {step} broke" in done.output["Cause"]
    assert "PublishTransactions" not in done.states


def test_a_load_beyond_its_limit_is_cancelled_and_looked_after(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plan, "LOAD_LIMIT", -1)
    warehouse = Warehouse(looks={"load": ["STARTED"]})
    done = walked(machines, warehouse)
    assert done.arguments["CancelSql"] == {"Id": "statement-2"}
    assert "cancelled: it still ran after" in done.output["Cause"]
    assert warehouse.steps == ["inspect", "load", "inspect"]
    warehouse = Warehouse(position=BATCH.end, looks={"load": ["STARTED"]})
    assert "CancelSql" in walked(machines, warehouse).states  # it was committed all the same


def test_the_data_api_gets_members_that_it_has(machines: Machines):
    import botocore.session  # noqa: PLC0415 - slow to import, for this test only

    model = botocore.session.get_session().get_service_model("redshift-data")
    states = machines["retail_etl"]["States"].values()
    calls = [each for each in states if ":redshiftdata:" in each.get("Resource", "")]
    assert len(calls) == 4
    for call in calls:
        name = call["Resource"].rpartition(":")[2]
        shape = model.operation_model(name[0].upper() + name[1:]).input_shape
        assert set(shape.required_members) <= set(call["Arguments"]) <= set(shape.members)
