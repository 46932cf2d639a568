"""`etl doctor` finds every part well, leaves the figures of sales alone, and tells what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.doctor.probe import INVOICE
from tests.e2e.conftest import Pipeline, Run

FIGURES = ("average_sales", "average_sales_by_month", "basket_size", "product_value")


def figures(pipeline: Pipeline) -> dict[str, list[dict[str, Any]]]:
    """Return what the warehouse's views show."""
    return {
        name: json.loads(
            pipeline.etl("warehouse", f"SELECT * FROM retail.{name}", "--format", "json").stdout
        )
        for name in FIGURES
    }


def rows_of_the_probe(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the probe's rows in the lake."""
    return pipeline.athena(
        "select description, transaction_type, cast(line_amount as varchar) as amount "
        f"from transactions where invoice_no = '{INVOICE}'"
    )


@pytest.fixture(scope="module")
def before(pipeline: Pipeline, first_run: Run) -> dict[str, list[dict[str, Any]]]:  # noqa: ARG001
    """Return the figures before the doctor came."""
    return figures(pipeline)


@pytest.fixture(scope="module")
def examined(pipeline: Pipeline, before: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return what the doctor found."""
    assert before["average_sales"]
    found: dict[str, Any] = json.loads(pipeline.etl("doctor", "--json", check=False).stdout)
    return found


def test_every_part_is_well(examined: dict[str, Any]) -> None:
    assert {each["part"]: (each["result"], each["says"]) for each in examined["parts"]} == {
        each["part"]: ("ok", each["says"]) for each in examined["parts"]
    }
    assert len(examined["parts"]) == 8
    assert examined["well"] is True


def test_no_figure_of_sales_has_changed(
    pipeline: Pipeline, before: dict[str, list[dict[str, Any]]], examined: dict[str, Any]
) -> None:
    assert examined["well"]
    assert figures(pipeline) == before


def test_the_stores_agree_afterwards(pipeline: Pipeline, examined: dict[str, Any]) -> None:
    assert examined["well"]
    assert pipeline.reconcile()["differences"] == []


def test_three_rows_of_price_0_are_all_that_stays(
    pipeline: Pipeline, examined: dict[str, Any]
) -> None:
    rows = rows_of_the_probe(pipeline)

    assert [(row["transaction_type"], row["amount"]) for row in rows] == [
        ("zero_price", "0.0000")
    ] * 3
    assert {row["description"] for row in rows} == {f"etl doctor {examined['mark']}"}


def test_a_function_that_is_gone_is_found_and_the_next_check_takes_the_same_rows(
    pipeline: Pipeline, examined: dict[str, Any]
) -> None:
    functions = pipeline.client("lambda")
    functions.update_function_configuration(
        FunctionName="etl-local-history", Handler="lambdas.history.handler.gone"
    )
    try:
        done = pipeline.etl("doctor", check=False)
    finally:
        functions.update_function_configuration(
            FunctionName="etl-local-history", Handler="lambdas.history.handler.handle"
        )

    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.split()[0] in {"ok", "FAILED"}] == (
        ["ok"] * 5 + ["FAILED", "ok", "FAILED"]
    )
    assert lines[-1] == "not well: lookups, agreement"
    assert len(rows_of_the_probe(pipeline)) == 3
    assert {row["description"] for row in rows_of_the_probe(pipeline)}.isdisjoint(
        {f"etl doctor {examined['mark']}"}
    )
