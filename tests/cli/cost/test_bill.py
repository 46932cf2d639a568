"""Bills, their prices, and the row-by-row design's."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cli.cost import row_by_row
from cli.cost.bill import Use, make_bill
from cli.cost.prices import Price, PriceList, read_prices

_PRICES = PriceList("r", "2025-01", {"put": Price(Decimal("0.005"), 1000, "PUT requests", "s")})


def test_a_quantity_costs_its_share_of_the_price() -> None:
    bill = make_bill([Use("lake", "put", Decimal(200)), Use("send", "put", Decimal(1))], _PRICES)

    assert [line.cost for line in bill.lines] == [Decimal("0.001"), Decimal("0.000005")]
    assert bill.total == Decimal("0.001005")


def test_nothing_used_is_no_line() -> None:
    assert make_bill([Use("lake", "put", Decimal(0))], _PRICES).lines == []


def test_a_bill_is_spread_over_its_transactions() -> None:
    bill = make_bill([Use("lake", "put", Decimal(1000))], _PRICES)

    assert bill.per_million(500_000) == Decimal("0.01")
    assert bill.per_million(0) is None


def test_every_price_names_its_source_and_unit() -> None:
    prices = read_prices()

    assert prices.region == "us-east-1"
    for price in prices.prices.values():
        assert price.amount > 0
        assert price.source.startswith("https://aws.amazon.com/")
        assert price.unit


def test_row_by_row_each_row_is_a_request_and_two_updates() -> None:
    # given two invoices of two lines, all of one customer, 1,000 bytes a line
    rows = row_by_row.Rows(rows=4, line_bytes=1_000, invoices={2: 2}, customers={4: 1})

    used = {use.price: use.quantity for use in row_by_row.uses(rows)}

    assert used["rest_api_request"] == used["lambda_request"] == used["kinesis_put_unit"] == 4
    # each invoice 2 + 3 units, the customer 2 + 3 + 4 + 5
    assert used["dynamodb_write_unit"] == 2 * (2 + 3) + (2 + 3 + 4 + 5)


@pytest.mark.parametrize("rows", [1, 3_600_000])
def test_row_by_row_a_stream_runs_for_an_hour_at_least(rows: int) -> None:
    used = {use.price: use.quantity for use in row_by_row.uses(row_by_row.Rows(rows, 100, {}, {}))}

    assert used["kinesis_shard_hour"] == 1


def test_every_use_of_the_row_by_row_design_has_a_price() -> None:
    uses = list(row_by_row.uses(row_by_row.Rows(10, 100, {1: 10}, {5: 2})))

    assert len(make_bill(uses, read_prices()).lines) == len(uses)
