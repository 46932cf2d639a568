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
_CORES_A_DPU = 4
_RUNS_A_DAY = (24, 1)
_SLOWER = 2
"""How much slower a core of Glue is taken to be: unknown, and to be measured there."""
_MINUTES = 20
_WORKERS = {"G.1X": 1, "G.2X": 2}
_ROWS_A_REQUEST = 1_000
_FIREHOSE_MIB = 5
_DYNAMODB_UNITS = 40_000
_UNITS_A_ROW = 0.2
"""Write units that publish takes for a row, where no run of the main job was measured."""


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
    parts = results.get("parts", {})
    transforms = [part for name, part in parts.items() if name.startswith("transform_")]
    if transforms:
        largest = max(transforms, key=lambda part: int(part["rows"]))
        units = float(parts.get("main_job", {}).get("write_units_per_row", _UNITS_A_ROW))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(scale_page(largest, units, read_prices()))


def scale_page(part: Mapping[str, Any], units_a_row: float, prices: PriceList) -> str:
    """Return the page's Markdown.

    Parameters
    ----------
    part : a transform's figures.
    units_a_row : write units of DynamoDB that publish takes for a new row.
    """
    measured = _per_row(part)
    core_hours = measured.core_seconds * _SLOWER * ROWS_A_DAY / 3600
    dpu_hours = Decimal(core_hours) / _CORES_A_DPU
    price = prices.prices["glue_dpu_hour"]
    gib = ROWS_A_DAY * _BYTES_A_LINE / 2**30
    rows_a_second = ROWS_A_DAY / _SECONDS_A_DAY
    units = units_a_row * ROWS_A_DAY
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
        minutes=_MINUTES,
        table="".join(
            _worker_row(runs, name, dpus, dpu_hours, price.amount)
            for runs in _RUNS_A_DAY
            for name, dpus in _WORKERS.items()
        ),
        gib=gib,
        rows_a_second=rows_a_second,
        requests=rows_a_second / _ROWS_A_REQUEST,
        rows_a_request=_ROWS_A_REQUEST,
        mib_a_second=ROWS_A_DAY * _BYTES_A_LINE / _SECONDS_A_DAY / 2**20,
        firehose_mib=_FIREHOSE_MIB,
        firehose_dollars=prices.prices["firehose_gb"].of(Decimal(gib)),
        files=math.ceil(gib * 1024 / 128),
        units_a_row=units_a_row,
        units=units,
        units_a_second=units / _SECONDS_A_DAY,
        dynamodb_units=_DYNAMODB_UNITS,
        dynamodb_hours=units / _DYNAMODB_UNITS / 3600,
        dynamodb_dollars=prices.prices["dynamodb_write_unit"].of(Decimal(units)),
    )


def _per_row(part: Mapping[str, Any]) -> _Measured:
    stages, cores = part["spark"]["stages"], part["machine"]["cores"]
    rows = int(part["rows"])
    return _Measured(
        rows, *(stages[stage]["seconds"] * cores / rows for stage in ("cleanse", "partition"))
    )


def _worker_row(runs: int, name: str, dpus: int, dpu_hours: Decimal, price: Decimal) -> str:
    """Return what one of so many runs a day takes with workers enough to end in time."""
    each = float(dpu_hours) / runs
    workers = max(2, math.ceil(each / dpus / (_MINUTES / 60))) + 1  # one is the driver's
    minutes = each / dpus / (workers - 1) * 60
    dollars = Decimal(workers * dpus * minutes / 60) * price
    cells = (runs, name, workers, f"{minutes:.0f}", f"{dollars:.2f}", f"{dollars * runs:,.2f}")
    return f"| {' | '.join(map(str, cells))} |\n"


if __name__ == "__main__":
    main()
