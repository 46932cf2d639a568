"""The HTTP answers of the history function.

200  what was asked for
400  the request cannot be understood; `error` says what is wrong with it
403  the token does not allow it
404  there is no such customer, invoice or product, or not for this token
405  the API only reads
409  the invoice was written anew between two pages: read it from its start
503  the table has no room for the read, or the invoice is being written: try again
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from loader.lookup_items import Item

RETRY_AFTER_SECONDS = 2
_DECIMAL = Decimal("0.0001")

_Answer = dict[str, Any]


def answer(body: dict[str, Any]) -> _Answer:
    """Return a 200 answer."""
    return _answer(200, body)


def refusal(status: int, reason: str, request_id: str) -> _Answer:
    """Return the answer to a request that is not served."""
    headers = {405: {"allow": "GET"}, 503: {"retry-after": str(RETRY_AFTER_SECONDS)}}
    return _answer(status, {"error": reason, "request_id": request_id}, headers.get(status))


def history_page(customer_id: int, headers: list[Item], next_cursor: str | None) -> _Answer:
    """Return the answer with a customer's invoices."""
    return answer(
        {
            "customer_id": customer_id,
            "invoices": [_summary(header) for header in headers],
            "next_cursor": next_cursor,
        }
    )


def invoice_page(header: Item, lines: list[dict[str, Any]], next_cursor: str | None) -> _Answer:
    """Return the answer with an invoice and lines of it."""
    customer = header.get("customer_id")
    body = {
        **_summary(header),
        "customer_id": int(customer["N"]) if customer else None,
        "lines": lines,
        "next_cursor": next_cursor,
    }
    return answer(body)


def product(item: Item) -> _Answer:
    """Return the answer with a product."""
    return answer(
        {
            "stock_code": item["stock_code"]["S"],
            "description": _text(item, "description"),
            "lowest_price": _decimal(item, "lowest_price"),
            "highest_price": _decimal(item, "highest_price"),
            "units_sold": int(item["units_sold"]["N"]),
            "first_sold": _text(item, "first_sold"),
            "last_sold": _text(item, "last_sold"),
            "is_product": item["is_product"]["BOOL"],
        }
    )


def _summary(header: Item) -> dict[str, Any]:
    return {
        "invoice_no": header["invoice_no"]["S"],
        "invoice_ts": header["invoice_ts"]["S"],
        "transaction_type": header["transaction_type"]["S"],
        "country": header["country"]["S"],
        "line_count": int(header["line_count"]["N"]),
        "units": int(header["units"]["N"]),
        "total": _decimal(header, "total"),
    }


def _text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _decimal(item: Item, name: str) -> str | None:
    """Return a number as text with four decimals: DynamoDB drops zeros at the end."""
    return str(Decimal(item[name]["N"]).quantize(_DECIMAL)) if name in item else None


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> _Answer:
    return {
        "statusCode": status,
        "headers": {
            "content-type": "application/json",
            "cache-control": "no-store",  # what a customer bought is nobody else's
            **(headers or {}),
        },
        "body": json.dumps(body, separators=(",", ":"), ensure_ascii=False),
    }
