"""What a chaos run writes into docs/."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.chaos.campaign import Round
from tests.chaos.catalogue import read_points
from tests.chaos.report import Outcome, write_report
from tests.chaos.shop import Checked

POINTS = read_points()
STRUCK = POINTS[0]


def outcome() -> Outcome:
    checked = Checked([], {"raw": 10, "transactions": 8}, copies=3)
    fired = Counter({STRUCK.id: 2})
    return Outcome(
        minutes=50,
        seed=7,
        points=POINTS,
        rounds=[Round("faults 1", fired, [], executions=2, failed=1, checked=checked)],
        scenarios=["two_executions_at_once"],
        executions=2,
        failed=1,
        seconds=125.4,
        lost=0,
        doubled=0,
        rows_compared=18,
    )


def test_the_figures_are_written_for_programs(tmp_path: Path) -> None:
    write_report(outcome(), tmp_path)

    written = json.loads((tmp_path / "reliability.json").read_text("utf-8"))

    figures = (
        "fault_points",
        "faults_struck",
        "executions",
        "lost_rows",
        "doubled_rows",
        "seconds",
    )
    assert [written[name] for name in figures] == [1, 2, 2, 0, 0, 125]
    assert written["seeds"] == [7]
    assert [point["id"] for point in written["points"]] == [STRUCK.id]
    assert len(written["not_met"]) == len(POINTS) - 1


def test_people_read_the_same_figures_and_the_place_of_each_death(tmp_path: Path) -> None:
    write_report(outcome(), tmp_path)

    text = (tmp_path / "reliability.md").read_text("utf-8")

    assert "**0 rows lost, 0 doubled**" in text
    assert "make chaos SEED=7" in text
    assert f"| {STRUCK.stage} | {STRUCK.place} |" in text
    assert "- two executions at once" in text
