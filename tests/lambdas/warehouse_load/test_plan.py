"""What follows in the warehouse on each way in which a transaction can end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.errors import InvalidEvent, LoadFailed
from lambdas.warehouse_load.plan import Ended, plan_load, plan_prepare
from loader.warehouse import Batch, load_statements, migration_statements, position_statement

ROLE = "arn:aws:iam::123456789012:role/etl-dev-copy"
START, END = 4611686018427387905, 5781947118336215154
LATEST = sum("INTO retail.schema_version" in sql for sql in migration_statements(0))
BATCH = Batch(START, END, 7, "s3://lake/staging/s.manifest", "s3://lake/staging/i.manifest")


def inspected(version: int, position: int, error: str = "") -> Ended:
    row = [{"LongValue": version}, {"StringValue": str(position)}]
    return Ended("inspect", "id-1", succeeded=True, error=error, rows=[row])


def failed(step: str, error: str = "ERROR: no") -> Ended:
    return Ended(step, "id-1", succeeded=False, error=error)


def test_the_first_transaction_of_a_run_makes_what_is_missing_and_reads_the_position():
    planned = plan_prepare("run-1", None)
    assert (planned["done"], planned["step"]) == (False, "inspect")
    assert planned["statements"][0] == "CREATE SCHEMA IF NOT EXISTS retail"
    assert planned["statements"][-1] == position_statement()


def test_an_old_schema_is_migrated_and_looked_at_again():
    migrate = plan_prepare("run-1", inspected(version=0, position=0))
    assert migrate["step"] == "migrate"
    assert migrate["statements"] == migration_statements(0)
    again = plan_prepare("run-1", Ended("migrate", "id-2", succeeded=True))
    assert again["step"] == "inspect"


def test_a_prepared_warehouse_tells_its_position_as_text():
    assert plan_prepare("run-1", inspected(LATEST, END)) == {"done": True, "position": str(END)}


@pytest.mark.parametrize("step", ["inspect", "migrate"])
def test_what_cannot_be_prepared_names_step_and_error(step: str):
    with pytest.raises(LoadFailed, match=f"step {step}: ERROR: disk is full"):
        plan_prepare("run-1", failed(step, "ERROR: disk is full"))


def test_a_load_is_the_whole_batch_in_one_transaction():
    planned = plan_load("run-1", None, BATCH, ROLE)
    assert planned["step"] == "load"
    assert planned["statements"] == load_statements(BATCH, ROLE)
    assert planned["limit_seconds"] == 3600


def test_a_committed_load_ends_the_phase_at_the_batchs_end():
    ended = Ended("load", "id-1", succeeded=True)
    assert plan_load("run-1", ended, BATCH, ROLE) == {"done": True, "position": str(END)}


def test_a_failed_load_is_looked_after_with_its_error_kept():
    planned = plan_load("run-1", failed("load", "ERROR: bad manifest"), BATCH, ROLE)
    assert planned["step"] == "inspect"
    assert planned["load_error"] == "ERROR: bad manifest"


def test_a_batch_that_is_in_all_the_same_is_a_success():
    ended = inspected(LATEST, END, error="ERROR: division by zero")
    assert plan_load("run-1", ended, BATCH, ROLE) == {"done": True, "position": str(END)}


@pytest.mark.parametrize(
    "ended",
    [inspected(LATEST, START, error="ERROR: bad manifest"), failed("inspect", "ERROR: gone")],
)
def test_a_batch_that_is_not_in_is_a_failure_with_the_cause(ended: Ended):
    with pytest.raises(LoadFailed, match=ended.error):
        plan_load("run-1", ended, BATCH, ROLE)


def test_of_a_rebuild_where_it_stood_the_position_proves_nothing():
    rebuild = replace(BATCH, start=END, replaces_all=True)
    with pytest.raises(LoadFailed, match="connection lost"):
        plan_load("run-1", inspected(1, END, error="ERROR: connection lost"), rebuild, ROLE)


def test_a_rebuild_that_moves_the_position_is_seen_to_be_in_all_the_same():
    rebuild = replace(BATCH, start=0, replaces_all=True)
    ended = inspected(1, END, error="ERROR: division by zero")
    assert plan_load("run-1", ended, rebuild, ROLE) == {"done": True, "position": str(END)}


def test_a_repeated_call_has_the_same_token_and_every_other_call_another():
    tokens = [
        plan_prepare("run-1", None)["client_token"],
        plan_prepare("run-2", None)["client_token"],
        plan_prepare("run-1", inspected(0, 0))["client_token"],
        plan_prepare("run-1", Ended("migrate", "id-2", succeeded=True))["client_token"],
        plan_load("run-1", None, BATCH, ROLE)["client_token"],
        plan_load("run-1", failed("load"), BATCH, ROLE)["client_token"],
    ]
    assert len(set(tokens)) == len(tokens)
    assert plan_prepare("run-1", None)["client_token"] == tokens[0]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[]],
        [[{"LongValue": 1}]],
        [[{"IsNull": True}, {"StringValue": "0"}]],
        [[{"LongValue": 1}, {"StringValue": "x"}]],
    ],
)
def test_an_inspection_of_another_form_is_a_terminal_error(rows: list[list[dict[str, Any]]]):
    with pytest.raises(InvalidEvent, match="inspection"):
        plan_prepare("run-1", Ended("inspect", "id-1", succeeded=True, rows=rows))
