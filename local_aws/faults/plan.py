"""A fault plan: read from JSON and checked, so that a mistake is one clear line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PlanError(ValueError):
    """A plan that cannot be carried out; the message begins with the field that is wrong."""


class Effect(StrEnum):
    """What happens to a call."""

    THROTTLE = "throttle"
    ERROR_500 = "error_500"
    ERROR_503 = "error_503"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105  # the name of an effect
    SLOW = "slow"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    PARTIAL = "partial"
    KILL_BEFORE = "kill_before"
    KILL_AFTER = "kill_after"


KILLS = frozenset({Effect.KILL_BEFORE, Effect.KILL_AFTER})
SQL_SERVICE = "redshift"
"""The service of SQL statements, which are no calls of an API."""
SQL_ACTION = "Statement"
SQL_EFFECTS = KILLS | {Effect.SLOW, Effect.ERROR_500, Effect.DROP_BEFORE, Effect.DROP_AFTER}

SERVICES = frozenset(
    {
        "athena",
        "cloudformation",
        "dynamodb",
        "execute-api",
        "firehose",
        "glue",
        "iam",
        "lambda",
        "logs",
        "redshift-data",
        "redshift-serverless",
        "s3",
        "secretsmanager",
        "states",
        "sts",
        SQL_SERVICE,
    }
)
"""By their signing names, as the SDKs sign requests."""

PARTIAL_ACTIONS = {
    "dynamodb": frozenset({"BatchWriteItem", "BatchGetItem"}),
    "firehose": frozenset({"PutRecordBatch"}),
    "s3": frozenset({"DeleteObjects"}),
}
"""The calls of which a part can fail."""

_CALLER = re.compile(r"client|states|firehose|redshift|(glue|lambda):.+|.*[*?\[].*")
_KILLABLE = re.compile(r"(glue|lambda):.+|.*[*?\[].*")
_MOST_SECONDS = 3600.0


@dataclass(frozen=True)
class Fault:
    """One fault of a plan.

    Attributes
    ----------
    id : its name in the log of what fired.
    caller, action, resource : globs of the calls that it is for.
    service : the service that is called, by its signing name.
    effect : what happens.
    skip : matching calls that are let through first.
    times : how often it fires at most; None is without end.
    probability : of each matching call after those that are skipped.
    seconds : length of a slow answer.
    fraction : part of a batch that fails, above 0 and up to 1.
    """

    id: str
    service: str
    effect: Effect
    caller: str = "*"
    action: str = "*"
    resource: str = "*"
    skip: int = 0
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 2.0
    fraction: float = 0.5


@dataclass(frozen=True)
class Plan:
    """A seed and the faults, in the order in which they are tried on a call."""

    seed: int
    faults: tuple[Fault, ...]


def parse_plan(text: str) -> Plan:
    """Return the plan that a JSON text holds.

    Raises
    ------
    PlanError : it is no JSON, or a field of it is wrong.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise PlanError(f"not JSON: {error}") from None
    return read_plan(content)


def read_plan(content: Any) -> Plan:
    """Return the plan that decoded JSON holds.

    Raises
    ------
    PlanError : a field of it is wrong.
    """
    if not isinstance(content, dict):
        raise PlanError('a plan is an object: {"seed": 1, "faults": [...]}')
    _refuse_unknown("", content, {"seed", "faults"})
    seed = content.get("seed", 1)
    if not _is_whole(seed):
        raise PlanError(f"seed: a whole number is needed, not {seed!r}")
    items = content.get("faults")
    if not isinstance(items, list):
        raise PlanError("faults: a list of faults is needed")
    faults = tuple(_read_fault(f"faults[{i}]", item) for i, item in enumerate(items))
    known: set[str] = set()
    for position, fault in enumerate(faults):
        if fault.id in known:
            raise PlanError(f"faults[{position}].id: {fault.id!r} is the id of another fault")
        known.add(fault.id)
    return Plan(seed, faults)


def _read_fault(place: str, item: Any) -> Fault:
    if not isinstance(item, dict):
        raise PlanError(f"{place}: an object is needed, not {item!r}")
    _refuse_unknown(f"{place}.", item, set(_READ))
    for name in ("id", "service", "effect"):
        if name not in item:
            raise PlanError(f"{place}.{name}: missing")
    values = {name: _READ[name](f"{place}.{name}", value) for name, value in item.items()}
    fault = Fault(**values)
    _check_together(place, fault)
    return fault


def _check_together(place: str, fault: Fault) -> None:
    effect, service = fault.effect, fault.service
    if service == SQL_SERVICE:
        if effect not in SQL_EFFECTS:
            allowed = ", ".join(sorted(SQL_EFFECTS))
            raise PlanError(f"{place}.effect: a SQL statement takes {allowed}, not {effect}")
    elif effect in KILLS and not _KILLABLE.fullmatch(fault.caller):
        raise PlanError(
            f"{place}.effect: only glue:… and lambda:… callers can be killed, not {fault.caller}"
        )
    if effect is Effect.PARTIAL and service not in PARTIAL_ACTIONS:
        allowed = ", ".join(sorted(PARTIAL_ACTIONS))
        raise PlanError(f"{place}.effect: partial is for {allowed}, not {service}")


def _refuse_unknown(place: str, item: Mapping[str, Any], known: set[str]) -> None:
    for name in item:
        if name not in known:
            raise PlanError(f"{place}{name}: no such field; there are {', '.join(sorted(known))}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(place: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise PlanError(f"{place}: a text is needed, not {value!r}")
    return value


def _caller(place: str, value: Any) -> str:
    if not _CALLER.fullmatch(_text(place, value)):
        raise PlanError(
            f"{place}: client, glue:<script>, lambda:<name>, states, firehose, redshift or a glob "
            f"is needed, not {value!r}"
        )
    return str(value)


def _service(place: str, value: Any) -> str:
    if value not in SERVICES:
        raise PlanError(f"{place}: one of {', '.join(sorted(SERVICES))} is needed, not {value!r}")
    return str(value)


def _effect(place: str, value: Any) -> Effect:
    try:
        return Effect(value)
    except ValueError:
        raise PlanError(f"{place}: one of {', '.join(Effect)} is needed, not {value!r}") from None


def _count(place: str, value: Any) -> int:
    if not _is_whole(value) or value < 0:
        raise PlanError(f"{place}: a whole number from 0 is needed, not {value!r}")
    return int(value)


def _times(place: str, value: Any) -> int | None:
    if value is None:
        return None
    if not _is_whole(value) or value < 1:
        raise PlanError(f"{place}: a whole number from 1, or null, is needed, not {value!r}")
    return int(value)


def _number(least: float, most: float, *, above: bool = False) -> Callable[[str, Any], float]:
    def read(place: str, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most or (above and value == least):
            bounds = f"above {least:g}" if above else f"from {least:g}"
            raise PlanError(f"{place}: a number {bounds} to {most:g} is needed, not {value!r}")
        return float(value)

    return read


_READ: dict[str, Callable[[str, Any], Any]] = {
    "id": _text,
    "caller": _caller,
    "service": _service,
    "action": _text,
    "resource": _text,
    "effect": _effect,
    "skip": _count,
    "times": _times,
    "probability": _number(0, 1, above=True),
    "seconds": _number(0, _MOST_SECONDS),
    "fraction": _number(0, 1, above=True),
}
