"""`etl history` reads every page, waits where it is asked to, and says what is wrong in a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cli import console, history
from cli.errors import CliError
from cli.history import HistoryApi, HistoryOptions, print_history

URL = "https://history.example.com"
Answer = httpx.Response | Exception


class Api:
    """A history API that holds invoices, and fails first as `failures` say."""

    def __init__(self, number: int, *failures: Answer) -> None:
        self.numbers = [str(each) for each in range(number, 0, -1)]
        self.failures = list(failures)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the history function does; a cursor is the place of the next one."""
        self.requests.append(request)
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        place = int(request.url.params.get("cursor", 0))
        if request.url.path == "/customers/17850/invoices":
            shown = self.numbers[place : place + int(request.url.params["limit"])]
            last = place + len(shown)
            found = {"customer_id": 17850, "invoices": [invoice(no) for no in shown]}
            return page(found, last, len(self.numbers))
        return page({"lines": [line(place + 1)]}, place + 1, 3)

    def open(self) -> HistoryApi:
        """Return the API as the command has it."""
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        return HistoryApi(client, URL, self.pauses.append)


class Somewhere:
    """A target with a history API."""

    history_url = URL

    def output(self, name: str) -> str:
        assert name == "HistoryAuthorization"
        return "NONE"


def page(body: dict[str, Any], last: int, number: int) -> httpx.Response:
    return httpx.Response(200, json=body | {"next_cursor": str(last) if last < number else None})


def invoice(number: str) -> dict[str, Any]:
    return {
        "invoice_no": number,
        "invoice_ts": "2010-12-01T08:26:00.5Z",
        "transaction_type": "sale",
        "country": "United Kingdom",
        "line_count": 1_234,
        "units": -6,
        "total": "15.3000",
    }


def line(number: int) -> dict[str, Any]:
    return {
        "line": number,
        "stock_code": "85123A",
        "description": None,
        "quantity": 6,
        "unit_price": "2.5500",
        "line_amount": "15.3000",
    }


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    """Return a function that prints a history of an API, and returns what was printed."""

    def show(api: Api, **options: Any) -> tuple[str, str]:
        console.out.cache_clear()
        console.err.cache_clear()
        transport = httpx.MockTransport(api.answer)
        made = httpx.Client

        def client(**settings: Any) -> httpx.Client:
            return made(transport=transport, **settings)

        monkeypatch.setattr(history.httpx, "Client", client)
        print_history(Somewhere(), 17850, HistoryOptions(**options))  # type: ignore[arg-type]
        shown = capsys.readouterr()
        return shown.out, shown.err

    return show


@pytest.mark.parametrize(
    ("number", "limit", "shown", "more", "calls"),
    [
        (3, 20, 3, False, 1),
        (30, 20, 20, True, 1),
        (20, 20, 20, False, 1),
        (1200, 1100, 1100, True, 3),
    ],
)
def test_pages_are_read_until_the_limit(
    number: int, limit: int, shown: int, more: bool, calls: int
):
    api = Api(number)
    found, follow = api.open().invoices(17850, limit)
    assert [each["invoice_no"] for each in found] == api.numbers[:shown]
    assert follow is more
    assert len(api.requests) == calls


def test_bounds_and_numbers_reach_the_api_as_they_are():
    api = Api(1)
    opened = api.open()
    opened.invoices(17850, 5, "2011-01-01T00:00:00+01:00", "2011-02-01")
    assert dict(api.requests[0].url.params) == {
        "from": "2011-01-01T00:00:00+01:00",
        "to": "2011-02-01",
        "limit": "5",
    }
    list(opened.lines("A/B %?#"))
    assert api.requests[1].url.raw_path == b"/invoices/A%2FB%20%25%3F%23"


def test_lines_are_read_over_all_pages():
    assert [each["line"] for each in Api(1).open().lines("1")] == [1, 2, 3]


def test_what_passes_is_tried_again_after_the_pause_that_is_asked_for():
    busy = httpx.Response(503, json={"error": "busy"}, headers={"retry-after": "2"})
    api = Api(1, busy, httpx.Response(429, json={"message": "slow"}), httpx.ConnectError("gone"))
    assert len(api.open().invoices(17850, 5)[0]) == 1
    assert api.pauses == [2.0, 0.5, 0.5]


def test_an_api_that_does_not_answer_is_given_up_with_its_last_words():
    api = Api(1, *[httpx.Response(503, json={"error": "the table has no room"})] * 9)
    with pytest.raises(CliError, match=r"does not answer: the table has no room"):
        api.open().invoices(17850, 5)
    assert len(api.requests) == 5


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(404, json={"error": "there is no such customer"}), "no such customer"),
        (httpx.Response(400, json={"error": "from is later than to"}), "later"),
        (httpx.Response(401, json={"message": "Unauthorized"}), "--token"),
        (httpx.Response(403, json={"error": "the token is not this customer's"}), "token"),
        (httpx.Response(418, text="<html>"), "teapot"),
    ],
)
def test_a_refusal_is_told_in_the_apis_words_at_once(answer: httpx.Response, told: str):
    api = Api(1, answer)
    with pytest.raises(CliError, match=told):
        api.open().invoices(17850, 5)
    assert len(api.requests) == 1


def test_invoices_are_shown_in_a_table(printed: Callable[..., tuple[str, str]]):
    out, err = printed(Api(3), limit=2)
    assert "Customer 17850" in out
    (first,) = [row for row in out.splitlines() if row.split()[2:3] == ["3"]]
    assert first.split() == [
        "2010-12-01", "08:26:00", "3", "sale", "United", "Kingdom", "1,234", "-6", "15.3000"
    ]  # fmt: skip
    assert err.strip() == "2 invoices; older ones follow, --limit shows more"


def test_lines_are_shown_by_invoice(printed: Callable[..., tuple[str, str]]):
    out, err = printed(Api(1), limit=2, lines=True)
    assert "2010-12-01 08:26:00  invoice 1, 15.3000" in out
    assert out.count("85123A") == 3
    assert err.strip() == "1 invoice"


def test_json_holds_all_that_was_read(printed: Callable[..., tuple[str, str]]):
    shown = json.loads(printed(Api(2), limit=1, lines=True, as_json=True)[0])
    assert (shown["customer_id"], shown["more"]) == (17850, True)
    assert shown["invoices"] == [invoice("2") | {"lines": [line(1), line(2), line(3)]}]


def test_a_token_is_sent_as_bearer(printed: Callable[..., tuple[str, str]]):
    api = Api(1)
    printed(api, limit=1, token="secret")
    assert api.requests[0].headers["authorization"] == "Bearer secret"
