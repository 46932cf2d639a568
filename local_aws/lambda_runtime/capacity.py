"""How many processes a function may have at once: a laptop cannot scale out as AWS does.

Where AWS starts another execution environment for every request at the same time, here a request
waits until one of a function's processes is free. A request that waits too long gets a process all
the same, so functions that call each other cannot wait for one another for ever.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PROCESSES = max(8, 4 * (os.cpu_count() or 1))
_LONGEST_WAIT = 25.0  # seconds; a client of an HTTP API gives up after 30


class Capacity:
    """Counts the requests that each function is at work on.

    Parameters
    ----------
    processes : most of a function at a time.
    longest_wait : seconds after which a request is let through in any case.
    """

    def __init__(self, processes: int = PROCESSES, longest_wait: float = _LONGEST_WAIT) -> None:
        self._processes = processes
        self._longest_wait = longest_wait
        self._lock = threading.Lock()
        self._free: dict[str, threading.Semaphore] = {}

    @contextmanager
    def place(self, function: str) -> Iterator[None]:
        """Wait for a place among a function's requests, and hold it."""
        with self._lock:
            free = self._free.setdefault(function, threading.Semaphore(self._processes))
        held = free.acquire(timeout=self._longest_wait)
        try:
            yield
        finally:
            if held:
                free.release()
