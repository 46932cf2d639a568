"""An execution's history and its ledger become lines that a person can follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cli.run.command import read_cause
from cli.run.steps import fold_loops, read_figures, read_steps, stage_of

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _event(after: float, kind: str, name: str = "", **details: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"type": kind, "timestamp": START + timedelta(seconds=after), **details}
    if kind.endswith("StateEntered"):
        event["stateEnteredEventDetails"] = {"name": name}
    if kind.endswith("StateExited"):
        event["stateExitedEventDetails"] = {"name": name}
    return event


def test_states_are_steps_with_the_seconds_that_they_took() -> None:
    steps = read_steps(
        [
            _event(0, "ExecutionStarted"),
            _event(1, "TaskStateEntered", "AcquireLock"),
            _event(3.5, "TaskStateExited", "AcquireLock"),
            _event(3.5, "ChoiceStateEntered", "WhatIsPending"),
        ]
    )

    assert [(each.state, each.seconds(START + timedelta(seconds=5))) for each in steps] == [
        ("AcquireLock", 2.5),
        ("WhatIsPending", 1.5),
    ]
    assert steps[1].exited is None


def test_failed_attempts_are_remembered_with_their_error() -> None:
    (step,) = read_steps(
        [
            _event(0, "TaskStateEntered", "CleanseTransactions"),
            _event(1, "TaskFailed", taskFailedEventDetails={"error": "Glue.Throttling"}),
            _event(2, "TaskTimedOut", taskTimedOutEventDetails={"error": "States.Timeout"}),
        ]
    )

    assert step.failures == ["Glue.Throttling", "States.Timeout"]


def test_a_state_passed_twice_is_two_steps() -> None:
    events = [
        _event(0, "TaskStateEntered", "Poll"),
        _event(1, "TaskStateExited", "Poll"),
        _event(2, "TaskStateEntered", "Poll"),
        _event(5, "TaskStateExited", "Poll"),
    ]

    assert [each.seconds(START) for each in read_steps(events)] == [1, 3]


def _passage(*states: str) -> list[dict[str, Any]]:
    """Return the events of states of one second each."""
    return [
        _event(second + after, kind, state)
        for second, state in enumerate(states)
        for after, kind in ((0, "TaskStateEntered"), (1, "TaskStateExited"))
    ]


def test_a_passage_through_the_loop_of_sql_is_one_step() -> None:
    events = _passage("PrepareWarehouse", "PlanSql", "IsSqlLeft", "Publish", "LoadWarehouse", "Sql")
    failed = _event(6, "TaskFailed", taskFailedEventDetails={"error": "LoadFailed"})

    steps = fold_loops(read_steps([*events, _event(6, "TaskStateEntered", "PlanSql"), failed]))

    assert [(each.state, each.exited is None) for each in steps] == [
        ("PrepareWarehouse", False),
        ("Publish", False),
        ("LoadWarehouse", True),
    ]
    assert steps[0].seconds(START) == 3
    assert steps[2].failures == ["LoadFailed"]


def test_between_two_states_of_the_loop_its_passage_has_not_ended() -> None:
    (step,) = fold_loops(read_steps(_passage("LoadWarehouse", "PlanSql")))

    assert step.exited is None


def test_a_ledger_item_tells_rows_and_what_became_of_the_others() -> None:
    figures = read_figures(
        {
            "stage": "cleanse",
            "rows_in": Decimal(1000),
            "rows_out": Decimal(963),
            "duplicates": Decimal(1200),
            "corrections": Decimal(0),
            "rejects": {"too_long": Decimal(2), "not_a_date": Decimal(35)},
        }
    )

    assert (figures.rows_in, figures.rows_out) == (1000, 963)
    assert figures.remarks == "duplicates 1,200; 37 rejected: not_a_date 35, too_long 2"


def test_a_stage_that_says_nothing_has_no_figures() -> None:
    figures = read_figures({"stage": "execution", "status": "RUNNING"})

    assert (figures.rows_in, figures.rows_out, figures.remarks) == (None, None, "")


def test_the_state_of_a_job_is_known_by_its_stage() -> None:
    stages = ("execution", "cleanse", "partition", "load_warehouse")

    assert stage_of("PartitionTransactions", stages) == "partition"
    assert stage_of("LoadWarehouse", stages) == "load_warehouse"
    assert stage_of("AcquireLock", stages) is None


def test_of_a_failed_job_run_the_message_is_shown() -> None:
    cause = '{"Id": "jr_1", "ErrorMessage": "ValueError: no", "JobRunState": "FAILED"}'

    assert read_cause(cause) == ("ValueError: no", "jr_1")
    assert read_cause('{"errorType": "X", "errorMessage": "held"}') == ("held", None)
    assert read_cause("plain text") == ("plain text", None)
    assert read_cause("[1]") == ("[1]", None)
    assert len(read_cause("x" * 5_000)[0]) < 1_000
