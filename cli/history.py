"""`etl history`: a customer's purchase history, read from the history API page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from rich.table import Table

from cli import console
from cli.api_authorization import history_auth
from cli.errors import CliError
from cli.target import Target

_MOST_A_PAGE = 500  # the API's own limit
_ATTEMPTS = 5
_PAUSE = 0.5  # seconds, where the API names none
_REQUEST_SECONDS = 30.0
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOMENT_CHARACTERS = len("2010-12-01T08:26:00")

Invoice = dict[str, Any]


@dataclass(frozen=True)
class HistoryOptions:
    """What to show.

    Attributes
    ----------
    limit : most invoices.
    since, until : dates or moments as the API takes them; None for no bound.
    lines : the lines of each invoice as well.
    as_json : JSON instead of tables.
    token : bearer token, where the API demands one.
    """

    limit: int
    since: str | None = None
    until: str | None = None
    lines: bool = False
    as_json: bool = False
    token: str | None = None


@dataclass(frozen=True)
class HistoryApi:
    """The history API.

    Attributes
    ----------
    client : sends the requests.
    url : of the API, without a slash at its end.
    sleep : replaced in tests.
    """

    client: httpx.Client
    url: str
    sleep: Callable[[float], None] = field(default=time.sleep)

    def invoices(
        self, customer: int, limit: int, since: str | None = None, until: str | None = None
    ) -> tuple[list[Invoice], bool]:
        """Return a customer's newest invoices, and whether there are more than `limit`.

        Raises
        ------
        CliError : the API refuses, or does not answer.
        """
        bounds = {"from": since, "to": until}
        query = {name: value for name, value in bounds.items() if value is not None}
        found: list[Invoice] = []
        while True:
            wanted = str(min(limit - len(found), _MOST_A_PAGE))
            page = self._get(f"/customers/{customer}/invoices", {**query, "limit": wanted})
            found += page["invoices"]
            if page["next_cursor"] is None or len(found) >= limit:
                return found, page["next_cursor"] is not None
            query["cursor"] = page["next_cursor"]

    def lines(self, invoice_no: str) -> Iterator[dict[str, Any]]:
        """Yield an invoice's lines; raises as `invoices`."""
        query: dict[str, str] = {}
        while True:
            page = self._get(f"/invoices/{quote(invoice_no, safe='')}", query)
            yield from page["lines"]
            if page["next_cursor"] is None:
                return
            query = {"cursor": page["next_cursor"]}

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        problem, pause = "", 0.0
        for attempt in range(_ATTEMPTS):
            if attempt:
                self.sleep(pause)
            try:
                response = self.client.get(self.url + path, params=query)
            except httpx.TransportError as error:
                problem, pause = str(error) or type(error).__name__, _PAUSE
                continue
            if response.is_success:
                page: dict[str, Any] = response.json()
                return page
            problem = _problem(response)
            if response.status_code not in _TRY_AGAIN:
                raise CliError(problem)
            pause = _seconds(response.headers.get("retry-after")) or _PAUSE
        raise CliError(f"the history API at {self.url} does not answer: {problem}")


def print_history(target: Target, customer: int, options: HistoryOptions) -> None:
    """Print a customer's invoices, newest first.

    Raises
    ------
    CliError : there is no such customer, the API refuses, or does not answer.
    """
    auth = history_auth(target, options.token)
    with httpx.Client(timeout=_REQUEST_SECONDS, auth=auth) as client:
        api = HistoryApi(client, target.history_url)
        invoices, more = api.invoices(customer, options.limit, options.since, options.until)
        if options.lines:
            for invoice in invoices:
                invoice["lines"] = list(api.lines(invoice["invoice_no"]))
    if options.as_json:
        console.print_json({"customer_id": customer, "invoices": invoices, "more": more})
        return
    if options.lines:
        for invoice in invoices:
            console.out().print(_lines_table(invoice))
    else:
        console.out().print(_invoices_table(customer, invoices))
    plural = "" if len(invoices) == 1 else "s"
    following = "; older ones follow, --limit shows more" if more else ""
    console.say(f"{console.count(len(invoices))} invoice{plural}{following}")


def _invoices_table(customer: int, invoices: list[Invoice]) -> Table:
    columns = ("date (UTC)", "invoice", "type", "country", "lines", "units", "total")
    rows = (
        (
            _moment(invoice),
            invoice["invoice_no"],
            invoice["transaction_type"],
            invoice["country"],
            console.count(invoice["line_count"]),
            console.count(invoice["units"]),
            invoice["total"],
        )
        for invoice in invoices
    )
    return console.table(f"Customer {customer}", columns, rows, ("lines", "units", "total"))


def _lines_table(invoice: Invoice) -> Table:
    title = f"{_moment(invoice)}  invoice {invoice['invoice_no']}, {invoice['total']}"
    columns = ("line", "code", "description", "quantity", "price", "amount")
    rows = (
        (
            str(line["line"] or ""),
            line["stock_code"],
            line["description"] or "",
            console.count(line["quantity"]),
            line["unit_price"],
            line["line_amount"],
        )
        for line in invoice["lines"]
    )
    return console.table(title, columns, rows, ("line", "quantity", "price", "amount"))


def _moment(invoice: Invoice) -> str:
    return str(invoice["invoice_ts"])[:_MOMENT_CHARACTERS].replace("T", " ")


def _problem(response: httpx.Response) -> str:
    """Return what an answer says is wrong: in the API's words, or API Gateway's."""
    try:
        body = response.json()
    except ValueError:
        body = None
    fields = body if isinstance(body, dict) else {}
    said = fields.get("error") or fields.get("message") or response.reason_phrase
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return f"{said}: the history API demands a token, give one with --token"
    return str(said)


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0
