"""`etl doctor` finds every part well, leaves the figures of sales alone, and tells what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.doctor.probe import INVOICE
from tests.e2e.conftest import Pipeline

FIGURES = ("average_sales", "average_sales_by_month", "basket_size", "product_value")


def figures(sql_client: Any) -> dict[str, list[Any]]:
    """Return what the warehouse's views show."""
    return {
        name: sorted(sql_client.execute(f"SELECT * FROM retail.{name}").fetchall(), key=repr)
        for name in FIGURES
    }


def rows_of_the_probe(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the probe's rows in the lake."""
    return pipeline.athena(
        "select description, transaction_type, cast(line_amount as varchar) as amount "
        f"from transactions where invoice_no = '{INVOICE}'"
    )


@pytest.fixture(scope="module")
def before(sql_client: Any) -> dict[str, list[Any]]:
    """Return the figures before the doctor came."""
    return figures(sql_client)


@pytest.fixture(scope="module")
def examined(pipeline: Pipeline, before: dict[str, list[Any]]) -> dict[str, Any]:
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
    sql_client: Any, before: dict[str, list[Any]], examined: dict[str, Any]
) -> None:
    assert examined["well"]
    assert figures(sql_client) == before


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


def test_a_part_that_does_not_work_is_found_and_the_others_are_asked(
    pipeline: Pipeline, examined: dict[str, Any]
) -> None:
    functions = pipeline.client("lambda")
    function = "etl-local-ingest"
    handler = functions.get_function_configuration(FunctionName=function)["Handler"]
    functions.update_function_configuration(FunctionName=function, Handler=f"{handler}_gone")
    try:
        done = pipeline.etl("doctor", "--json", check=False)
    finally:
        functions.update_function_configuration(FunctionName=function, Handler=handler)

    assert examined["well"]
    assert done.returncode == 1
    found = {each["part"]: each["result"] for each in json.loads(done.stdout)["parts"]}
    assert found.pop("ingest API") == "FAILED"
    assert found.pop("raw zone") == found.pop("agreement") == "not asked"
    assert set(found.values()) == {"ok"}
