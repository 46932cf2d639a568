"""Metrics out of log lines in embedded metric format, as CloudWatch Logs takes them out.

The format is documented in the CloudWatch User Guide, "Specification: Embedded metric format". A
line that is not of it is a log line and nothing else, here as there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

_MARK = '"_aws"'
_MINUTE = 60  # the resolution in which CloudWatch keeps metrics
_lock = threading.Lock()


@dataclass(frozen=True)
class Datum:
    """Values of one metric at one time, in seconds."""

    namespace: str
    name: str
    unit: str
    dimensions: Mapping[str, str]
    at: float
    values: tuple[float, ...]


def record(line: str) -> None:
    """Put the metrics of a log line into CloudWatch; a line without any is passed over."""
    for datum in read(line):
        _store(datum)


def read(line: str) -> Iterator[Datum]:
    """Yield what a line in embedded metric format holds: each metric with each dimension set."""
    if _MARK not in line:
        return
    try:
        document = json.loads(line)
        about = document["_aws"]
        for directive in about["CloudWatchMetrics"]:
            yield from _read_directive(document, directive, about["Timestamp"] / 1000)
    except (ValueError, KeyError, TypeError):
        return


def _read_directive(
    document: dict[str, Any], directive: dict[str, Any], at: float
) -> Iterator[Datum]:
    for keys in directive["Dimensions"] or [[]]:
        dimensions = {key: str(document[key]) for key in keys}
        for metric in directive["Metrics"]:
            value = document[metric["Name"]]
            values = tuple(float(each) for each in (value if isinstance(value, list) else [value]))
            unit = metric.get("Unit", "None")
            if values:
                yield Datum(directive["Namespace"], metric["Name"], unit, dimensions, at, values)


def _store(datum: Datum) -> None:
    """Add the values to those of the same minute, so that a busy hour is 60 points."""
    minute = datum.at // _MINUTE * _MINUTE
    key = (datum.namespace, datum.name, cloudwatch._dims_key(dict(datum.dimensions)))
    with _lock:
        points = cloudwatch._metric_bucket(key)
        if not points or points[-1]["Timestamp"] != minute:
            points.append(
                {"Timestamp": minute, "Unit": datum.unit, "Dimensions": {**datum.dimensions}}
            )
        point = points[-1]
        known = point.get("_stat", {"SampleCount": 0, "Sum": 0.0})
        low, high = min(datum.values), max(datum.values)
        statistics = {
            "SampleCount": known["SampleCount"] + len(datum.values),
            "Sum": known["Sum"] + sum(datum.values),
            "Minimum": min(low, known.get("Minimum", low)),
            "Maximum": max(high, known.get("Maximum", high)),
        }
        average = statistics["Sum"] / statistics["SampleCount"]
        point.update({"Value": average, "_stat": statistics})
