"""Which partitions a table has: registered ones, or those that partition projection tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from local_aws.athena.errors import QueryError, not_supported

# Java's date patterns that a projection may use -> strftime.
_PATTERN_PARTS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M"}
_UNITS = {"MINUTES": "minutes", "HOURS": "hours", "DAYS": "days", "WEEKS": "weeks"}
_MOST = 1_000_000  # Athena's own limit for a table is of this order


@dataclass(frozen=True)
class Partition:
    """A partition: its column values as texts, and where its objects are."""

    values: tuple[str, ...]
    location: str


def projected_partitions(table: dict[str, Any], now: datetime) -> list[Partition]:
    """Return the partitions that the table's projection properties tell.

    Rules: the Athena guide's page on supported types for partition projection.

    Raises
    ------
    QueryError : a property is missing or of a kind that the local engine lacks.
    """
    properties = table.get("Parameters", {})
    names = [key["Name"].lower() for key in table["PartitionKeys"]]
    values = [list(_projected_values(name, properties, now)) for name in names]
    template = properties.get("storage.location.template")
    location = table["StorageDescriptor"]["Location"].rstrip("/")
    partitions: list[Partition] = []
    for combination in product(*values):
        if len(partitions) > _MOST:
            raise QueryError("HIVE_EXCEEDED_PARTITION_LIMIT", "Too many projected partitions")
        if template:
            place = template
            for name, value in zip(names, combination, strict=True):
                place = place.replace(f"${{{name}}}", value)
        else:
            pairs = zip(names, combination, strict=True)
            place = "/".join([location, *(f"{name}={value}" for name, value in pairs)])
        partitions.append(Partition(combination, place.rstrip("/") + "/"))
    return partitions


def _projected_values(name: str, properties: dict[str, str], now: datetime) -> Iterator[str]:
    prefix = f"projection.{name}"
    kind = properties.get(f"{prefix}.type", "").lower()
    match kind:
        case "enum":
            yield from (value.strip() for value in properties[f"{prefix}.values"].split(","))
        case "integer":
            low, high = (int(bound) for bound in properties[f"{prefix}.range"].split(","))
            digits = int(properties.get(f"{prefix}.digits", "0"))
            step = int(properties.get(f"{prefix}.interval", "1"))
            yield from (str(value).zfill(digits) for value in range(low, high + 1, step))
        case "date":
            yield from _projected_dates(prefix, properties, now)
        case _:
            raise not_supported(f"The partition projection of {name} by type '{kind}'")


def _projected_dates(prefix: str, properties: dict[str, str], now: datetime) -> Iterator[str]:
    pattern = re.sub(
        "|".join(_PATTERN_PARTS),
        lambda part: _PATTERN_PARTS[part[0]],
        properties[f"{prefix}.format"].replace("'", ""),
    )
    low, high = (
        _bound(bound.strip(), pattern, now) for bound in properties[f"{prefix}.range"].split(",")
    )
    unit = properties.get(f"{prefix}.interval.unit", "DAYS").upper()
    if unit not in _UNITS:
        raise not_supported(f"A partition projection by {unit}")
    step = timedelta(**{_UNITS[unit]: int(properties.get(f"{prefix}.interval", "1"))})
    moment = low
    while moment <= high:
        yield moment.strftime(pattern)
        moment += step


def _bound(text: str, pattern: str, now: datetime) -> datetime:
    match = re.fullmatch(r"NOW(?:\s*([+-])\s*(\d+)\s*(\w+?)S?)?", text, re.IGNORECASE)
    if match is None:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    sign, count, unit = match.groups()
    if sign is None:
        return now
    days = {"MINUTE": 1 / 1440, "HOUR": 1 / 24, "DAY": 1, "WEEK": 7, "MONTH": 30, "YEAR": 365}
    if unit.upper() not in days or unit.upper() in ("MONTH", "YEAR"):
        raise not_supported(f"A partition projection from {text}")
    distance = timedelta(days=days[unit.upper()] * int(count))
    return now + distance if sign == "+" else now - distance


def registered_partitions(glue: Any, table: dict[str, Any]) -> list[Partition]:
    """Return the partitions that the catalog holds."""
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=table["DatabaseName"], TableName=table["Name"]
    )
    return [
        Partition(tuple(entry["Values"]), entry["StorageDescriptor"]["Location"].rstrip("/") + "/")
        for page in pages
        for entry in page["Partitions"]
    ]
