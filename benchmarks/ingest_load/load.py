"""Many clients send events at the same time, each as fast as it is answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.ingest_load.http_client import Connection

_PAUSE_AFTER_REFUSAL = 0.25  # seconds, as a client that is told to come later waits
_LONGEST_PAUSE = 2.0
_TAKEN = 202
_FAILED = 500  # from here on a status leaves open what became of a request


@dataclass(frozen=True)
class Load:
    """What is sent.

    Attributes
    ----------
    name : of the phase; its events' ids begin with it.
    clients : at work at the same time.
    batch : events of a request; 1 sends an object, else an array.
    seconds : for which new requests are begun once every client had its first answer; None with
        `requests`.
    requests : how many are sent in all; None with `seconds`.
    """

    name: str
    clients: int
    batch: int
    seconds: float | None = None
    requests: int | None = None


@dataclass
class Tally:
    """What came of it.

    Attributes
    ----------
    latencies : begin and seconds of every answered request, in the order of the answers.
    cold : of these, each client's first.
    statuses : answers by status; 0 where none came.
    accepted : ids of the events that were taken.
    uncertain : ids of those sent again although they may have been taken.
    seconds : from the first request to the last answer.
    warm_from : moment at which every client had its first answer.
    warm_seconds : from then to the last answer.
    warm_events : taken by the requests that began after it.
    """

    latencies: list[tuple[float, float]] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    seconds: float = 0.0
    warm_from: float = 0.0
    warm_seconds: float = 0.0
    warm_events: int = 0

    @property
    def warm(self) -> list[float]:
        """Seconds of the requests that began when every client had its first answer."""
        return [seconds for begin, seconds in self.latencies if begin >= self.warm_from]


def run_load(url: str, load: Load) -> Tally:
    """Send what a load says; whatever is refused for the rate is sent again until it is taken."""
    return asyncio.run(_run(url, load))


async def _run(url: str, load: Load) -> Tally:
    tally = Tally()
    started = time.monotonic()
    numbers = iter(range(load.requests)) if load.requests is not None else _endless()

    def goes_on() -> bool:
        is_cold = len(tally.cold) < load.clients
        return is_cold or load.seconds is None or time.monotonic() < tally.warm_from + load.seconds

    clients = [_Client(url, load, tally) for _ in range(load.clients)]
    await asyncio.gather(*[client.work(numbers, goes_on) for client in clients])
    ended = time.monotonic()
    tally.seconds, tally.warm_seconds = ended - started, ended - tally.warm_from
    return tally


def _endless() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


class _Client:
    def __init__(self, url: str, load: Load, tally: Tally) -> None:
        self._connection = Connection(url)
        self._load = load
        self._tally = tally
        self._answered = False

    async def work(self, numbers: Iterator[int], goes_on: Callable[[], bool]) -> None:
        for number in numbers:
            if not goes_on():
                break
            ids = [f"{self._load.name}-{number}-{event}" for event in range(self._load.batch)]
            await self._until_taken(f"{self._load.name}-{number}", ids)
        self._connection.close()

    async def _until_taken(self, name: str, ids: list[str]) -> None:
        attempt = 0
        while ids:
            taken = await self._post(f"{name}.{attempt}" if attempt else name, ids)
            self._tally.accepted += taken
            ids = [each for each in ids if each not in set(taken)] if taken else ids
            attempt += 1
            if ids:
                await asyncio.sleep(min(_LONGEST_PAUSE, _PAUSE_AFTER_REFUSAL * attempt))

    async def _post(self, name: str, ids: list[str]) -> list[str]:
        """Make one request; return the ids of the events that were taken."""
        body = body_of(ids)
        begin = time.monotonic()
        try:
            status, answer = await self._connection.post(name, body)
        except (OSError, EOFError):
            self._tally.statuses[0] += 1
            self._tally.uncertain += ids
            return []
        seconds = time.monotonic() - begin
        if status == _TAKEN or "not_taken" in answer:
            if answer["refused"]:
                raise AssertionError(f"a sound event was refused: {answer}")
            not_taken = set(answer.get("not_taken", ()))
            taken = [each for place, each in enumerate(ids) if place not in not_taken]
        else:
            taken = []
        if status >= _FAILED:
            self._tally.uncertain += [each for each in ids if each not in set(taken)]
        self._note(begin, seconds, status, len(taken))
        return taken

    def _note(self, begin: float, seconds: float, status: int, taken: int) -> None:
        self._tally.statuses[status] += 1
        self._tally.latencies.append((begin, seconds))
        if not self._answered:
            self._answered = True
            self._tally.cold.append(seconds)
            self._tally.warm_from = max(self._tally.warm_from, begin + seconds)
        if len(self._tally.cold) == self._load.clients and begin >= self._tally.warm_from:
            self._tally.warm_events += taken


def body_of(ids: list[str]) -> bytes:
    """Return the request of events with these ids."""
    events = [
        {
            "InvoiceNo": str(500_000 + hash(each) % 100_000),
            "StockCode": "85123A",
            "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
            "Quantity": 6,
            "InvoiceDate": "12/1/2010 8:26",
            "UnitPrice": 2.55,
            "CustomerID": 17850,
            "Country": "United Kingdom",
            "EventId": each,
        }
        for each in ids
    ]
    return json.dumps(events if len(events) > 1 else events[0]).encode()
