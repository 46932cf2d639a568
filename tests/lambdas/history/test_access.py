"""A customer's token reads that customer, staff's reads all, and none reads nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.history import handler

if TYPE_CHECKING:
    from tests.lambdas.history.conftest import Shop

EVENTS = Path(__file__).parents[2] / "events"
MINE = {"sub": "8f2a1c7e", "custom:customer_id": "17850"}
STAFF = {"sub": "1", "cognito:groups": "[sales staff]"}


def with_shop(guarded: Shop) -> None:
    guarded.put_invoice("1", customer=17850)
    guarded.put_invoice("2", customer=12583)
    guarded.put_invoice("3", customer=None)
    guarded.put_product("85123A")


def test_a_customer_reads_their_own(guarded: Shop):
    with_shop(guarded)
    event = json.loads((EVENTS / "history_customer_invoices_with_token.json").read_text())
    assert guarded.answered(event)[0] == 200
    assert guarded.get("invoices", "1", MINE)[0] == 200
    assert guarded.get("products", "85123A", MINE)[0] == 200


def test_another_customers_history_is_forbidden_whether_it_exists_or_not(guarded: Shop):
    with_shop(guarded)
    other = guarded.get("customers", "12583", MINE)
    assert other[0] == 403
    assert guarded.get("customers", "4711", MINE) == other


def test_that_another_customers_or_a_guests_invoice_exists_is_not_told(guarded: Shop):
    with_shop(guarded)
    unknown = guarded.get("invoices", "4711", MINE)
    assert unknown[0] == 404
    assert guarded.get("invoices", "2", MINE) == unknown
    assert guarded.get("invoices", "3", MINE) == unknown


def test_a_page_of_an_invoice_that_is_no_longer_ones_own_is_refused(guarded: Shop):
    guarded.put_invoice("1", customer=17850)
    cursor = guarded.get("invoices", "1", MINE, limit="1")[1]["next_cursor"]
    guarded.put_invoice("1", customer=12583)
    assert guarded.get("invoices", "1", MINE, limit="1", cursor=cursor)[0] == 404


def test_staff_reads_all(guarded: Shop):
    with_shop(guarded)
    assert guarded.get("customers", "12583", STAFF)[0] == 200
    assert guarded.get("invoices", "3", STAFF)[0] == 200
    assert guarded.get("customers", "4711", STAFF)[0] == 404


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "1"},
        {"sub": "1", "custom:customer_id": ""},
        {"sub": "1", "custom:customer_id": "17850 "},
        {"sub": "1", "custom:customer_id": "17850.0"},
        {"sub": "1", "custom:customer_id": "[17850 12583]"},
        {"sub": "1", "custom:customer_id": "178500"},
        {"sub": "1", "customer_id": "17850"},
        {"sub": "1", "cognito:groups": "[staffing not-staff]"},
        {"sub": "1", "cognito:groups": ""},
        {"sub": "1", "scope": "staff"},
    ],
)
def test_a_token_that_names_neither_the_customer_nor_staff_reads_no_customer(
    guarded: Shop, claims: dict[str, str]
):
    with_shop(guarded)
    assert guarded.get("customers", "17850", claims)[0] == 403
    assert guarded.get("invoices", "1", claims)[0] in {403, 404}
    assert guarded.get("products", "85123A", claims)[0] == 200


@pytest.mark.parametrize(
    "authorizer", [None, {}, {"jwt": None}, {"jwt": {}}, {"jwt": {"claims": {}}}, {"lambda": MINE}]
)
def test_without_claims_nothing_is_read_where_a_token_is_demanded(guarded: Shop, authorizer: Any):
    with_shop(guarded)
    for name in ("history_customer_invoices", "history_invoice", "history_product"):
        event = json.loads((EVENTS / f"{name}.json").read_text())
        event["requestContext"]["authorizer"] = authorizer
        assert guarded.answered(event)[0] == 403


def test_claims_do_nothing_where_no_staff_is_named(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    with_shop(guarded)
    monkeypatch.setenv("STAFF_VALUE", "")
    handler._settings.cache_clear()
    assert guarded.get("customers", "17850", STAFF)[0] == 403
    assert guarded.get("customers", "17850", {"sub": "1", "cognito:groups": "[]"})[0] == 403


def test_a_scope_may_name_staff_too(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    with_shop(guarded)
    monkeypatch.setenv("STAFF_CLAIM", "scope")
    monkeypatch.setenv("STAFF_VALUE", "retail/read-all")
    handler._settings.cache_clear()
    scoped = {"sub": "1", "scope": "openid retail/read-all"}
    assert guarded.get("customers", "12583", scoped)[0] == 200
    assert guarded.get("customers", "12583", {"sub": "1", "scope": "openid"})[0] == 403


@pytest.mark.parametrize("setting", ["JWT", "None", "false", ""])
def test_a_misspelt_setting_opens_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, setting: str
):
    monkeypatch.setenv("AUTHORIZER", setting)
    handler._settings.cache_clear()
    shop.put_invoice("1")
    assert shop.get("customers", "17850")[0] == 403
