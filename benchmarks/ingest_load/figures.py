"""From what was measured to the figures that are published."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from benchmarks.ingest_load.load import Load, Tally
from benchmarks.machine import Memory


def phase_figures(load: Load, tally: Tally, memory: Memory) -> dict[str, Any]:
    """Return a phase's figures, for JSON.

    Parameters
    ----------
    memory : the most that the local cloud used meanwhile.
    """
    answered = sum(count for status, count in tally.statuses.items() if status)
    warm = max(tally.warm_seconds, 1e-9)
    return {
        "name": load.name,
        "clients": load.clients,
        "events_a_request": load.batch,
        "seconds": round(tally.seconds, 2),
        "requests": answered,
        "events": len(tally.accepted),
        "warm_seconds": round(tally.warm_seconds, 2),
        "requests_per_second": round(len(tally.warm) / warm, 1),
        "events_per_second": round(tally.warm_events / warm, 1),
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "cold_ms": milliseconds(tally.cold),
        "warm_ms": milliseconds(tally.warm),
        "memory_mib": memory.as_json(),
    }


def milliseconds(seconds: Sequence[float]) -> dict[str, float] | None:
    """Return p50, p99 and the maximum, in milliseconds; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return {
        "p50": round(1000 * percentile(ordered, 0.50), 1),
        "p99": round(1000 * percentile(ordered, 0.99), 1),
        "max": round(1000 * ordered[-1], 1),
    }


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
