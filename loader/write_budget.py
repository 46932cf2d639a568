"""Holds a ceiling of write units a second, however many threads write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class WriteBudget:
    """A token bucket that holds one second's units at most, and lends beyond.

    Parameters
    ----------
    units_per_second : the ceiling; None for none.
    clock, sleep : replaced in tests.
    """

    def __init__(
        self,
        units_per_second: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = units_per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._units = units_per_second or 0.0
        self._updated = clock()

    @property
    def units_per_second(self) -> float | None:
        """The ceiling; None for none."""
        return self._rate

    def take(self, units: float) -> None:
        """Return when so many units may be written."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            refilled = self._units + (now - self._updated) * self._rate
            self._units = min(self._rate, refilled) - units
            self._updated = now
            pause = -self._units / self._rate
        # Slept outside of the lock: who comes next is queued behind by the debt.
        if pause > 0:
            self._sleep(pause)

    def settle(self, taken: float, consumed: float) -> None:
        """Put right an estimate by what the call really consumed."""
        if self._rate is not None:
            with self._lock:
                self._units += taken - consumed
