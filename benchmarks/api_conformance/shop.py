"""The small shop that the history API is asked about, as the publish job would write it."""

from __future__ import annotations

import json
from typing import Any

from loader.lookup_items import HISTORY_SEPARATOR, as_item, chunk_key, invoice_key, product_key

CUSTOMER, INVOICE, PRODUCT = 17850, "536365", "85123A"
_RUN = "r1"


def put_shop(dynamodb: Any, table: str) -> None:
    """Write a few invoices of a customer and of a guest, and their product."""
    for day in range(1, 8):
        _put_invoice(dynamodb, table, str(int(INVOICE) + day - 1), CUSTOMER, f"2010-12-0{day}")
    _put_invoice(dynamodb, table, "C/1 50%", None, "2011-01-01")
    product = {
        "pk": product_key(PRODUCT),
        "sk": "PRODUCT",
        "stock_code": PRODUCT,
        "description": "WHITE HANGING HEART T-LIGHT HOLDER",
        "units_sold": 42,
        "is_product": True,
    }
    dynamodb.put_item(TableName=table, Item=as_item(product))


def _put_invoice(
    dynamodb: Any, table: str, invoice_no: str, customer: int | None, date: str
) -> None:
    moment = f"{date}T08:26:00"
    lines = [
        {
            "line": number,
            "event_id": f"{invoice_no}#L{number}",
            "stock_code": PRODUCT,
            "description": "WHITE HANGING HEART T-LIGHT HOLDER",
            "quantity": 6,
            "unit_price": "2.5500",
            "line_amount": "15.3000",
            "invoice_ts": f"{moment}Z",
            "transaction_type": "sale",
        }
        for number in range(1, 4)
    ]
    where = invoice_key(invoice_no)
    chunk = {"pk": where, "sk": chunk_key(1), "lines": json.dumps(lines), "rebuilt_by": _RUN}
    header = {
        "pk": where,
        "sk": "HEADER",
        "invoice_no": invoice_no,
        "customer_id": customer,
        "history_key": f"{moment}{HISTORY_SEPARATOR}{invoice_no}" if customer else None,
        "invoice_ts": f"{moment}Z",
        "country": "United Kingdom",
        "transaction_type": "sale",
        "line_count": len(lines),
        "units": 18,
        "total": 46,
        "chunk_count": 1,
        "rebuilt_by": _RUN,
    }
    for item in (chunk, header):
        dynamodb.put_item(TableName=table, Item=as_item(item))
