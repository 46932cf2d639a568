"""Decides which fault of a plan strikes a call: globs, counts and seeded chance."""

from __future__ import annotations

import fnmatch
import random
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass

from local_aws.faults.plan import KILLS, PARTIAL_ACTIONS, SQL_SERVICE, Effect, Fault, Plan


@dataclass(frozen=True)
class Call:
    """A call that a fault may strike.

    Attributes
    ----------
    caller : `client`, `glue:<script>`, `lambda:<name>`, `states`, `firehose` or `redshift`.
    service : signing name of the service that is called.
    action : name of the call, such as PutObject.
    resource : what it is about, such as `bucket/key`; empty if that is not known.
    run : Glue run id, execution or request id for which it is made, if known.
    """

    caller: str
    service: str
    action: str
    resource: str
    run: str | None = None


class _Counter:
    """One fault and how often it has matched and fired."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self.fault = fault
        globs = (fault.caller, fault.action, fault.resource)
        self._globs = [re.compile(fnmatch.translate(glob)) for glob in globs]
        # A stream of its own: whether it fires does not depend on the calls that others match.
        self._chance = random.Random(f"{seed}:{fault.id}")  # noqa: S311  # must be repeatable
        self._matched = 0
        self._fired = 0

    def matches(self, call: Call) -> bool:
        """Return whether the fault is for this call and can be carried out on it."""
        fault = self.fault
        if fault.service != call.service:
            return False
        parts = (call.caller, call.action, call.resource)
        if not all(glob.match(part) for glob, part in zip(self._globs, parts, strict=True)):
            return False
        if fault.effect in KILLS and call.service != SQL_SERVICE:
            return call.caller.startswith(("glue:", "lambda:"))
        if fault.effect is Effect.PARTIAL:
            return call.action in PARTIAL_ACTIONS[call.service]
        return True

    def is_due(self) -> bool:
        """Count a matching call and return whether the fault should fire on it."""
        self._matched += 1
        if self._matched <= self.fault.skip or self.is_spent:
            return False
        return self._chance.random() < self.fault.probability

    @property
    def is_spent(self) -> bool:
        """Whether it has fired as often as it may."""
        return self.fault.times is not None and self._fired >= self.fault.times

    def fire(self) -> None:
        """Count a firing."""
        self._fired += 1


class Matcher:
    """The faults of one plan with their counts; it may be asked from several threads.

    Every fault counts every call that it matches. Of those that are due the first one in the plan
    strikes; the others stay due.
    """

    def __init__(self, plan: Plan) -> None:
        self._counters = [_Counter(fault, plan.seed) for fault in plan.faults]
        self._services = frozenset(fault.service for fault in plan.faults)
        self._lock = threading.Lock()

    def concerns(self, service: str) -> bool:
        """Return whether any fault is for this service."""
        return service in self._services

    def strike(self, call: Call, able: Collection[Effect]) -> Fault | None:
        """Count the call and return the fault that strikes it.

        Parameters
        ----------
        able : the effects that can be carried out where the call was met.
        """
        with self._lock:
            matching = [
                counter
                for counter in self._counters
                if counter.fault.effect in able and counter.matches(call)
            ]
            due = [counter for counter in matching if counter.is_due()]
            if not due:
                return None
            due[0].fire()
            return due[0].fault
