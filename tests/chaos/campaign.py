"""Rounds of faults: they strike while a wave arrives and is processed, then all is compared."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.catalogue import FIRST, LATE, FaultPoint, is_probe, probes
from tests.chaos.generator import World
from tests.chaos.shop import Checked, Shop

Say = Callable[[str], None]

_COMPACT = "CompactStateMachineArn"
# By caller: the deaths and the other faults of one round. A job that dies once in an execution is
# started again by it, a second death ends the execution.
_MOST_DEATHS = {"glue": 2, "redshift": 4, "lambda": 1, "states": 1}
_MOST_OTHERS = {"glue": 7, "lambda": 2, "states": 6, "firehose": 2, "client": 2, "redshift": 2}
# Views that could not be made do not fail a run: those of the first round are made in the second.
FIRST_ROUNDS = 2
_FIRST_LATE_ROUND = 4
_SOAK_FAULTS = 16
_MOST_TRIES = 3  # of a point that is not met


@dataclass(frozen=True)
class Round:
    """What one round was, and what it has shown.

    Attributes
    ----------
    fired : how often each fault struck.
    calls : calls that were made, each kind once.
    executions, failed : executions of the round, and those of them that failed.
    """

    name: str
    fired: Counter[str]
    calls: list[dict[str, Any]]
    executions: int
    failed: int
    checked: Checked


@dataclass
class Campaign:
    """A series of rounds on one shop.

    Attributes
    ----------
    say : told what happens.
    """

    shop: Shop
    world: World
    seed: int
    say: Say
    rounds: list[Round] = field(default_factory=list)

    @property
    def fired(self) -> Counter[str]:
        """How often each fault point has struck so far."""
        return sum((each.fired for each in self.rounds), Counter())

    def cover(
        self, points: Sequence[FaultPoint], most_rounds: int, until: float
    ) -> list[FaultPoint]:
        """Let every point strike, some in each round; return those that did not.

        Only the first rounds of a campaign meet what creates tables and schema; some points are
        met once the tables have many files.

        Parameters
        ----------
        until : reading of the monotonic clock from which on no round begins.
        """
        rng = random.Random(f"{self.seed}:cover")
        pending = list(points)
        rng.shuffle(pending)
        tries: Counter[str] = Counter()
        for _ in range(most_rounds):
            played = len(self.rounds)
            is_first, is_late = played < FIRST_ROUNDS, played >= _FIRST_LATE_ROUND
            chosen = choose(pending, is_first=is_first, is_late=is_late)
            if not chosen or time.monotonic() > until:
                break
            self.play(f"faults {played + 1}", [point.fault() for point in chosen],
                      compact=any(point.stage == "compact" for point in chosen))  # fmt: skip
            struck = self.rounds[-1].fired
            # One that was not met may be met when the others have struck.
            tries.update(point.id for point in chosen)
            missed = [
                point
                for point in chosen
                if point.id not in struck and tries[point.id] < _MOST_TRIES
            ]
            pending = [point for point in pending if point not in chosen] + missed
            done = sum(point.id in self.fired for point in points)
            self.say(f"{done} of these {len(points)} fault points have struck")
        struck = self.fired
        return [point for point in points if point.id not in struck]

    def soak(self, points: Sequence[FaultPoint], rounds: int, until: float) -> None:
        """Let random combinations strike, in random places and numbers.

        Parameters
        ----------
        until : reading of the monotonic clock from which on no round begins.
        """
        rng = random.Random(f"{self.seed}:soak")
        usable = [point for point in points if point.when != FIRST]
        for number in range(rounds):
            if time.monotonic() > until:
                break
            chosen = rng.sample(usable, min(_SOAK_FAULTS, len(usable)))
            faults = [
                point.fault(skip=point.skip + rng.choice((0, 0, 1, 3)), times=rng.choice((1, 1, 2)))
                for point in chosen
            ]
            compact = any(point.stage == "compact" for point in chosen) and number % 3 == 0
            self.play(f"soak {number + 1}", faults, compact=compact)

    def play(self, name: str, faults: Sequence[dict[str, Any]], *, compact: bool = False) -> None:
        """Play one round.

        Raises
        ------
        Stuck : the pipeline does not recover.
        AssertionError : a store departs from the truth.
        """
        shop = self.shop
        shop.load_faults([*faults, *probes()], self.seed + len(self.rounds))

        def disturbed() -> None:
            shop.deliver(self.world.next_wave())
            shop.run_until_good()
            if compact:
                shop.run_until_good(_COMPACT)

        self.watch(name, disturbed)

    def watch(self, name: str, action: Callable[[], None]) -> None:
        """Do something, then compare all stores; raises as `play`."""
        shop = self.shop
        before = len(shop.executions)
        try:
            action()
        finally:
            log = shop.end_faults()
        runs = shop.executions[before:]
        failed = sum(run.status == "FAILED" for run in runs)
        checked = shop.check()
        fired = Counter(str(line["id"]) for line in log if not is_probe(line))
        self.rounds.append(Round(name, fired, distinct(log), len(runs), failed, checked))
        self.say(
            f"{name}: {fired.total()} faults struck, {len(runs)} executions ({failed} failed, "
            f"{sum(run.seconds for run in runs):.0f} s), {sum(checked.rows.values())} rows compared"
        )
        if checked.differences:
            told = "\n".join(map(str, checked.differences))
            raise AssertionError(f"{name}: not the truth, after {dict(fired)}:\n{told}")


def choose(pending: Sequence[FaultPoint], *, is_first: bool, is_late: bool) -> list[FaultPoint]:
    """Return the points of the next round: as many as a few executions can meet.

    The first rounds, which alone create tables and schema, have all points of these.
    """
    if is_first:
        first = [point for point in pending if point.when == FIRST]
        others = [point for point in pending if point.when is None and not point.is_death]
        return [*first, *_limited(others)]
    return list(_limited(point for point in pending if is_late or point.when != LATE))


def _limited(points: Iterable[FaultPoint]) -> Iterable[FaultPoint]:
    taken: Counter[tuple[str, bool]] = Counter()
    for point in points:
        if point.when == FIRST:
            continue
        is_fatal = point.is_death or point.effect == "expired_token" or point.service == "redshift"
        kind = point.caller.partition(":")[0]
        most = _MOST_DEATHS[kind] if is_fatal else _MOST_OTHERS[kind]
        if taken[point.caller, is_fatal] < most:
            taken[point.caller, is_fatal] += 1
            yield point


def distinct(log: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the calls of a log, each once."""
    names = ("caller", "service", "action", "resource")
    found = {tuple(line[name] for name in names): line for line in log}
    return [{name: line[name] for name in names} for line in found.values()]
