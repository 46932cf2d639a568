"""Follows the plan in the state folder, and logs what fires."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from local_aws.faults import control
from local_aws.faults.matching import Call, Matcher
from local_aws.faults.plan import Effect, Fault, PlanError, parse_plan
from local_aws.settings import CloudSettings

PLAN_VARIABLE = "ETL_FAULT_PLAN"
"""Names a plan to start with."""

_logger = logging.getLogger(__name__)


class Injector:
    """The faults of one running local cloud.

    Parameters
    ----------
    state_dir : holds the plan, which may come, change and go at any time, and the log.
    """

    def __init__(self, state_dir: Path) -> None:
        self._plan_file = control.plan_file(state_dir)
        self._fired_file = control.fired_file(state_dir)
        self._seen: tuple[int, int, int] | None = None
        self._matcher: Matcher | None = None
        self._lock = threading.Lock()

    @property
    def is_active(self) -> bool:
        """Whether there is a plan; the question costs a look at the file system."""
        return self._current() is not None

    def concerns(self, service: str) -> bool:
        """Return whether the plan has faults for a service."""
        matcher = self._current()
        return matcher is not None and matcher.concerns(service)

    def strike(self, call: Call, able: Collection[Effect]) -> Fault | None:
        """Return the fault that strikes a call, logged; None lets the call go its way.

        Parameters
        ----------
        able : the effects that can be carried out where the call was met.
        """
        matcher = self._current()
        fault = matcher.strike(call, able) if matcher is not None else None
        if fault is not None:
            self._log(fault, call)
        return fault

    def _current(self) -> Matcher | None:
        try:
            found = os.stat(self._plan_file)  # noqa: PTH116  # on every call: half the time
        except OSError:
            self._matcher = self._seen = None
            return None
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            with self._lock:
                if seen != self._seen:
                    self._matcher = self._read()
                    self._seen = seen
        return self._matcher

    def _read(self) -> Matcher | None:
        try:
            return Matcher(parse_plan(self._plan_file.read_text()))
        except (OSError, PlanError) as error:
            _logger.warning("No faults: %s: %s", self._plan_file, error)
            return None

    def _log(self, fault: Fault, call: Call) -> None:
        line = {
            "id": fault.id,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "caller": call.caller,
            "run": call.run,
            "service": call.service,
            "action": call.action,
            "resource": call.resource,
            "effect": fault.effect,
        }
        # One write: lines of several threads do not mix.
        with self._lock, self._fired_file.open("a") as file:
            file.write(json.dumps(line) + "\n")


_injector: Injector | None = None


def install(settings: CloudSettings) -> None:
    """Follow plans from now on; begin with the one of ETL_FAULT_PLAN, or with none.

    Raises
    ------
    PlanError : the plan to begin with is wrong or cannot be read.
    """
    global _injector  # noqa: PLW0603  # the seams are all over the one process
    control.clear(settings.state_dir)  # counts do not outlive a process, so no plan does
    if text := first_plan():
        control.load(settings.state_dir, text)
    _injector = Injector(settings.state_dir)


def first_plan() -> str | None:
    """Return the text of the plan that ETL_FAULT_PLAN names, if it names one.

    Raises
    ------
    PlanError : it is wrong or cannot be read.
    """
    name = os.environ.get(PLAN_VARIABLE)
    if not name:
        return None
    try:
        text = Path(name).read_text()
        parse_plan(text)
    except (OSError, UnicodeDecodeError, PlanError) as error:
        raise PlanError(f"{PLAN_VARIABLE}={name}: {error}") from None
    return text


def is_active() -> bool:
    """Return whether there is a plan."""
    return _injector is not None and _injector.is_active


def concerns(service: str) -> bool:
    """Return whether there may be a fault for a call of this service."""
    return _injector is not None and _injector.concerns(service)


def strike(call: Call, able: Collection[Effect]) -> Fault | None:
    """Return the fault that strikes a call, logged; None lets the call go its way."""
    return _injector.strike(call, able) if _injector is not None else None
