"""`python -m benchmarks.ingest_load`: measures the ingest API, and that all it took arrives."""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.deployment import Deployment, deployed
from benchmarks.ingest_load.arrivals import Arrivals
from benchmarks.ingest_load.figures import phase_figures
from benchmarks.ingest_load.load import Load, Tally, run_load
from benchmarks.ingest_load.page import page
from benchmarks.machine import MemoryWatch, memory_of, this_machine

_CHECKOUT = Path(__file__).resolve().parents[2]
_RESULTS = _CHECKOUT / "benchmarks" / "results" / "ingest_load.json"
_PAGE = _CHECKOUT / "docs" / "ingest-load.md"
_OUT_OF_THE_WAY = (10_000, 5_000)  # AWS's own quota
_DEFAULT = "100,200"  # of cloudformation/root.yaml


def main() -> None:
    """Measure, write the figures and the page, and fail if an event was lost or doubled."""
    options = _options()
    machine = this_machine()
    with deployed() as cloud:
        before = memory_of(cloud.pid)
        with MemoryWatch(lambda: memory_of(cloud.pid)) as watch:
            phases, tallies = _measure(cloud, options)
            arrived = _arrived(cloud, tallies)
        after = memory_of(cloud.pid)
    figures = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "machine": machine.as_json(),
        "limits": dict(zip(("rate", "burst"), options.limits, strict=True)),
        "phases": phases,
        "arrived": arrived,
        "memory_mib": {
            "before": before.as_json(),
            "after": after.as_json(),
            "most": watch.most.as_json(),
        },
    }
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(figures, indent=2) + "\n")
    options.page.write_text(page(figures))
    print(page(figures))
    if arrived["missing"] or arrived["doubled"]:
        raise SystemExit("accepted events are missing in raw/, or doubled")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest_load", description=__doc__)
    parser.add_argument("--clients", type=_numbers, default=[1, 8, 32, 128], metavar="N,N,…")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--batch", type=int, default=100, help="events of a batch")
    parser.add_argument("--burst", type=int, default=1000, help="requests past the limits")
    parser.add_argument(
        "--limits", type=_numbers, default=_DEFAULT, metavar="RATE,BURST", help="for the burst"
    )
    parser.add_argument("--results", type=Path, default=_RESULTS)
    parser.add_argument("--page", type=Path, default=_PAGE)
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _measure(
    cloud: Deployment, options: argparse.Namespace
) -> tuple[list[dict[str, Any]], list[Tally]]:
    loads = [
        Load(f"{kind}{clients}", clients, batch, seconds=options.seconds)
        for kind, batch in (("single", 1), ("batch", options.batch))
        for clients in options.clients
    ]
    burst = Load("burst", max(options.clients), 1, requests=options.burst)
    phases, tallies = [], []
    for load in [*loads, burst]:
        if load is burst:
            cloud.limit_rate(*options.limits)
        else:
            cloud.limit_rate(*_OUT_OF_THE_WAY)
            cloud.end_workers()
        with MemoryWatch(lambda: memory_of(cloud.pid)) as watch:
            tally = run_load(cloud.transactions_url, load)
        figures = phase_figures(load, tally, watch.most)
        print(f"{load.name}: {figures['events_per_second']} events/s, {figures['warm_ms']}")
        phases.append(figures)
        tallies.append(tally)
    return phases, tallies


def _arrived(cloud: Deployment, tallies: list[Tally]) -> dict[str, Any]:
    accepted = [each for tally in tallies for each in tally.accepted]
    uncertain = {each for tally in tallies for each in tally.uncertain}
    arrivals = Arrivals(cloud.client("s3"), cloud.outputs["LakeBucket"])
    waited = arrivals.wait_for(accepted)
    time.sleep(2)
    arrivals.look()
    return {
        "accepted": len(accepted),
        "missing": sum(each not in arrivals.counts for each in accepted),
        "doubled": sum(arrivals.counts[each] > 1 for each in accepted if each not in uncertain),
        "uncertain": len(uncertain),
        "uncertain_twice": sum(arrivals.counts[each] > 1 for each in uncertain),
        "in_raw": arrivals.counts.total(),
        "seconds_after_the_last_answer": round(waited, 1),
    }


if __name__ == "__main__":
    main()
