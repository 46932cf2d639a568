"""The catalogue of fault points (fault_points.json), and which calls of the pipeline they cover.

A fault point is a caller, a service, an action, a kind of resource, an effect and a place; `when`
says that its call is made by the first execution only, or not by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("fault_points.json")

FIRST, LATE = "first", "late"
KILLS = ("kill_before", "kill_after")

# Services of which the pipeline makes calls.
_SERVICES = (
    "dynamodb", "execute-api", "firehose", "glue", "lambda", "redshift", "redshift-data", "s3",
    "secretsmanager", "states",
)  # fmt: skip
_PROBE = "probe"


@dataclass(frozen=True)
class FaultPoint:
    """One fault point; the fields of a fault are those of docs/faults.md.

    Attributes
    ----------
    stage : part of the pipeline whose call it strikes.
    place : where that is, for deaths: "after the table commit".
    when : FIRST, LATE or None for any execution.
    """

    id: str
    stage: str
    caller: str
    service: str
    action: str
    resource: str
    effect: str
    place: str = ""
    when: str | None = None
    skip: int = 0
    seconds: float = 0.0
    fraction: float = 0.5

    @property
    def is_death(self) -> bool:
        """Somebody dies of it."""
        return self.effect in KILLS

    def fault(self, **changes: Any) -> dict[str, Any]:
        """Return it as a fault of a plan."""
        names = ("id", "caller", "service", "action", "resource", "effect", "skip")
        fault = {name: getattr(self, name) for name in names}
        return {**fault, "seconds": self.seconds, "fraction": self.fraction, **changes}

    def covers(self, call: Mapping[str, Any]) -> bool:
        """Return whether a call is one of those that it strikes."""
        globs = ("caller", "action", "resource")
        return self.service == call["service"] and all(
            fnmatchcase(call[name], getattr(self, name)) for name in globs
        )


def read_points() -> list[FaultPoint]:
    """Return all fault points."""
    return [FaultPoint(**each) for each in json.loads(FILE.read_text("utf-8"))]


def probes() -> list[dict[str, Any]]:
    """Return faults that do nothing but have each call logged that no other fault strikes."""
    return [
        {"id": f"{_PROBE} {service}", "service": service, "effect": "slow", "seconds": 0,
         "times": None}
        for service in _SERVICES
    ]  # fmt: skip


def is_probe(fired: Mapping[str, Any]) -> bool:
    """Return whether a line of the log is only a probe's."""
    return str(fired["id"]).startswith(f"{_PROBE} ")


def uncovered(calls: Iterable[Mapping[str, Any]], points: Iterable[FaultPoint]) -> list[str]:
    """Return the calls of the pipeline that none of the points strikes, each kind once.

    What `client` does besides sending is the scenarios' own.
    """
    known = list(points)
    missing: set[str] = set()
    for call in calls:
        is_ours = call["caller"] == "client" and call["service"] != "execute-api"
        if not is_ours and not any(point.covers(call) for point in known):
            names = (call["caller"], call["service"], call["action"], call["resource"])
            missing.add(" ".join(map(str, names)))
    return sorted(missing)
