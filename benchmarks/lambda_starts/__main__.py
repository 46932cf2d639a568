"""`python -m benchmarks.lambda_starts`: measures the functions' cold starts and warm answers."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.deployment import Deployment, deployed
from benchmarks.lambda_starts.invocations import EVENTS, invoke, start_cold
from benchmarks.lambda_starts.page import page
from benchmarks.machine import this_machine
from cli.artifacts import Build, build

_CHECKOUT = Path(__file__).resolve().parents[2]
_RESULTS = _CHECKOUT / "benchmarks" / "results" / "lambda_starts.json"
_PAGE = _CHECKOUT / "docs" / "lambda-starts.md"


def main() -> None:
    """Measure, and write the figures and the page."""
    options = _options()
    machine, built = this_machine(), build(_CHECKOUT)
    with deployed() as cloud:
        functions = [_measure(cloud, built, name, options) for name in EVENTS]
    figures = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "machine": machine.as_json(),
        "cold_starts": options.starts,
        "warm_invocations": options.warm,
        "functions": functions,
    }
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(figures, indent=2) + "\n")
    options.page.write_text(page(figures))
    print(page(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lambda_starts", description=__doc__)
    parser.add_argument("--starts", type=int, default=7, help="cold starts of each function")
    parser.add_argument("--warm", type=int, default=50, help="invocations of a running process")
    parser.add_argument("--results", type=Path, default=_RESULTS)
    parser.add_argument("--page", type=Path, default=_PAGE)
    return parser.parse_args()


def _measure(
    cloud: Deployment, built: Build, name: str, options: argparse.Namespace
) -> dict[str, Any]:
    cold = [start_cold(cloud, name) for _ in range(options.starts)]
    warm = [invoke(cloud, name) for _ in range(options.warm)]
    words = "".join(word.capitalize() for word in name.split("-"))
    figures = {
        "name": name,
        "package_bytes": len(built.named(f"{words}Package").content),
        "init_ms": _median(each.init_ms or 0.0 for each in cold),
        "first_ms": _median(each.duration_ms for each in cold),
        "cold_ms": _median((each.init_ms or 0.0) + each.duration_ms for each in cold),
        "warm_ms": _median(each.duration_ms for each in warm),
        "memory_mb": max(each.memory_mb for each in (*cold, *warm)),
    }
    print(f"{name}: cold {figures['cold_ms']} ms, warm {figures['warm_ms']} ms")
    return figures


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 1)


if __name__ == "__main__":
    main()
