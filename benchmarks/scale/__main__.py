"""`python -m benchmarks.scale`: computes docs/scale.md from what was measured here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.results_file import LATEST, ResultsFile
from cli.cost.prices import PriceList, read_prices

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"

ROWS_A_DAY = 1_000_000_000
_SECONDS_A_DAY = 86_400
_BYTES_A_LINE = 310  # of a landed line of the benchmark's data, before compression
_LINES_AN_INVOICE = 21  # of the real set, and of what is generated
_CORES_A_DPU, _GB_A_DPU = 4, 16
_RUNS_A_DAY = 24
_SLOWER = 2
"""How much slower a Glue core is taken to be at the same work: unknown, and to be measured there."""
_WORKERS = {"G.1X": 1, "G.2X": 2}
_ROWS_A_REQUEST = 1_000
_FIREHOSE_MIB = 5
_DYNAMODB_UNITS = 40_000
_ITEM_UNITS = 4
"""Write units of an invoice: its header and lines, each in the table and the history's index."""


@dataclass(frozen=True)
class _Measured:
    """Seconds of one core that a row takes here."""

    rows: int
    cleanse: float
    partition: float

    @property
    def core_seconds(self) -> float:
        return self.cleanse + self.partition


def main() -> None:
    """Write the page from the figures that are there."""
    write_scale_page(PAGE, ResultsFile(LATEST).read())


def write_scale_page(path: Path, results: Mapping[str, Any]) -> None:
    """Write the page; without a transform's figures there is nothing to compute."""
    parts = [p for name, p in results.get("parts", {}).items() if name.startswith("transform_")]
    if parts:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(scale_page(max(parts, key=lambda part: int(part["rows"])), read_prices()))


def scale_page(part: Mapping[str, Any], prices: PriceList) -> str:
    """Return the page's Markdown, computed from a transform's figures."""
    measured = _per_row(part)
    core_hours = measured.core_seconds * _SLOWER * ROWS_A_DAY / 3600
    dpu_hours = Decimal(core_hours) / _CORES_A_DPU
    price = prices.prices["glue_dpu_hour"]
    gib = ROWS_A_DAY * _BYTES_A_LINE / 2**30
    rows_a_second = ROWS_A_DAY / _SECONDS_A_DAY
    text = (files("benchmarks.scale") / "page.md").read_text("utf-8")
    return text.format(
        measured_rows=measured.rows,
        cleanse_us=measured.cleanse * 1e6,
        partition_us=measured.partition * 1e6,
        cores=part["machine"]["cores"],
        measured_on=part["measured_on"],
        slower=_SLOWER,
        core_hours=core_hours,
        dpu_hours=dpu_hours,
        dollars=price.of(dpu_hours),
        dpu_price=price.amount,
        as_of=prices.as_of,
        region=prices.region,
        runs=_RUNS_A_DAY,
        table="".join(
            _worker_row(name, dpus, dpu_hours, price.amount) for name, dpus in _WORKERS.items()
        ),
        gib=gib,
        rows_a_second=rows_a_second,
        requests=rows_a_second / _ROWS_A_REQUEST,
        rows_a_request=_ROWS_A_REQUEST,
        mib_a_second=ROWS_A_DAY * _BYTES_A_LINE / _SECONDS_A_DAY / 2**20,
        firehose_mib=_FIREHOSE_MIB,
        firehose_dollars=prices.prices["firehose_gb"].of(Decimal(gib)),
        invoices=ROWS_A_DAY // _LINES_AN_INVOICE,
        units=ROWS_A_DAY // _LINES_AN_INVOICE * _ITEM_UNITS,
        units_a_second=ROWS_A_DAY / _LINES_AN_INVOICE * _ITEM_UNITS / _SECONDS_A_DAY,
        item_units=_ITEM_UNITS,
        dynamodb_units=_DYNAMODB_UNITS,
        dynamodb_hours=ROWS_A_DAY / _LINES_AN_INVOICE * _ITEM_UNITS / _DYNAMODB_UNITS / 3600,
        dynamodb_dollars=prices.prices["dynamodb_write_unit"].of(
            Decimal(ROWS_A_DAY // _LINES_AN_INVOICE * _ITEM_UNITS)
        ),
        lines=_LINES_AN_INVOICE,
        files=math.ceil(gib * 1024 / 128),
    )


def _per_row(part: Mapping[str, Any]) -> _Measured:
    stages, cores = part["spark"]["stages"], part["machine"]["cores"]
    rows = int(part["rows"])
    return _Measured(
        rows, *(stages[stage]["seconds"] * cores / rows for stage in ("cleanse", "partition"))
    )


def _worker_row(name: str, dpus: int, dpu_hours: Decimal, price: Decimal) -> str:
    """Return what each of a day's runs takes with so many workers that it ends in 20 minutes."""
    each = float(dpu_hours) / _RUNS_A_DAY
    workers = max(2, math.ceil(each / dpus / (20 / 60))) + 1  # one is the driver's
    minutes = each / dpus / (workers - 1) * 60
    dollars = Decimal(workers * dpus * minutes / 60) * price
    cells = (name, workers, f"{minutes:.0f}", f"{dollars:.2f}", f"{dollars * _RUNS_A_DAY:,.0f}")
    return f"| {' | '.join(map(str, cells))} |\n"


if __name__ == "__main__":
    main()
