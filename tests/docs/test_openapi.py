"""The description of the APIs is valid, complete, and true of the ingest API's answers.

That it is true of the history API's is checked with every answer in tests/lambdas/history.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from contracts.classification import TransactionType
from contracts.fields import INPUT_FIELDS, LONGEST
from lambdas.history import request as history_request
from lambdas.ingest.answers import MAX_REASON_BYTES, Refused, events_answered, request_refused
from lambdas.ingest.delivery import Outcome
from lambdas.ingest.request import MAX_EVENTS
from loader.lookup_items import MIXED
from tests.openapi import Document

CLOUDFORMATION = Path(__file__).parents[2] / "cloudformation"


@pytest.fixture(scope="module")
def document() -> Document:
    return Document()


def schema(document: Document, name: str) -> dict[str, Any]:
    found: dict[str, Any] = document.published["components"]["schemas"][name]
    return found


def test_it_is_valid_openapi(document: Document):
    validate(document.published)


def test_it_describes_every_route_of_the_templates(document: Document):
    text = "".join((CLOUDFORMATION / f"{name}.yaml").read_text() for name in ("ingest", "history"))
    routes = set(re.findall(r"RouteKey: ([A-Z]+ \S+)", text))
    described = {
        f"{method.upper()} {path}"
        for path, methods in document.published["paths"].items()
        for method in methods
    }
    assert {route.replace("+}", "}") for route in routes} == described


def test_a_transaction_is_described_as_the_contract_has_it(document: Document):
    described = schema(document, "Transaction")
    assert list(described["properties"]) == [field.name for field in INPUT_FIELDS]
    assert described["required"] == [field.name for field in INPUT_FIELDS if field.required]
    for name, longest in LONGEST.items():
        assert f"at most {longest} characters" in described["properties"][name][
            "description"
        ].replace("At", "at"), name


def test_types_are_those_of_the_contract(document: Document):
    kinds = {str(kind) for kind in TransactionType}
    assert set(schema(document, "LineType")["enum"]) == kinds
    assert set(schema(document, "InvoiceType")["enum"]) == kinds | {MIXED}


def test_limits_are_those_of_the_functions(document: Document):
    paths = document.published["paths"]

    def limit(path: str) -> dict[str, Any]:
        named = {each.get("name"): each for each in paths[path]["get"]["parameters"]}
        found: dict[str, Any] = named["limit"]["schema"]
        return found

    history = limit("/customers/{customer_id}/invoices")
    assert history["maximum"] == history_request.MOST_INVOICES
    assert history["default"] == history_request.DEFAULT_INVOICES
    assert limit("/invoices/{invoice_no}")["maximum"] == history_request.MOST_LINES
    body = paths["/transactions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["oneOf"][1]["maxItems"] == MAX_EVENTS


REFUSED = [Refused(1, "not_an_object: the record …")]


@pytest.mark.parametrize(
    ("outcome", "refused", "status"),
    [
        (Outcome(2, [], throttled=False, error="", calls=1), [], 202),
        (Outcome(2, [], throttled=False, error="", calls=1), REFUSED, 202),
        (Outcome(1, [], throttled=False, error="", calls=1),
         REFUSED * (MAX_REASON_BYTES // 20), 202),
        (Outcome(0, [], throttled=False, error="", calls=0), REFUSED, 400),
        (Outcome(0, [], throttled=False, error="", calls=0),
         [Refused(0, "too large", too_large=True)], 413),
        (Outcome(1, [0, 2], throttled=True, error="X", calls=1), REFUSED, 429),
        (Outcome(0, [0], throttled=False, error="X", calls=1), [], 503),
    ],
)  # fmt: skip
def test_the_ingest_functions_answers_are_as_described(
    document: Document, outcome: Outcome, refused: list[Refused], status: int
):
    answer = events_answered(outcome, refused, "batch-7")
    assert answer["statusCode"] == status
    document.check("/transactions", "post", status, json.loads(answer["body"]))


@pytest.mark.parametrize("status", [400, 413, 415])
def test_a_request_refused_as_a_whole_is_answered_as_described(document: Document, status: int):
    answer = request_refused(status, "the body is empty", "batch-7")
    document.check("/transactions", "post", status, json.loads(answer["body"]))
