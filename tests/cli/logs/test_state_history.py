"""An execution's history reads as log lines, each with the stage that it is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cli.logs.lines import Line
from cli.logs.state_history import history_lines

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def entered(name: str) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name}}


def exited(name: str) -> dict[str, Any]:
    return {"type": "TaskStateExited", "stateExitedEventDetails": {"name": name}}


def told(*events: dict[str, Any]) -> list[Line]:
    return list(history_lines({"timestamp": NOON, **event} for event in events))


def test_every_state_is_entered_and_left_in_its_stage() -> None:
    lines = told(
        {"type": "ExecutionStarted"},
        entered("AcquireLock"),
        {"type": "TaskScheduled"},
        {"type": "TaskSucceeded"},
        exited("AcquireLock"),
        entered("CleanseTransactions"),
        exited("CleanseTransactions"),
        {"type": "ExecutionSucceeded"},
    )

    assert [(line.message, line.source.stage) for line in lines] == [
        ("execution started", None),
        ("AcquireLock entered", None),
        ("AcquireLock exited", None),
        ("CleanseTransactions entered", "cleanse"),
        ("CleanseTransactions exited", "cleanse"),
        ("execution succeeded", None),
    ]
    assert not any(line.is_error for line in lines)


def test_the_loop_of_sql_works_for_the_load_once_that_has_begun() -> None:
    head = {**entered("LoadWarehouse"), "type": "PassStateEntered"}
    lines = told(entered("PlanSql"), head, entered("PlanSql"), entered("ReleaseLock"))

    assert [(line.message, line.source.stage) for line in lines] == [
        ("PlanSql entered", None),
        ("PlanSql entered", "load_warehouse"),
        ("ReleaseLock entered", None),
    ]


def test_a_failed_attempt_is_an_error_with_what_a_person_needs_of_its_cause() -> None:
    cause = json.dumps({"Id": "jr_1", "ErrorMessage": "no such table", "Arguments": {}})
    details = {"error": "States.TaskFailed", "cause": cause}

    *_, failed = told(
        entered("CleanseTransactions"),
        {"type": "TaskFailed", "taskFailedEventDetails": details},
    )

    assert (failed.is_error, failed.source.stage) == (True, "cleanse")
    assert failed.message == "CleanseTransactions: task failed"
    assert failed.fields == {"error": "States.TaskFailed", "cause": "no such table"}


def test_an_execution_that_was_aborted_tells_no_more_than_is_known() -> None:
    (line,) = told({"type": "ExecutionAborted", "executionAbortedEventDetails": {}})

    assert (line.message, line.is_error, line.fields) == ("execution aborted", True, {})
