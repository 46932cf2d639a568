"""The lines of metrics are in embedded metric format, with no dimension."""

from __future__ import annotations

import json

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from lambdas.metrics import Figure, emit


def test_a_line_declares_each_metric_with_its_unit_and_holds_its_value(
    capsys: pytest.CaptureFixture[str],
):
    emit("etl-dev", {"Rows": Figure(3), "Share": Figure(1.5, MetricUnit.Percent)}, run_id="r")
    line = json.loads(capsys.readouterr().out)
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared == {
        "Namespace": "etl-dev",
        "Dimensions": [[]],
        "Metrics": [{"Name": "Rows", "Unit": "Count"}, {"Name": "Share", "Unit": "Percent"}],
    }
    assert (line["Rows"], line["Share"], line["run_id"]) == ([3], [1.5], "r")


def test_a_line_holds_nothing_of_the_one_before(capsys: pytest.CaptureFixture[str]):
    emit("etl-dev", {"Rows": Figure(3)}, run_id="r")
    emit("etl-dev", {"Other": Figure(4)})
    _, line = capsys.readouterr().out.splitlines()
    assert "Rows" not in line
    assert "run_id" not in line


def test_no_figure_is_no_line(capsys: pytest.CaptureFixture[str]):
    emit("etl-dev", {})
    assert capsys.readouterr().out == ""
