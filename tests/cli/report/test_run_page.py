"""A run's page tells how it went, whatever became of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cli.report.run_page import render_run
from cli.report.runs import Run, read_failures
from cli.report.timeline import timeline
from tests.cli.report.html_page import Page
from tests.cli.report.sample_runs import (
    CAUSE,
    FAILED_EVENTS,
    NOW,
    failed_run,
    make_run,
    running_run,
)


def render(run: Run) -> Page:
    return Page(render_run(run, "the tests", NOW))


@pytest.fixture(scope="module")
def failed() -> Page:
    return render(failed_run())


def _rows(page: Page, section: str) -> list[list[str]]:
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in page.soup.select(f"section[aria-labelledby={section}-title] tr")
    ]


def test_a_failed_run_says_what_went_wrong(failed: Page) -> None:
    cause = failed.soup.select_one(".cause")

    assert cause is not None
    assert "The run failed." in failed.text
    assert "States.TaskFailed" in cause.get_text()
    assert CAUSE in cause.get_text()
    assert "jr_7" in cause.get_text()


def test_steps_have_their_durations_statuses_and_failed_attempts(failed: Page) -> None:
    head, *steps = _rows(failed, "steps")

    assert head[:5] == ["Step", "Status", "After", "Took", "Failed attempts"]
    assert [row[:5] for row in steps] == [
        ["Acquire lock", "done", "20 ms", "1.5 s", ""],
        ["Cleanse transactions", "done", "1.5 s", "28.5 s", "1"],
        ["Partition transactions", "failed", "30.0 s", "20.0 s", "1"],
    ]
    assert "Passed in under half a second: Record start, Record failure." in failed.text


def test_every_failed_attempt_is_listed_with_its_cause(failed: Page) -> None:
    _, throttled, given_up = _rows(failed, "failures")

    assert throttled == [
        "12:00:10",
        "Cleanse transactions a later attempt went well",
        "Glue.ThrottlingException",
        "Rate exceeded",
    ]
    assert given_up == ["12:00:50", "Partition transactions", "States.TaskFailed", CAUSE]


def test_stages_have_what_the_ledger_holds(failed: Page) -> None:
    _, cleanse, partition = _rows(failed, "stages")

    assert cleanse == ["Cleanse", "succeeded", "1,000", "963", "28.1 s", "bytes in 1.2 MB"]
    assert partition[:4] == ["Partition", "failed", "963", ""]
    assert partition[5].startswith("corrections 3; duplicates 12")
    assert CAUSE in partition[5]


def test_rejects_are_shown_by_reason_the_most_frequent_first(failed: Page) -> None:
    _, *reasons = _rows(failed, "reasons")

    assert [row[:2] for row in reasons] == [["Not a date", "35"], ["Too long", "2"]]
    assert "etl quarantine show --run 20261122T120000-abc123" in failed.text


def test_the_head_sums_up(failed: Page) -> None:
    shown = {
        each.dt.get_text(): each.dd.get_text()
        for each in failed.soup.select(".headlines div")
        if each.dt and each.dd
    }

    assert shown == {
        "Took": "50.1 s",
        "Records read": "1,000",
        "Accepted": "963",
        "In quarantine": "37",
        "Duplicates": "12",
        "Corrections": "3",
    }


def test_a_cost_is_shown_where_it_is_known() -> None:
    assert "0.0247 USD" in render(failed_run(cost=Decimal("0.02468"))).text
    assert "USD" not in render(failed_run()).text


def test_a_run_under_way_shows_what_has_been_done() -> None:
    page = render(running_run())

    _, *steps = _rows(page, "steps")
    assert [row[:4] for row in steps] == [
        ["Acquire lock", "done", "20 ms", "1.5 s"],
        ["Cleanse transactions", "under way", "1.5 s", "1 min 58 s"],
    ]
    assert "The run is under way." in page.text
    assert "So far 2 min 00 s" in page.text
    assert "this page does not follow it" in page.text


def test_a_run_that_was_stopped_was_broken_off() -> None:
    run = make_run(FAILED_EVENTS[:6], status="ABORTED", cause="", error="", job_run=None)

    assert [row.status for row in timeline(run, NOW)[0]] == ["done", "broken off"]
    assert "The run was stopped." in render(run).text


def test_a_run_with_nothing_to_do_says_so() -> None:
    nothing = {"error": "", "cause": "", "job_run": None, "ledger": {}}
    page = render(make_run(FAILED_EVENTS[:5], status="NOTHING_PENDING", **nothing))

    assert "The run had nothing to do." in page.text
    assert page.soup.select_one(".cause") is None


def test_a_run_that_step_functions_has_forgotten_is_told_from_the_ledger() -> None:
    page = render(failed_run(steps=(), failures=(), has_history=False, stopped=None, input={}))

    assert "no longer keeps this execution's history" in page.text
    assert _rows(page, "stages")[1][0] == "Cleanse"


def test_a_state_passed_many_times_is_one_row_with_a_mark_for_each() -> None:
    events = [*FAILED_EVENTS[:5], *FAILED_EVENTS[3:5], *FAILED_EVENTS[3:5]]

    (lock, *_), _ = timeline(make_run(events), NOW)

    assert (lock.state, lock.passages, len(lock.marks)) == ("AcquireLock", 3, 3)
    assert all(0 <= mark.x <= mark.x + mark.width <= 1000 for mark in lock.marks)


def test_attempts_that_failed_belong_to_the_state_that_was_entered() -> None:
    found = [(each.state, each.error, each.cause) for each in read_failures(FAILED_EVENTS)]

    assert found == [
        ("CleanseTransactions", "Glue.ThrottlingException", "Rate exceeded"),
        ("PartitionTransactions", "States.TaskFailed", CAUSE),
    ]


def test_the_page_is_small_self_contained_and_strict(failed: Page) -> None:
    assert len(failed.html) < 30_000
    assert failed.addresses() == []
    assert failed.policy["default-src"] == ["'none'"]
    assert failed.policy["script-src"] == failed.hashes("script")
    assert failed.policy["style-src"] == failed.hashes("style")
    assert "alert(1)" not in "".join(each.get_text() for each in failed.soup.find_all("script"))
