"""How long and in what rhythm a call is repeated that a store throttled or did not answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from loader.errors import StoreBusy

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 10.0  # seconds
_PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)

_Result = TypeVar("_Result")


def _random_share() -> float:
    # By way of the module: a pickled `random.random` would bring the driver's state along, and
    # all executors would pause alike.
    return random.random()  # noqa: S311 (no secret)


@dataclass(frozen=True)
class Patience:
    """When to give up.

    Attributes
    ----------
    seconds : without any progress.
    clock, sleep, jitter : replaced in tests; `jitter` gives a share of 0 to 1.
    """

    seconds: float = 120.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = _random_share


class Attempts:
    """The attempts at one thing; `what` says in the error what could not be done."""

    def __init__(self, patience: Patience, what: str) -> None:
        self._patience = patience
        self._what = what
        self.restart()

    def restart(self) -> None:
        """Begin anew: the last attempt made progress."""
        self._failed = 0
        self._deadline = self._patience.clock() + self._patience.seconds

    def pause(self) -> None:
        """Sleep before the next attempt: twice as long each time, less a random share.

        Raises
        ------
        StoreBusy : the time is up.
        """
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._failed)
        pause = longest * self._patience.jitter()
        if self._patience.clock() + pause >= self._deadline:
            raise StoreBusy(f"{self._what}, for {self._patience.seconds:.0f} seconds")
        self._patience.sleep(pause)
        self._failed += 1


def is_passing(error: Exception) -> bool:
    """Tell whether the same call may succeed later: it was throttled, or not answered."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _PASSING
    return isinstance(error, HTTPClientError | NoConnection)


def patiently(call: Callable[[], _Result], patience: Patience, what: str) -> _Result:
    """Return the result of a call that may be repeated.

    Raises
    ------
    StoreBusy : it failed in a passing way until the time was up.
    """
    attempts = Attempts(patience, what)
    while True:
        try:
            return call()
        except Exception as error:
            if not is_passing(error):
                raise
        attempts.pause()
