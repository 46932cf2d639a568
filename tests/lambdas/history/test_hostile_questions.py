"""Whatever is asked, the answer is one that is described, and never a failure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambdas.history.cursors import to_cursor
from tests.lambdas.history.conftest import ROUTES

if TYPE_CHECKING:
    from tests.lambdas.history.conftest import Shop

pytestmark = pytest.mark.usefixtures("stocked")
repeatedly = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=40) | st.sampled_from(
    ["..", "../../etc/passwd", "%2e%2e%2f", "a/b//c", "%", "%00", "%zz", "%ff", "INVOICE#1",
     "536365#L1", "\ud800", "\udc00\ud83d", "\u202e", "\ufeff", "٣", "1_000", "+1", "-0",
     "1e3", "0x10", "9" * 5000, "x" * 70_000, "' OR 1=1 --", "536365\n"]
)  # fmt: skip
DATES = st.dates().map(str) | st.datetimes().map(lambda moment: moment.isoformat()) | TEXTS
QUERIES = st.fixed_dictionaries(
    {},
    optional={"from": DATES, "to": DATES, "limit": TEXTS | st.integers().map(str), "cursor": TEXTS},
) | st.dictionaries(TEXTS, TEXTS, max_size=2)
KINDS = st.sampled_from(sorted(ROUTES))


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Return the shop with an invoice of two chunks and a product in it."""
    shop.put_invoice("536365", chunks=(2, 2))
    shop.put_invoice("536366", moment="2010-12-02T08:26:00")
    shop.put_product("85123A", units_sold=3)
    return shop


@repeatedly
@given(kind=KINDS, value=TEXTS | st.sampled_from(["17850", "536365", "85123a"]), query=QUERIES)
def test_any_path_and_query_is_answered_as_described(
    shop: Shop, kind: str, value: str, query: dict[str, str]
):
    for written in (value, quote(value, safe="", errors="replace")):
        status, body = shop.get(kind, written, query=query)
        assert status in {200, 400, 404}
        assert status == 200 or (body["error"] and len(body["error"]) < 400)


NUMBERS = st.integers() | st.integers(min_value=10**3000, max_value=10**3001) | st.integers(-2, 4)
PLACES = st.lists(
    TEXTS
    | NUMBERS
    | st.sampled_from(["r1", "536365", "2010-12-01T08:26:00#536365", "2010-12-01T08:26:00#"])
    | st.none()
    | st.booleans(),
    max_size=4,
)


@repeatedly
@given(
    place=PLACES
    | st.tuples(NUMBERS, NUMBERS, st.just("r1")).map(list)
    | st.tuples(TEXTS, TEXTS.map("2010-12-01T08:26:00#{}".format)).map(list)
    | TEXTS.map(lambda number: [number, f"2010-12-01T08:26:00#{number}"]),
    limit=st.sampled_from([None, "1", "500"]),
)
@example(place=["", "2010-12-01T08:26:00#"], limit=None)
@example(place=["\ud800", "2010-12-01T08:26:00#\ud800"], limit="1")
@example(place=["x" * 3000, "2010-12-01T08:26:00#" + "x" * 3000], limit=None)
@example(place=[0, 0, "r1"], limit=None)
@example(place=[10**3000, 0, "r1"], limit=None)
@example(place=[1, -1, "r1"], limit="1")
def test_a_cursor_that_somebody_made_up_is_answered_as_described(
    shop: Shop, place: list[Any], limit: str | None
):
    questions = {
        "customers": ("17850", ("history", 17850, "None", "None")),
        "invoices": ("536365", ("invoice", "536365")),
    }
    for kind, (value, question) in questions.items():
        query = {"cursor": to_cursor(place, question)} | ({"limit": limit} if limit else {})
        status, body = shop.get(kind, value, query=query)
        assert status in {200, 400, 409}
        if status == 200 and kind == "invoices":
            chunk, offset, _ = place
            assert chunk >= 1
            assert [line["line"] for line in body["lines"]] == rest_of(chunk, offset, limit)


def rest_of(chunk: int, offset: int, limit: str | None) -> list[int]:
    """Return the lines from a place on: two in each of two chunks."""
    chunks = [[1, 2], [3, 4]][chunk - 1 :]
    lines = [line for place, each in enumerate(chunks) for line in each[0 if place else offset :]]
    return lines[: int(limit)] if limit else lines


@repeatedly
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PURGE", "get", ""]),
    path=TEXTS | st.sampled_from(["/customers/1/invoices", "/invoices/", "//invoices/1", "/"]),
)
def test_any_other_route_is_a_404_or_a_405(shop: Shop, method: str, path: str):
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": method, "path": path}},
        "isBase64Encoded": False,
    }
    status, body = shop.answered(event)
    assert (status, set(body)) in [(status, {"error", "request_id"}) for status in (404, 405)]
    assert re.fullmatch(r"[\w-]+", body["request_id"])
    assert json.dumps(body)
