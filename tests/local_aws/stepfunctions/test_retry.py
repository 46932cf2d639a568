"""Retry and Catch match, wait and give up as the Amazon States Language says."""

from __future__ import annotations

import pytest

from local_aws.stepfunctions.errors import matches
from local_aws.stepfunctions.retry import RetryPolicy


@pytest.mark.parametrize(
    ("error_equals", "error", "expected"),
    [
        (["LockHeld"], "LockHeld", True),
        (["LockHeld"], "Other", False),
        (["States.ALL"], "Other", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.TaskFailed"], "Other", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.TaskFailed"], "States.Runtime", False),
    ],
)
def test_error_names_and_wildcards(error_equals: list[str], error: str, expected: bool) -> None:
    assert matches(error_equals, error) is expected


def test_the_delays_grow_up_to_the_limit_and_end_after_the_attempts() -> None:
    retrier = {"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 4}
    policy = RetryPolicy([{**retrier, "MaxDelaySeconds": 20}])
    assert [policy.delay_after("E") for _ in range(5)] == [2, 6, 18, 20, None]
    assert policy.retries == 4


def test_without_numbers_the_defaults_of_the_language_hold() -> None:
    policy = RetryPolicy([{"ErrorEquals": ["E"]}])
    assert [policy.delay_after("E") for _ in range(4)] == [1, 2, 4, None]


def test_full_jitter_stays_within_the_delay_and_spreads_over_it() -> None:
    retrier = {"ErrorEquals": ["E"], "IntervalSeconds": 10, "BackoffRate": 1, "MaxAttempts": 200}
    policy = RetryPolicy([{**retrier, "JitterStrategy": "FULL"}])
    delays = [policy.delay_after("E") or 0 for _ in range(200)]
    assert max(delays) <= 10
    assert min(delays) < 2
    assert max(delays) > 8


def test_the_first_retrier_that_matches_decides_and_each_counts_for_itself() -> None:
    policy = RetryPolicy(
        [
            {"ErrorEquals": ["Never"], "MaxAttempts": 0},
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 1},
        ]
    )
    assert policy.delay_after("Never") is None
    assert policy.delay_after("Other") == 5
    assert policy.delay_after("Other") is None
