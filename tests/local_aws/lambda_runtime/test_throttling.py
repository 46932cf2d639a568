"""A stage takes bursts and a steady rate, and nothing above them."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.lambda_runtime.throttling import Limits, Throttles, TokenBucket, limits_of


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def granted(bucket: TokenBucket, requests: int) -> int:
    return sum(bucket.take() for _ in range(requests))


def test_a_burst_passes_at_once_and_no_more(clock: Clock) -> None:
    assert granted(TokenBucket(Limits(rate=10, burst=25), clock), 100) == 25


def test_tokens_come_back_at_the_rate_and_up_to_the_burst(clock: Clock) -> None:
    bucket = TokenBucket(Limits(rate=10, burst=25), clock)
    granted(bucket, 100)
    clock.now += 0.5
    assert granted(bucket, 100) == 5
    clock.now += 3600
    assert granted(bucket, 100) == 25


def test_a_steady_rate_passes_for_ever(clock: Clock) -> None:
    bucket = TokenBucket(Limits(rate=10, burst=1), clock)
    passed = 0
    for _ in range(1000):
        clock.now += 0.125
        passed += bucket.take()
    assert passed == 1000


DEFAULT = {"defaultRouteSettings": {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": "2"}}


def taken(throttles: Throttles, stage: dict[str, Any], *routes: str, api: str = "a1") -> list[bool]:
    return [throttles.takes(api, "$default", stage, route) for route in routes]


def test_routes_share_the_stages_limits_unless_they_have_their_own(clock: Clock) -> None:
    throttles = Throttles(clock)
    own = {"routeSettings": {"GET /own": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}}}
    stage = DEFAULT | own
    assert taken(throttles, stage, "GET /a", "GET /b", "GET /a") == [True, True, False]
    assert taken(throttles, stage, "GET /own", "GET /own") == [True, False]


def test_every_api_has_limits_of_its_own_and_without_any_all_is_taken(clock: Clock) -> None:
    throttles = Throttles(clock)
    assert taken(throttles, DEFAULT, *["GET /a"] * 3) == [True, True, False]
    assert taken(throttles, DEFAULT, "GET /a", api="a2") == [True]
    assert all(taken(throttles, {}, *["GET /a"] * 10_000))


def test_changed_limits_hold_at_once(clock: Clock) -> None:
    throttles = Throttles(clock)
    taken(throttles, DEFAULT, *["GET /a"] * 3)
    more = {"defaultRouteSettings": {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 5}}
    assert taken(throttles, more, *["GET /a"] * 6).count(True) == 5


def test_a_limit_left_out_is_the_accounts() -> None:
    assert limits_of({"ThrottlingRateLimit": 7}) == Limits(7, 5000)
    assert limits_of({"DetailedMetricsEnabled": True}) is None
