"""What an execution's history says of its use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cli.cost.metering import Span
from cli.cost.run_uses import sql_spans, transitions
from cli.run.steps import Step

_MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return _MIDNIGHT + timedelta(seconds=seconds)


def _step(state: str, entered: float, exited: float | None) -> Step:
    return Step(state, _at(entered), None if exited is None else _at(exited))


def test_a_transition_is_billed_for_each_state_and_each_retry() -> None:
    kinds = ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskFailed"]
    kinds += ["TaskScheduled", "TaskSucceeded", "TaskStateExited", "ChoiceStateEntered"]

    assert transitions([{"type": kind} for kind in kinds]) == 3


def test_redshift_works_from_the_call_to_the_look_that_finds_it_done() -> None:
    steps = [
        _step("PlanSql", 0, 1),
        _step("ExecuteSql", 1, 2),
        _step("DescribeSql", 2, 3),
        _step("WaitForSql", 3, 8),
        _step("DescribeSql", 8, 9),
        _step("FetchSql", 9, 10),
        _step("PlanSql", 10, 11),
        _step("PublishTransactions", 11, 100),
        _step("PlanSql", 100, 101),
        _step("ExecuteSql", 101, 102),
        _step("DescribeSql", 102, 110),
        _step("PlanSql", 110, 111),
    ]

    assert list(sql_spans(steps, _at(111))) == [Span(_at(1), _at(9)), Span(_at(101), _at(110))]


def test_a_transaction_of_an_execution_that_ended_in_it_lasts_to_the_end() -> None:
    steps = [_step("ExecuteSql", 1, 2), _step("DescribeSql", 2, None)]

    assert list(sql_spans(steps, _at(30))) == [Span(_at(1), _at(30))]
