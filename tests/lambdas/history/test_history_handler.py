"""The history function answers what it is asked, in pages, and says clearly what it cannot."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.history import handler
from tests.lambdas.invocation import invoke

if TYPE_CHECKING:
    from tests.lambdas.history.conftest import Shop

EVENTS = Path(__file__).parents[2] / "events"


def event_of(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def numbers(body: dict[str, Any]) -> list[str]:
    return [invoice["invoice_no"] for invoice in body["invoices"]]


def put_days(shop: Shop, *days: int, customer: int = 17850) -> None:
    """Write an invoice a day, numbered by its day of January 2011."""
    for day in days:
        shop.put_invoice(str(day), customer=customer, moment=f"2011-01-{day:02d}T10:00:00")


def test_a_customers_invoices_come_newest_first(shop: Shop):
    put_days(shop, 3, 1, 2)
    put_days(shop, 4, customer=1)
    status, body = shop.answered(event_of("history_customer_invoices"))
    assert status == 200
    assert numbers(body) == ["3", "2", "1"]
    assert body["invoices"][0] == {
        "invoice_no": "3",
        "invoice_ts": "2011-01-03T10:00:00Z",
        "transaction_type": "sale",
        "country": "United Kingdom",
        "line_count": 2,
        "units": 12,
        "total": "30.6000",
    }
    assert (body["customer_id"], body["next_cursor"]) == (17850, None)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_show_every_invoice_once_and_end(shop: Shop, limit: int):
    put_days(shop, *range(1, 8))
    seen: list[str] = []
    query = {"limit": str(limit)}
    pages = 0
    while True:
        _, body = shop.get("customers", "17850", **query)
        seen += numbers(body)
        pages += 1
        assert len(body["invoices"]) <= limit
        if body["next_cursor"] is None:
            break
        query["cursor"] = body["next_cursor"]
    assert seen == [str(day) for day in range(7, 0, -1)]
    assert pages == -(-7 // limit)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from_": "2011-01-03"}, ["5", "4", "3"]),
        ({"to": "2011-01-03"}, ["3", "2", "1"]),
        ({"from_": "2011-01-02", "to": "2011-01-03"}, ["3", "2"]),
        ({"from_": "2011-01-03T10:00:00Z", "to": "2011-01-03T10:00:00Z"}, ["3"]),
        ({"from_": "2011-01-03T10:00:00.000001Z"}, ["5", "4"]),
        ({"to": "2011-01-03T09:59:59.999999Z"}, ["2", "1"]),
        ({"from_": "2011-01-03T11:00:00+01:00", "to": "2011-01-03T05:00:00-0500"}, ["3"]),
        ({"from_": "2011-02-01"}, []),
        ({"to": "9999-12-31"}, ["5", "4", "3", "2", "1"]),
    ],
)
def test_bounds_include_their_moment_and_a_date_its_day(
    shop: Shop, query: dict[str, str], expected: list[str]
):
    put_days(shop, 1, 2, 3, 4, 5)
    status, body = shop.get("customers", "17850", **query)
    assert (status, numbers(body)) == (200, expected)


def test_a_moment_without_a_fraction_bounds_those_of_its_second_only(shop: Shop):
    for number, moment in (("1", "2011-01-01T10:00:00"), ("2", "2011-01-01T10:00:00.5")):
        shop.put_invoice(number, moment=moment)
    exact = {"from_": "2011-01-01T10:00:00", "to": "2011-01-01T10:00:00"}
    assert numbers(shop.get("customers", "17850", **exact)[1]) == ["1"]
    assert numbers(shop.get("customers", "17850", to="2011-01-01T10:00:00.5")[1]) == ["2", "1"]


def test_a_cursor_goes_on_with_its_own_question_only(shop: Shop):
    put_days(shop, 1, 2, 3)
    put_days(shop, 4, 5, customer=1)
    _, body = shop.get("customers", "17850", limit="1", to="2011-01-31")
    cursor = body["next_cursor"]
    assert numbers(shop.get("customers", "17850", cursor=cursor, to="2011-01-31")[1]) == ["2", "1"]
    for other in ({"customer": "1", "to": "2011-01-31"}, {"customer": "17850"}):
        customer = other.pop("customer")
        status, body = shop.get("customers", customer, cursor=cursor, **other)
        assert status == 400
        assert "cursor" in body["error"]


@given(cursor=st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.hex()))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_but_a_cursor_is_taken_for_one(shop: Shop, cursor: str):
    for kind in ("customers", "invoices"):
        assert shop.get(kind, "1", cursor=cursor)[0] == 400


def test_a_changed_cursor_is_found_out(shop: Shop):
    put_days(shop, 1, 2)
    cursor = shop.get("customers", "17850", limit="1")[1]["next_cursor"]
    for place in range(len(cursor)):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert shop.get("customers", "17850", cursor=changed)[0] == 400


def test_a_customer_of_whom_nothing_is_known_is_a_404_and_an_empty_month_is_not(shop: Shop):
    put_days(shop, 1)
    shop.put_invoice("9", customer=None)
    assert shop.get("customers", "4711")[0] == 404
    assert shop.get("customers", "4711", to="2011-01-31")[0] == 404
    assert shop.get("customers", "9" * 19)[0] == 404
    assert shop.get("customers", "17850", from_="2012-01-01") == (
        200,
        {"customer_id": 17850, "invoices": [], "next_cursor": None},
    )


@pytest.mark.parametrize(
    ("kind", "value", "query", "told"),
    [
        ("customers", "abc", {}, "'abc' is no customer number"),
        ("customers", "17850.0", {}, "whole number"),
        ("customers", "1", {"limit": "0"}, "from 1 to 500"),
        ("customers", "1", {"limit": "501"}, "from 1 to 500"),
        ("customers", "1", {"limit": "ten"}, "'ten'"),
        ("customers", "1", {"limit": "1,2"}, "'1,2'"),
        ("customers", "1", {"from_": "1/2/3"}, "from is '1/2/3'"),
        ("customers", "1", {"to": "yesterday"}, "2011-01-31"),
        ("customers", "1", {"from_": "2011-02-01", "to": "2011-01-01"}, "later"),
        ("customers", "1", {"form": "2011-01-01"}, "'form' is no parameter"),
        ("invoices", "1", {"limit": "10001"}, "10,000"),
        ("invoices", "1\x00", {}, "control character"),
        ("invoices", "  ", {}, "no invoice"),
        ("products", "1", {"limit": "1"}, "'limit' is no parameter"),
    ],
)
def test_what_cannot_be_understood_is_a_400_that_says_why(
    shop: Shop, kind: str, value: str, query: dict[str, str], told: str
):
    status, body = shop.get(kind, value, **query)
    assert status == 400
    assert told in body["error"]
    assert body["request_id"] == "JKJaXmPLvHcESHA="


def test_an_invoice_comes_with_its_lines(shop: Shop):
    shop.put_invoice("536365", chunks=(2, 1))
    status, body = shop.answered(event_of("history_invoice"))
    assert status == 200
    assert (body["customer_id"], body["total"], body["line_count"]) == (17850, "45.9000", 3)
    assert [line["line"] for line in body["lines"]] == [1, 2, 3]
    assert body["lines"][0] == shop.line("536365", 1, "2010-12-01T08:26:00", "WHITE HANGING HEART")
    assert body["next_cursor"] is None


def test_a_guests_invoice_has_no_customer(shop: Shop):
    shop.put_invoice("536544", customer=None)
    assert shop.get("invoices", "536544")[1]["customer_id"] is None


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("C536379", "c536379"),
        ("A/B #7", "A/B #7"),  # the API has decoded what was %2F and %23
        ("50%", "50%25"),  # but not %25
        ("%2F", "%252F"),
        ("A/B", "A%2FB"),  # or it has decoded nothing
        ("É\N{PILE OF POO}", "É\N{PILE OF POO}"),
    ],
)
def test_any_printable_number_finds_its_invoice(shop: Shop, stored: str, asked: str):
    shop.put_invoice(stored)
    assert shop.get("invoices", asked)[1]["invoice_no"] == stored


@pytest.mark.parametrize("asked", ["1", "x" * 21, "x" * 5000])
def test_an_unknown_invoice_or_product_is_a_404(shop: Shop, asked: str):
    assert shop.get("invoices", asked)[0] == 404
    assert shop.get("products", asked)[0] == 404


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9, 10, 100])
def test_pages_of_lines_show_every_line_once_and_end(shop: Shop, limit: int):
    shop.put_invoice("1", chunks=(4, 1, 5))
    seen: list[int] = []
    query = {"limit": str(limit)}
    while True:
        _, body = shop.get("invoices", "1", **query)
        seen += [line["line"] for line in body["lines"]]
        assert len(body["lines"]) <= limit
        assert body["line_count"] == 10
        if body["next_cursor"] is None:
            break
        assert len(body["lines"]) == limit
        query["cursor"] = body["next_cursor"]
    assert seen == list(range(1, 11))


def test_an_invoice_that_is_more_than_an_answer_holds_comes_in_pages(shop: Shop):
    """Quotes and accents count as they stand in the function's answer: twice and sixfold."""
    chunks = (400,) * 30
    shop.put_invoice("1", chunks=chunks, description='"£"' * 40)
    cursor: dict[str, str] = {}
    seen = pages = 0
    while pages == 0 or cursor:
        event = event_of("history_invoice")
        event["pathParameters"] = {"invoice_no": "1"}
        event["queryStringParameters"] = cursor
        answer = shop.asked(event)
        assert len(json.dumps(answer)) < 6 * 1024 * 1024
        body = json.loads(answer["body"])
        seen += len(body["lines"])
        pages += 1
        cursor = {"cursor": body["next_cursor"]} if body["next_cursor"] else {}
    assert seen == sum(chunks)
    assert pages == 2


def test_a_page_of_an_invoice_that_was_written_anew_is_a_409(shop: Shop):
    shop.put_invoice("1", chunks=(2, 2))
    cursor = shop.get("invoices", "1", limit="1")[1]["next_cursor"]
    shop.put_invoice("1", chunks=(2, 2), run="r2")
    status, body = shop.get("invoices", "1", limit="1", cursor=cursor)
    assert status == 409
    assert "start without cursor" in body["error"]


def test_a_product_is_told_with_all_that_is_known(shop: Shop):
    shop.put_product(
        "85123A",
        description="WHITE HANGING HEART",
        lowest_price=Decimal("2.5"),
        highest_price=Decimal("5.79"),
        units_sold=123,
        first_sold="2010-12-01T08:26:00Z",
        last_sold="2011-06-30T17:00:00Z",
    )
    status, body = shop.answered(event_of("history_product"))
    assert (status, body["lowest_price"], body["highest_price"]) == (200, "2.5000", "5.7900")
    shop.put_product("POST", is_product=False)
    assert shop.get("products", "post") == (
        200,
        {
            "stock_code": "POST",
            "description": None,
            "lowest_price": None,
            "highest_price": None,
            "units_sold": 0,
            "first_sold": None,
            "last_sold": None,
            "is_product": False,
        },
    )


def test_another_method_on_a_known_path_is_a_405_and_another_path_a_404(shop: Shop):
    event = event_of("history_unknown_route")
    assert shop.answered(event)[0] == 404
    for path in ("/customers/1/invoices", "/invoices/A/B", "/products/1"):
        event["rawPath"] = path
        answer = shop.asked(event)
        assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "GET")


class Failing:
    """A table that cannot be read just now."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Query"),
        ClientError(
            {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": ""}}, "Query"
        ),
        EndpointConnectionError(endpoint_url="somewhere"),
    ],
)
def test_a_table_without_room_is_a_503_with_a_time_to_wait(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    broken = handler.Lookups(Failing(error), "lookups")  # type: ignore[arg-type]
    monkeypatch.setattr(handler, "_lookups", lambda: broken)
    answer = shop.asked(event_of("history_product"))
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) > 0
    assert shop.get("customers", "1")[0] == 503


def test_a_request_is_logged_with_its_route_and_ids(monkeypatch: pytest.MonkeyPatch, shop: Shop):
    shop.put_invoice("536365")
    done = invoke(monkeypatch, handler, event_of("history_invoice"))
    (line,) = done.lines
    assert (line["route"], line["status"]) == ("GET /invoices/{invoice_no+}", 200)
    assert (line["request_id"], line["api_request_id"]) == ("invocation-1", "JKJaXmPLvHcESHA=")
    assert line["service"] == "history"
