"""The deployed history API: its templates, its role, its routes, over HTTP on a local cloud."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from cfnlint.decode.cfn_yaml import load

from lambdas.history.lookups import MOST_LINE_BYTES
from loader.lookup_items import HISTORY_INDEX, as_item, chunk_key, invoice_key, product_key
from local_aws.settings import CHECKOUT
from tests.openapi import Document
from tests.stacks import api_url, deploy

if TYPE_CHECKING:
    from tests.conftest import LocalCloud


@dataclass(frozen=True)
class DeployedApi:
    """The API and the table behind it."""

    client: httpx.Client
    dynamodb: Any
    table: str
    document: Document

    def put(self, **values: object) -> None:
        """Write an item."""
        self.dynamodb.put_item(TableName=self.table, Item=as_item(values))

    def put_invoice(self, invoice_no: str, chunks: list[list[dict[str, Any]]]) -> None:
        """Write an invoice of customer 17850."""
        where = invoice_key(invoice_no)
        for number, lines in enumerate(chunks, 1):
            text = json.dumps(lines, separators=(",", ":"), ensure_ascii=False)
            self.put(pk=where, sk=chunk_key(number), lines=text, rebuilt_by="r1")
        moment = "2010-12-01T08:26:00"
        self.put(
            pk=where,
            sk="HEADER",
            invoice_no=invoice_no,
            customer_id=17850,
            history_key=f"{moment}#{invoice_no}",
            invoice_ts=f"{moment}Z",
            country="United Kingdom",
            transaction_type="sale",
            line_count=sum(map(len, chunks)),
            units=1,
            total=0,
            chunk_count=len(chunks),
            rebuilt_by="r1",
        )

    def get(self, path: str, template: str, **query: str) -> tuple[int, Any]:
        """Ask over HTTP; the answer is held against the document."""
        answer = self.client.get(path, params=query)
        body = answer.json()
        self.document.check(template, "get", answer.status_code, body)
        return answer.status_code, body


def line(number: int, description: str = "£ \N{PILE OF POO}") -> dict[str, Any]:
    return {
        "line": number,
        "event_id": f"x#L{number}",
        "stock_code": "85123A",
        "description": description,
        "quantity": 6,
        "unit_price": "2.5500",
        "line_amount": "15.3000",
        "invoice_ts": "2010-12-01T08:26:00Z",
        "transaction_type": "sale",
    }


@pytest.fixture(scope="module")
def api(local_cloud: LocalCloud) -> Iterator[DeployedApi]:
    """Deploy both templates as CloudFormation does within the root, with the built package."""
    outputs = deploy(local_cloud, f"h{uuid.uuid4().hex[:6]}", "lookups", "history")
    base = api_url(local_cloud, outputs["HistoryApiId"])
    with httpx.Client(base_url=base, timeout=60) as client:
        yield DeployedApi(
            client, local_cloud.client("dynamodb"), outputs["LookupsTable"], Document()
        )


CUSTOMERS = "/customers/{customer_id}/invoices"
INVOICES = "/invoices/{invoice_no}"


def test_histories_invoices_and_products_are_read_over_http(api: DeployedApi):
    api.put_invoice("536365", [[line(1)], [line(2)]])
    api.put(pk=product_key("85123A"), sk="PRODUCT", stock_code="85123A", units_sold=3,
            is_product=True)  # fmt: skip
    status, history = api.get("/customers/17850/invoices", CUSTOMERS, to="2010-12-01", limit="1")
    assert (status, history["invoices"][0]["invoice_no"]) == (200, "536365")
    status, invoice = api.get("/invoices/536365", INVOICES)
    assert (status, invoice["lines"]) == (200, [line(1), line(2)])
    status, product = api.get("/products/85123a", "/products/{stock_code}")
    assert (status, product["units_sold"]) == (200, 3)


@pytest.mark.parametrize("number", ["A/B", "50%", "%2F", "X #1&=+", "É\N{PILE OF POO}", "100%25"])
def test_numbers_with_any_characters_survive_the_path(api: DeployedApi, number: str):
    api.put_invoice(number, [[line(1)]])
    status, invoice = api.get(f"/invoices/{quote(number, safe='')}", INVOICES)
    assert (status, invoice["invoice_no"]) == (200, number)


def test_fifty_thousand_lines_come_in_pages_each_of_which_lambda_can_return(api: DeployedApi):
    chunks = [
        [line(number, "x" * 500) for number in range(start, start + 125)]
        for start in range(1, 50_001, 125)
    ]
    api.put_invoice("BIG", chunks)
    seen: list[int] = []
    query: dict[str, str] = {}
    pages = 0
    while pages == 0 or query:
        status, page = api.get("/invoices/BIG", INVOICES, **query)
        assert status == 200
        seen += [each["line"] for each in page["lines"]]
        pages += 1
        query = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert seen == list(range(1, 50_001))
    size = len(json.dumps(json.dumps([each for chunk in chunks for each in chunk])))
    assert pages == pytest.approx(size / MOST_LINE_BYTES, abs=1.5)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/customers/4711/invoices", 404),
        ("GET", "/customers/x/invoices", 400),
        ("GET", "/customers/1", 404),
        ("GET", "/", 404),
        ("POST", "/invoices/536365", 405),
        ("DELETE", "/customers/17850/invoices", 405),
        ("PUT", "/products/85123A", 405),
    ],
)
def test_what_is_not_served_is_told_as_one_json_error(
    api: DeployedApi, method: str, path: str, status: int
):
    answer = api.client.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "request_id"}


def test_the_role_may_call_what_the_function_calls_on_its_table_and_nothing_else():
    template: Any = load(str(CHECKOUT / "cloudformation" / "history.yaml"))
    (policy,) = template["Resources"]["HistoryRole"]["Properties"]["Policies"]
    allowed = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    source = (CHECKOUT / "lambdas" / "history" / "lookups.py").read_text()
    called = {name.title().replace("_", "") for name in re.findall(r"client\.(\w+)\(", source)}
    assert set(allowed) == {"ReadLookups", "WriteLogs"}
    assert set(allowed["ReadLookups"]["Action"]) == {f"dynamodb:{name}" for name in called}
    table = "table/${LookupsTable}"
    resources = [each["Fn::Sub"] for each in allowed["ReadLookups"]["Resource"]]
    assert [each.rpartition(":")[2] for each in resources] == [
        table,
        f"{table}/index/{HISTORY_INDEX}",
    ]
