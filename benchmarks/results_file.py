"""The figures of all measurements of the pipeline's speed: benchmarks/results/latest.json."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import this_machine

_CHECKOUT = Path(__file__).resolve().parents[1]
LATEST = _CHECKOUT / "benchmarks" / "results" / "latest.json"


class ResultsFile:
    """One JSON object, to which each measurement adds as soon as it has a figure."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Any]:
        """Return what has been measured so far."""
        content: dict[str, Any] = json.loads(self._path.read_text()) if self._path.exists() else {}
        return content

    def add(self, part: str, figures: Mapping[str, Any]) -> dict[str, Any]:
        """Put the figures of a part in the place of its older ones; return the whole.

        The keys that people look for are computed anew from the parts.
        """
        results = self.read()
        results.setdefault("parts", {})[part] = {
            "measured_on": datetime.now(UTC).date().isoformat(),
            "machine": this_machine().as_json(),
            **figures,
        }
        results = {**headlines(results["parts"]), "parts": results["parts"]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(results, indent=2) + "\n")
        return results


def headlines(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the figures that a reader looks for first, of what was measured."""
    found: dict[str, Any] = {}
    memory: dict[str, dict[str, int]] = {}
    for name, part in parts.items():
        kind, _, size = name.partition("_")
        if kind == "transform":
            found[f"transform_vs_duckdb_{size}"] = part["spark_over_duckdb"]
            for stage, peak in part["peak_memory_mib"].items():
                memory.setdefault(stage, {})[size] = peak
        elif kind == "incremental":
            found[f"incremental_{size}_vs_empty"] = part["history_over_empty"]
        elif name == "main_job":
            found["main_job_seconds"] = part["seconds"]
            found["main_job_seconds_by_step"] = part["seconds_by_step"]
            found["send_rows_per_second"] = part["send_rows_per_second"]
            found["publish_items_per_second"] = part["publish_items_per_second"]
            found["warehouse_rows_per_second"] = part["warehouse_rows_per_second"]
            for stage, peak in part["peak_memory_mib"].items():
                memory.setdefault(stage, {})["main_job"] = peak
    five, fifty = parts.get("transform_5m"), parts.get("transform_50m")
    if five and fifty:
        each = [part["spark"]["seconds"] / part["rows"] for part in (five, fifty)]
        found["transform_50m_per_row_vs_5m"] = round(each[1] / each[0], 3)
    return {**found, "peak_memory_mib": memory}


def median(values: Iterable[float]) -> float:
    """Return the median to the hundredth."""
    return round(statistics.median(values), 2)


def size_name(rows: int) -> str:
    """Return a number of rows as keys have it: 05m, 5m, 50m."""
    if rows >= 1_000_000 and rows % 1_000_000 == 0:
        return f"{rows // 1_000_000}m"
    return "05m" if rows == 500_000 else str(rows)
