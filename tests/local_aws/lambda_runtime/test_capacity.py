"""A function has no more processes at once than a laptop bears, and nobody waits for ever."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from local_aws.lambda_runtime.capacity import Capacity


def test_requests_over_the_limit_wait_until_a_place_is_free() -> None:
    capacity = Capacity(processes=3, longest_wait=30)
    lock = threading.Lock()
    at_work, most = 0, 0

    def request(_: int) -> None:
        nonlocal at_work, most
        with capacity.place("f"):
            with lock:
                at_work += 1
                most = max(most, at_work)
            time.sleep(0.01)
            with lock:
                at_work -= 1

    with ThreadPoolExecutor(12) as senders:
        list(senders.map(request, range(24)))
    assert (at_work, most) == (0, 3)


def test_functions_do_not_take_each_others_places() -> None:
    capacity = Capacity(processes=1, longest_wait=30)
    with capacity.place("f"), capacity.place("g"):
        pass


def test_a_function_that_calls_itself_goes_on_after_the_longest_wait() -> None:
    capacity = Capacity(processes=1, longest_wait=0.01)
    with capacity.place("f"), capacity.place("f"), capacity.place("f"):
        pass
