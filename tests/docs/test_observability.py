"""docs/observability.md names what is deployed: alarms, metrics, limits, log groups, parts."""

from __future__ import annotations

import re

import pytest

from cli.doctor.probe import INVOICE, TYPE
from tests.infra.infra_files import CHECKOUT, read_template
from tests.infra.test_observability import ALARMS, ours, text

TEXT = (CHECKOUT / "docs" / "observability.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", TEXT))
PARTS = ("ingest", "history", "jobs", "warehouse", "workflow")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_table_of_alarms_has_each_alarm_once() -> None:
    listed = [name for row in rows("Alarms") for name in re.findall(r"`([a-z-]+)`", row[0])]
    names = [
        text(alarm["Properties"]["AlarmName"]).removeprefix("${Project}-${Stage}-")
        for alarm in ALARMS.values()
    ]
    assert sorted(listed) == sorted(names)


def test_the_table_of_metrics_has_each_of_ours_once() -> None:
    listed = [name for row in rows("Metrics") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(listed) == sorted(ours())


@pytest.mark.parametrize(
    "name", ["FreshnessHours", "DataAgeLimitMinutes", "QuarantinePercentLimit"]
)
def test_a_limit_stands_with_its_default(name: str) -> None:
    default = read_template("root")["Parameters"][name]["Default"]
    unit = " %" if name == "QuarantinePercentLimit" else ""
    assert f"`{name}` ({default}{unit})" in TEXT


def test_every_parameter_of_observability_is_told_of() -> None:
    passed = {"Project", "Stage", "ApiId", "HistoryApiId"}
    assert (
        set(read_template("observability")["Parameters"]) - passed - set(re.findall(r"\w+", TEXT))
        == set()
    )


def test_every_log_group_is_told_of() -> None:
    groups = {
        text(resource["Properties"]["LogGroupName"]).replace("${Project}-${Stage}", "PROJECT-STAGE")
        for part in PARTS
        for resource in read_template(part)["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    }
    functions = {each for each in groups if each.startswith("/aws/lambda/PROJECT-STAGE-")}
    assert len(functions) >= 5
    assert groups - functions - NAMED == set()
    assert "/aws/lambda/PROJECT-STAGE-NAME" in NAMED


def test_the_count_of_alarms_is_right() -> None:
    assert f"| {len(ALARMS)} alarms, of which 10 of an account are free" in TEXT


def test_what_the_doctor_leaves_is_named() -> None:
    assert INVOICE in NAMED
    assert TYPE in NAMED
