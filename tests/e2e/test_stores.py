"""The stores hold the truth of the lake, and only that: purchase histories and the warehouse."""

from __future__ import annotations

import json
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e import oracle
from tests.e2e.conftest import Corrections, Pipeline, Run


def api(pipeline: Pipeline, path: str) -> dict[str, Any]:
    """Return the history API's answer."""
    api_id = pipeline.outputs["HistoryApiId"]
    url = f"{pipeline.endpoint}/_aws/execute-api/{api_id}/$default{path}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: dict[str, Any] = json.load(answer)
    return body


def invoices_of(pipeline: Pipeline, customer: int) -> list[dict[str, Any]]:
    """Return a customer's whole history, page after page."""
    invoices, cursor = [], ""
    while True:
        page = api(pipeline, f"/customers/{customer}/invoices?limit=7{cursor}")
        invoices += page["invoices"]
        if not page.get("next_cursor"):
            return invoices
        cursor = "&cursor=" + quote(page["next_cursor"])


@pytest.mark.usefixtures("first_run")
def test_a_customers_history_is_what_the_file_holds_newest_first_line_by_line(
    pipeline: Pipeline, sales: Path
) -> None:
    customer = oracle.busiest_customer(sales)
    expected = oracle.lines_of_customer(sales, customer)

    invoices = invoices_of(pipeline, customer)

    moments = [invoice["invoice_ts"] for invoice in invoices]
    assert moments == sorted(moments, reverse=True)
    lines = [
        (invoice["invoice_no"], line["stock_code"], line["quantity"], Decimal(line["line_amount"]))
        for invoice in invoices
        for line in api(pipeline, f"/invoices/{quote(invoice['invoice_no'])}")["lines"]
    ]
    assert sorted(lines) == sorted(expected)


def test_lookups_and_warehouse_hold_what_transactions_holds(
    first_run: Run, repeated_run: Run, odd_run: Corrections
) -> None:
    for run in (first_run, repeated_run, odd_run.run):
        stores = run.reconciled["stores"]
        for store in ("lookups", "fact_sales"):
            assert stores[store]["rows"] == stores["transactions"]["rows"]
            assert stores[store]["line_amount"] == stores["transactions"]["line_amount"]


def test_a_run_of_duplicates_publishes_nothing(repeated_run: Run) -> None:
    assert "publish" not in repeated_run.ledger
    assert "load_warehouse" not in repeated_run.ledger


def test_the_moved_line_is_in_each_store_once_and_as_it_is_now(
    pipeline: Pipeline, odd_run: Corrections
) -> None:
    number = odd_run.before["InvoiceNo"]

    invoice = api(pipeline, f"/invoices/{number}")
    facts = json.loads(
        pipeline.etl(
            "warehouse",
            "SELECT quantity, TO_CHAR(invoice_ts, 'YYYY-MM-DD') AS day FROM retail.fact_sales "
            f"WHERE event_id = '{number}#L1'",
            "--format",
            "json",
        ).stdout
    )

    moved = [line for line in invoice["lines"] if line["line"] == 1]
    assert [(line["quantity"], line["invoice_ts"][:10]) for line in moved] == [
        (int(odd_run.before["Quantity"]), "2010-01-31")
    ]
    assert invoice["invoice_ts"].startswith("2010-01-31")
    assert [(int(fact["quantity"]), fact["day"]) for fact in facts] == [
        (int(odd_run.before["Quantity"]), "2010-01-31")
    ]


@pytest.mark.usefixtures("odd_run")
def test_a_product_has_its_latest_description_and_its_range_of_prices(
    pipeline: Pipeline,
) -> None:
    (expected,) = pipeline.athena(
        "select min(unit_price) as lowest, max(unit_price) as highest from transactions "
        "where stock_code = '22423' and transaction_type = 'sale' and unit_price > 0"
    )

    product = api(pipeline, "/products/22423")

    assert Decimal(product["lowest_price"]) == Decimal(expected["lowest"])
    assert Decimal(product["highest_price"]) == Decimal(expected["highest"])
    assert product["is_product"] is True
