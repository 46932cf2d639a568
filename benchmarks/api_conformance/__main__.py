"""`python -m benchmarks.api_conformance`: holds the APIs against docs/openapi.yaml."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.api_conformance.runs import verdicts
from benchmarks.api_conformance.shop import put_shop
from benchmarks.deployment import deployed

_RESULTS = Path(__file__).resolve().parents[1] / "results" / "api_conformance.json"
_OUT_OF_THE_WAY = (10_000, 5_000)  # AWS's own quota


def main() -> None:
    """Run schemathesis on a cloud of its own, write the figures, and fail on any failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api_conformance")
    parser.add_argument("--examples", type=int, default=1000, help="random requests an operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=_RESULTS)
    options = parser.parse_args()
    found = []
    with deployed() as cloud:
        put_shop(cloud.client("dynamodb"), cloud.outputs["LookupsTable"])
        apis = {"ingest": cloud.outputs["ApiId"], "history": cloud.outputs["HistoryApiId"]}
        for api_id in apis.values():
            cloud.limit_rate(*_OUT_OF_THE_WAY, api_id=api_id)
        urls = {
            name: f"{cloud.endpoint}/_aws/execute-api/{api_id}/$default"
            for name, api_id in apis.items()
        }
        for verdict in verdicts(urls, options.examples, options.seed):
            found.append(verdict)
            print(verdict.report if verdict.failures else verdict.as_json())
    figures = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "seed": options.seed,
        "cases": sum(each.cases for each in found),
        "failures": sum(each.failures for each in found),
        "runs": [each.as_json() for each in found],
    }
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{figures['cases']:,} cases, {figures['failures']} failures")
    if figures["failures"]:
        raise SystemExit("the APIs are not as described")


if __name__ == "__main__":
    main()
