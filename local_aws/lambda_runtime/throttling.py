"""An HTTP API's stage takes no more requests than its throttling settings say.

As AWS does it, by a token bucket: it holds `ThrottlingBurstLimit` tokens, a request takes one, and
`ThrottlingRateLimit` come back a second. A route with settings of its own has a bucket of its own;
all others share the stage's, where AWS may give each one: that is stricter, never laxer.
Source: "Throttle requests to your HTTP APIs".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_STAGE = ""  # in place of a route key: the bucket of the routes without settings of their own


@dataclass(frozen=True)
class Limits:
    """Requests a second, and how many may come at once."""

    rate: float
    burst: float


_ACCOUNT = Limits(10_000, 5_000)  # AWS's quota, where a setting is left out


class TokenBucket:
    """Grants requests at a rate, and as many at once as it holds.

    Parameters
    ----------
    clock : gives seconds; replaced in tests.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._tokens = limits.burst
        self._filled_at = clock()

    def take(self) -> bool:
        """Return whether a request may pass, which takes a token."""
        now = self._clock()
        grown = self._tokens + (now - self._filled_at) * self.limits.rate
        self._tokens, self._filled_at = min(self.limits.burst, grown), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttles:
    """The buckets of all stages; used by one thread, the server's event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}

    def takes(self, api_id: str, stage: str, settings: Mapping[str, Any], route: str) -> bool:
        """Return whether a stage takes a request to a route now.

        Parameters
        ----------
        settings : the stage, as API Gateway has it; without throttling settings all is taken.
        route : the route's key.
        """
        own = limits_of((settings.get("routeSettings") or {}).get(route))
        limits = own or limits_of(settings.get("defaultRouteSettings"))
        if limits is None:
            return True
        name = (api_id, stage, route if own else _STAGE)
        bucket = self._buckets.get(name)
        if bucket is None or bucket.limits != limits:
            bucket = self._buckets[name] = TokenBucket(limits, self._clock)
        return bucket.take()


def limits_of(settings: Mapping[str, Any] | None) -> Limits | None:
    """Return the limits in a stage's or a route's settings, None where they name none."""
    # CloudFormation writes the names in upper case, the API's own calls in lower case.
    named = {name.lower(): value for name, value in (settings or {}).items()}
    rate, burst = named.get("throttlingratelimit"), named.get("throttlingburstlimit")
    if rate is None and burst is None:
        return None
    return Limits(
        _ACCOUNT.rate if rate is None else float(rate),
        _ACCOUNT.burst if burst is None else float(burst),
    )
