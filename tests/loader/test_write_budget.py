"""Writers together stay below the ceiling, and no writer waits without one."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from loader.write_budget import WriteBudget

if TYPE_CHECKING:
    from tests.loader.conftest import Clock


def test_without_a_ceiling_nobody_waits(clock: Clock):
    budget = WriteBudget(None, clock, clock.sleep)
    for _ in range(1000):
        budget.take(400)
    assert clock.now == 0


@pytest.mark.parametrize("size", [1, 7, 100, 350])
def test_over_any_time_no_more_is_taken_than_the_ceiling_allows(clock: Clock, size: int):
    budget = WriteBudget(100, clock, clock.sleep)
    taken = []
    for _ in range(40):
        budget.take(size)
        taken.append((clock.now, size))
    for (start, _), (end, _) in itertools.combinations(taken, 2):
        units = sum(units for moment, units in taken if start < moment <= end)
        assert units <= 100 * (end - start) + 100 + 1e-6


def test_an_idle_budget_saves_up_one_second_and_no_more(clock: Clock):
    budget = WriteBudget(100, clock, clock.sleep)
    clock.now = 3600
    budget.take(100)
    assert clock.now == 3600
    budget.take(50)
    assert clock.now == pytest.approx(3600.5)


def test_what_a_call_consumed_beyond_its_estimate_is_paid_by_the_next(clock: Clock):
    budget = WriteBudget(100, clock, clock.sleep)
    budget.take(100)
    budget.settle(100, 300)
    budget.take(0)
    assert clock.now == pytest.approx(2.0)
    budget.settle(100, 0)  # throttled: nothing was consumed
    budget.take(100)
    assert clock.now == pytest.approx(2.0)


def test_threads_share_one_ceiling():
    budget = WriteBudget(2000)
    start = budget._clock()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: budget.take(10), range(300)))
    assert budget._clock() - start >= 0.45  # 3,000 units, of which one second's were saved up
