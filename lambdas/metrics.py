"""Metrics of the Lambda functions, in embedded metric format: log lines that CloudWatch counts.

They have no dimensions, so that namespace and name are all that an alarm has to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


@dataclass(frozen=True)
class Figure:
    """A value and what it counts."""

    value: float
    unit: MetricUnit = MetricUnit.Count


def emit(namespace: str, figures: Mapping[str, Figure], **ids: str) -> None:
    """Write the figures by their metrics' names, with the ids beside them; nothing if none."""
    if not figures:
        return
    # The class named Metrics keeps what all its instances were given: this one is a line alone.
    line = EphemeralMetrics(namespace=namespace)
    for name, figure in figures.items():
        line.add_metric(name, figure.unit, figure.value)
    for name, value in ids.items():
        line.add_metadata(name, value)
    line.flush_metrics()
