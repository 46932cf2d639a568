"""Reads the questions out of an HTTP API event (payload format 2.0)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import unquote

from contracts import text
from contracts.dates import parse_date
from contracts.fields import LONGEST
from contracts.numbers import IDS
from contracts.rejections import BrokenRuleError, shown
from lambdas.refused_request import RefusedRequest

DEFAULT_INVOICES, MOST_INVOICES = 50, 500
MOST_LINES = 10_000

_WHOLE = re.compile(r"-?[0-9]{1,19}")
_DATE_ONLY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIMIT = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class HistoryQuestion:
    """`GET /customers/{customer_id}/invoices`.

    Attributes
    ----------
    since, until : moments, both inclusive; None for no bound.
    """

    customer_id: int
    since: datetime | None
    until: datetime | None
    limit: int
    cursor: str | None


@dataclass(frozen=True)
class InvoiceQuestion:
    """`GET /invoices/{invoice_no}`; without a limit, all lines that fit an answer."""

    invoice_no: str
    limit: int | None
    cursor: str | None


def request_id(event: dict[str, Any], fallback: str) -> str:
    """Return the id that the API has given the request."""
    context = event.get("requestContext")
    assigned = context.get("requestId") if isinstance(context, dict) else None
    return assigned if isinstance(assigned, str) and assigned else fallback


def history_question(event: dict[str, Any]) -> HistoryQuestion:
    """Return what is asked of a customer.

    Raises
    ------
    RefusedRequest : 400, a value is not what it has to be; 404, no customer can have such a number.
    """
    given = _parameters(event, {"from", "to", "limit", "cursor"})
    since, until = _moment(given, "from"), _moment(given, "to")
    if since and until and since > until:
        raise RefusedRequest(400, "from is later than to")
    return HistoryQuestion(
        customer_id=_customer_id(_path_value(event, "customer_id")),
        since=since,
        until=until,
        limit=_limit(given, MOST_INVOICES) or DEFAULT_INVOICES,
        cursor=given.get("cursor"),
    )


def invoice_question(event: dict[str, Any]) -> InvoiceQuestion:
    """Return what is asked of an invoice; raises as `history_question`."""
    given = _parameters(event, {"limit", "cursor"})
    invoice_no = _code(_path_value(event, "invoice_no"), "InvoiceNo", "invoice")
    return InvoiceQuestion(invoice_no, _limit(given, MOST_LINES), given.get("cursor"))


def product_question(event: dict[str, Any]) -> str:
    """Return the stock code that is asked for; raises as `history_question`."""
    _parameters(event, set())
    return _code(_path_value(event, "stock_code"), "StockCode", "product")


def _path_value(event: dict[str, Any], name: str) -> str:
    """Return a value of the path as the client meant it.

    An HTTP API decodes the path all but for %25. So decoding it is right, and would be as well if
    nothing were decoded.
    """
    values = event.get("pathParameters") or {}
    return unquote(str(values.get(name, "")))


def _parameters(event: dict[str, Any], known: set[str]) -> dict[str, str]:
    given = event.get("queryStringParameters") or {}
    unknown = sorted(set(given) - known)
    if unknown:
        allowed = f"it may be {', '.join(sorted(known))}" if known else "there is none here"
        raise RefusedRequest(400, f"{shown(unknown[0])} is no parameter: {allowed}")
    return {name: str(value) for name, value in given.items()}


def _customer_id(value: str) -> int:
    if not _WHOLE.fullmatch(value):
        raise RefusedRequest(400, f"{shown(value)} is no customer number: it is a whole number")
    number = int(value)
    if number not in IDS:
        raise RefusedRequest(404, "there is no such customer")
    return number


def _code(value: str, field: str, kind: str) -> str:
    """Return an invoice number or stock code in its canonical form."""
    try:
        tidied = text.tidy(value)
    except BrokenRuleError as broken:
        raise RefusedRequest(400, f"the {kind} {broken.detail}") from broken
    if not tidied:
        raise RefusedRequest(400, f"the path names no {kind}")
    if len(tidied) > LONGEST[field]:
        raise RefusedRequest(404, f"there is no such {kind}")
    return text.upper(tidied)


def _limit(given: dict[str, str], most: int) -> int | None:
    value = given.get("limit")
    if value is None:
        return None
    if not (_LIMIT.fullmatch(value) and 1 <= int(value) <= most):
        raise RefusedRequest(400, f"limit is {shown(value)}: it must be from 1 to {most:,}")
    return int(value)


def _moment(given: dict[str, str], name: str) -> datetime | None:
    """Return the moment that a bound names; a date alone is a whole day in UTC."""
    value = given.get(name)
    if value is None:
        return None
    moment = parse_date(value, UTC)
    if moment is None:
        example = "2011-01-31 or 2011-01-31T12:00:00Z"
        raise RefusedRequest(400, f"{name} is {shown(value)}: it must be a date like {example}")
    if name == "to" and _DATE_ONLY.fullmatch(value):
        return datetime.combine(moment, time.max, UTC)
    return moment
