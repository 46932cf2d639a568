"""When a failed state is tried again: Retry with backoff, its limit and jitter."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from local_aws.stepfunctions.errors import matches


class RetryPolicy:
    """Counts the attempts of one state against its Retry field.

    Parameters
    ----------
    retriers : the state's Retry field.
    """

    def __init__(self, retriers: list[dict[str, Any]]) -> None:
        self._retriers = retriers
        self._used: Counter[int] = Counter()

    @property
    def retries(self) -> int:
        """Retries made so far, as `$states.context.State.RetryCount` tells them."""
        return self._used.total()

    def delay_after(self, error: str) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is none.

        The first retrier that matches decides. Defaults: the Amazon States Language's.
        """
        for index, retrier in enumerate(self._retriers):
            if not matches(retrier["ErrorEquals"], error):
                continue
            if self._used[index] >= retrier.get("MaxAttempts", 3):
                return None
            delay = _delay(retrier, self._used[index])
            self._used[index] += 1
            return delay
        return None


def _delay(retrier: dict[str, Any], retries: int) -> float:
    seconds: float = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retries
    seconds = min(seconds, retrier.get("MaxDelaySeconds", seconds))
    if retrier.get("JitterStrategy", "NONE") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311  # spreads retries, guards nothing
    return seconds
