"""The page about scale computes what it says from what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.scale.__main__ import scale_page, write_scale_page
from cli.cost.prices import read_prices

# Two cores for 36 and 18 seconds: 7.2 and 3.6 µs of a core a row.
_PART: dict[str, Any] = {
    "rows": 10_000_000,
    "measured_on": "2026-01-15",
    "machine": {"cores": 2},
    "spark": {"stages": {"cleanse": {"seconds": 36.0}, "partition": {"seconds": 18.0}}},
}


def test_a_billion_rows_follow_from_the_seconds_of_a_row():
    page = scale_page(_PART, 0.25, read_prices())
    assert "7.2 µs of a core in cleanse" in page
    assert "3.6 µs in partition" in page
    # 10.8 µs, twice as slow, 1e9 rows: 6 core hours, 1.5 DPU hours at 0.44 dollars.
    assert "6 core hours" in page
    assert "1.5 DPU hours, 0.66 dollars" in page
    assert "0.25 write units a row: 250,000,000, 156 dollars" in page


def test_the_largest_transform_is_what_is_computed_from(tmp_path: Path):
    smaller = {**_PART, "rows": 1000}
    write_scale_page(tmp_path / "scale.md", {"parts": {"transform_x": smaller}})
    parts = {
        "transform_a": smaller,
        "transform_b": _PART,
        "main_job": {"write_units_per_row": 0.25},
    }
    write_scale_page(tmp_path / "scale.md", {"parts": parts})
    assert (tmp_path / "scale.md").read_text() == scale_page(_PART, 0.25, read_prices())
