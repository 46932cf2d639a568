"""The bookmark takes every file exactly once, whatever the order of arrivals and deaths."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from local_aws.glue_job.bookmark_state import (
    ReadLimits,
    S3File,
    SourceState,
    plan_range,
    plan_read,
)

BAND = 900_000
START = 1_780_000_000_000
LIMITS = ReadLimits()


def file(name: str, modified_ms: int, size: int = 10) -> S3File:
    return S3File("lake", f"raw/{name}", size, modified_ms)


def names(files: list[S3File]) -> list[str]:
    return [each.key.removeprefix("raw/") for each in files]


def test_the_documented_example_of_three_runs() -> None:
    """The example of Glue's Developer Guide, "Tracking files using modification timestamps"."""
    t0, t1, t2 = START, START + 2 * BAND, START + 4 * BAND
    f1, f2 = file("F1", t0), file("F2", t1 - BAND - 1)
    f3, f4, f5 = (file(f"F{n}", t1 - BAND + n) for n in (3, 4, 5))
    late = [file("F3'", t1 - 30), file("F4'", t1 - 20), file("F5'", t1)]
    f7, f8, f9, f10 = (
        file("F7", t1 + 1),
        file("F8", t2 - BAND),
        file("F9", t2 - 5),
        file("F10", t2),
    )
    at_t0 = plan_read([f1], None, t0, LIMITS)
    at_t1 = plan_read([f1, f2, f3, f4, f5], at_t0.after, t1, LIMITS)
    at_t2 = plan_read([f1, f2, f3, f4, f5, *late, f7, f8, f9, f10], at_t1.after, t2, LIMITS)
    assert names(at_t1.files) == ["F2", "F3", "F4", "F5"]
    assert names(at_t2.files) == ["F3'", "F4'", "F5'", "F7", "F8", "F9", "F10"]
    assert len(at_t2.after.hashes) == 2  # F9 and F10, "saved in the filter for the next run"


def test_a_file_of_the_same_second_as_the_mark_is_read_by_the_next_run() -> None:
    first = plan_read([file("a", START)], None, START, LIMITS)
    second = plan_read([file("a", START), file("b", START)], first.after, START + 1000, LIMITS)
    assert names(second.files) == ["b"]


def test_a_file_from_before_the_band_is_not_looked_for_again() -> None:
    first = plan_read([file("a", START)], None, START, LIMITS)
    late = [file("at the edge", START - BAND), file("in the band", START - BAND + 1)]
    assert names(plan_read(late, first.after, START + 1, LIMITS).files) == ["in the band"]


def test_a_file_written_after_the_start_of_the_run_is_left_to_the_next() -> None:
    listing = [file("a", START), file("b", START + 1)]
    first = plan_read(listing, None, START, LIMITS)
    assert names(first.files) == ["a"]
    assert names(plan_read(listing, first.after, START + 1, LIMITS).files) == ["b"]


def test_a_file_that_was_written_again_is_read_again() -> None:
    first = plan_read([file("a", START)], None, START, LIMITS)
    assert names(plan_read([file("a", START + 5)], first.after, START + 9, LIMITS).files) == ["a"]


def test_more_files_in_the_band_than_it_may_save_are_left_to_later_runs() -> None:
    listing = [file(f"{n:04d}", START - 5000 + n) for n in range(2500)]
    limits = ReadLimits(max_files_in_band=1000)
    first = plan_read(listing, None, START, limits)
    again = plan_read(listing, first.after, START + 1000, limits)
    later = plan_read(listing, again.after, START + BAND, limits)
    assert (len(first.files), first.left) == (1000, 1500)
    assert (len(again.files), len(again.after.hashes)) == (0, 1000)
    assert names([*first.files, *later.files]) == names(listing)


@pytest.mark.parametrize("age", [0, 10 * BAND])
def test_bounded_files_takes_the_oldest_first_and_ties_apart(age: int) -> None:
    listing = [file(f"{n}", START - age) for n in range(7)]
    limits = replace(LIMITS, bounded_files=3)
    taken, state, sizes = [], None, []
    for step in range(4):
        plan = plan_read(listing, state, START + step, limits)
        state = plan.after
        taken += names(plan.files)
        sizes.append(len(plan.files))
    assert taken == names(listing)
    assert sizes == [3, 3, 1, 0]


def test_bounded_size_takes_at_least_one_file() -> None:
    listing = [file("big", START, 100), file("small", START + 1, 4), file("tiny", START + 2, 1)]
    limits = replace(LIMITS, bounded_size=5)
    first = plan_read(listing, None, START + 9, limits)
    second = plan_read(listing, first.after, START + 9, limits)
    assert names(first.files) == ["big"]
    assert names(second.files) == ["small", "tiny"]


def test_a_bounded_read_of_late_files_does_not_forget_the_files_after_them() -> None:
    seen = [file("seen", START)]
    state = plan_read(seen, None, START, LIMITS).after
    listing = [*seen, file("late", START - 9), file("later", START - 8), file("new", START + 1)]
    limits = replace(LIMITS, bounded_files=1)
    taken = []
    for step in range(4):
        plan = plan_read(listing, state, START + 10 + step, limits)
        state = plan.after
        taken += names(plan.files)
    assert taken == ["late", "later", "new"]


def test_a_clock_that_goes_back_loses_nothing() -> None:
    first = plan_read([file("a", START)], None, START, LIMITS)
    listing = [file("a", START), file("b", START - 5)]
    second = plan_read(listing, first.after, START - BAND, LIMITS)
    assert names(second.files) == ["b"]
    assert plan_read(listing, second.after, START + 1, LIMITS).files == []


def test_a_range_of_runs_is_what_the_later_has_consumed_and_the_earlier_has_not() -> None:
    listing = [file(f"{n}", START + n * BAND) for n in range(4)]
    states = []
    for n in range(4):
        states.append(
            plan_read(listing, states[-1] if states else None, START + n * BAND, LIMITS).after
        )
    assert names(plan_range(listing, states[0], states[2])) == ["1", "2"]
    assert names(plan_range(listing, None, states[1])) == ["0", "1"]
    assert plan_range(listing, None, None) == []


@given(
    high=st.integers(0, 4_000_000_000_000),
    band=st.integers(0, BAND),
    hashes=st.frozensets(st.text("0123456789abcdef", min_size=32, max_size=32), max_size=5),
)
def test_a_state_survives_being_saved(high: int, band: int, hashes: frozenset[str]) -> None:
    state = SourceState(high, band, hashes)
    assert SourceState.from_json(state.to_json(run=3)) == state


def test_100_000_files_are_planned_in_seconds_and_remembered_in_a_bounded_state() -> None:
    listing = [file(f"{n:06d}", START - n * 100) for n in range(100_000)]  # over 2.8 hours
    begin = time.perf_counter()
    first = plan_read(listing, None, START, LIMITS)
    second = plan_read(listing, first.after, START + 1000, LIMITS)
    seconds = time.perf_counter() - begin
    assert len(first.files) == 100_000 - 9000 + 1000  # 9,000 are in the band
    assert first.left == 8000
    assert len(str(second.after.to_json(1))) < 1000 * 34
    assert seconds < 5


class Arrivals(RuleBasedStateMachine):
    """Files arrive with times in and out of the band; runs commit or die before they do."""

    @initialize(
        most_in_band=st.sampled_from([0, 2, 1000]), bounded=st.sampled_from([None, None, 1, 3])
    )
    def begin(self, most_in_band: int, bounded: int | None) -> None:
        self.now = START
        self.listing: list[S3File] = []
        self.reads: dict[str, int] = {}
        self.state: SourceState | None = None
        self.limits = ReadLimits(BAND, most_in_band, bounded)

    @rule(milliseconds=st.sampled_from([0, 1, 999, 1000, BAND - 1, BAND, BAND + 1, 3 * BAND]))
    def time_passes(self, milliseconds: int) -> None:
        self.now += milliseconds

    @rule(age=st.sampled_from([0, 1, 500, 1000, BAND // 2, BAND - 1]), ahead=st.booleans())
    def a_file_shows_up(self, age: int, ahead: bool) -> None:
        """Its time is at most the band before its appearance: that is what Glue assumes."""
        modified_ms = self.now + 1 if ahead else self.now - age
        self.listing.append(file(f"{len(self.listing):04d}", modified_ms))

    @rule(commits=st.booleans())
    def a_run(self, commits: bool) -> None:
        plan = plan_read(self.listing, self.state, self.now, self.limits)
        SourceState.from_json(plan.after.to_json(1))
        if commits:
            self.state = plan.after
            for taken in names(plan.files):
                self.reads[taken] = self.reads.get(taken, 0) + 1

    @invariant()
    def no_file_is_read_twice(self) -> None:
        assert max(self.reads.values(), default=0) <= 1

    def teardown(self) -> None:
        """After enough time and runs every file has been read."""
        for _ in range(len(self.listing) + 3):
            self.now += BAND
            self.a_run(commits=True)
        assert set(self.reads) == set(names(self.listing))


Arrivals.TestCase.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestArrivals = Arrivals.TestCase
