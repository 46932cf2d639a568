"""The history function with a lookups table in memory, called as its HTTP API calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.history import handler
from loader.lookup_items import as_item, chunk_key, invoice_key, product_key
from tests.lambdas.invocation import Invocation
from tests.openapi import Document

EVENTS = Path(__file__).parents[2] / "events"
TABLE = "lookups"
ROUTES = {
    "customers": ("GET /customers/{customer_id}/invoices", "customer_id"),
    "invoices": ("GET /invoices/{invoice_no+}", "invoice_no"),
    "products": ("GET /products/{stock_code+}", "stock_code"),
}
PATHS = {
    "customers": "/customers/{customer_id}/invoices",
    "invoices": "/invoices/{invoice_no}",
    "products": "/products/{stock_code}",
}


class Shop:
    """What the table holds, and how it is asked."""

    def __init__(self, dynamodb: Any, document: Document) -> None:
        self.dynamodb = dynamodb
        self.document = document

    def put_invoice(
        self,
        invoice_no: str,
        *,
        customer: int | None = 17850,
        moment: str = "2010-12-01T08:26:00",
        chunks: tuple[int, ...] = (2,),
        run: str = "r1",
        description: str = "WHITE HANGING HEART",
    ) -> None:
        """Write an invoice with so many lines in its chunks, as the publish job does."""
        number = 0
        for place, size in enumerate(chunks, 1):
            lines = []
            for _ in range(size):
                number += 1
                lines.append(self.line(invoice_no, number, moment, description))
            text = json.dumps(lines, separators=(",", ":"), ensure_ascii=False)
            self.put(pk=invoice_key(invoice_no), sk=chunk_key(place), lines=text, rebuilt_by=run)
        self.put(
            pk=invoice_key(invoice_no),
            sk="HEADER",
            invoice_no=invoice_no,
            customer_id=customer,
            history_key=None if customer is None else f"{moment}#{invoice_no}",
            invoice_ts=f"{moment}Z",
            country="United Kingdom",
            transaction_type="sale",
            line_count=number,
            units=6 * number,
            total=Decimal("15.3000") * number,
            chunk_count=len(chunks),
            rebuilt_by=run,
        )

    @staticmethod
    def line(invoice_no: str, number: int, moment: str, description: str) -> dict[str, Any]:
        """Return a line as the table holds it."""
        return {
            "line": number,
            "event_id": f"{invoice_no}#L{number}",
            "stock_code": "85123A",
            "description": description,
            "quantity": 6,
            "unit_price": "2.5500",
            "line_amount": "15.3000",
            "invoice_ts": f"{moment}Z",
            "transaction_type": "sale",
        }

    def put_product(self, stock_code: str, **values: object) -> None:
        """Write a product; what is not given it has not."""
        item = {"stock_code": stock_code, "units_sold": 0, "is_product": True, **values}
        self.put(pk=product_key(stock_code), sk="PRODUCT", **item)

    def put(self, **values: object) -> None:
        """Write an item."""
        self.dynamodb.put_item(TableName=TABLE, Item=as_item(values))

    def get(
        self,
        kind: str,
        value: str,
        claims: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        **named: str,
    ) -> tuple[int, Any]:
        """Ask as a client does; return the status and the body, held against the document."""
        route, parameter = ROUTES[kind]
        event = json.loads((EVENTS / "history_product.json").read_text())
        event |= {"routeKey": route, "rawPath": f"/{kind}/{value}"}
        event["pathParameters"] = {parameter: value}
        renamed = {name.rstrip("_"): given for name, given in named.items()} | (query or {})
        if renamed:
            event["queryStringParameters"] = renamed
        if claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        status, body = self.answered(event)
        self.document.check(PATHS[kind], "get", status, body)
        return status, body

    def answered(self, event: dict[str, Any]) -> tuple[int, Any]:
        """Return the status and the body of an answer, as a client sees them."""
        answer = self.asked(event)
        assert answer["headers"]["content-type"] == "application/json"
        assert answer["headers"]["cache-control"] == "no-store"
        return answer["statusCode"], json.loads(answer["body"])

    def asked(self, event: dict[str, Any]) -> Any:
        """Return the function's answer as the API gets it."""
        return handler.handle(event, Invocation())


@pytest.fixture(scope="session")
def document() -> Document:
    return Document()


@pytest.fixture
def shop(
    monkeypatch: pytest.MonkeyPatch,
    create_lookups_table: Callable[[Any, str], str],
    document: Document,
) -> Iterator[Shop]:
    """Return an empty table that the function is configured for, without an authoriser."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    settings = {
        "LOOKUPS_TABLE": TABLE,
        "AUTHORIZER": "none",
        "CUSTOMER_CLAIM": "custom:customer_id",
        "STAFF_CLAIM": "cognito:groups",
        "STAFF_VALUE": "staff",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    remembered = (handler._settings, handler._lookups)
    for each in remembered:
        each.cache_clear()
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_lookups_table(dynamodb, TABLE)
        yield Shop(dynamodb, document)
    for each in remembered:
        each.cache_clear()


@pytest.fixture
def guarded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Return the shop behind an authoriser."""
    monkeypatch.setenv("AUTHORIZER", "jwt")
    handler._settings.cache_clear()
    return shop
