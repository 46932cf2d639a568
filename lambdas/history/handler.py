"""Entry of the history function: GET routes of the HTTP API, payload format 2.0."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from lambdas.history import answers, request
from lambdas.history.access import AccessRules, Caller, caller
from lambdas.history.cursors import from_cursor, to_cursor
from lambdas.history.lookups import LinePlace, Lookups, is_history_place, is_line_place
from lambdas.logs import Context, logged, new_logger
from lambdas.refused_request import RefusedRequest
from loader.lookup_items import Item

_LOGGER = new_logger("history")
_THROTTLES = frozenset(
    {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"}
)
_PATHS = re.compile(r"/customers/[^/]+/invoices|/invoices/.+|/products/.+")


@dataclass(frozen=True)
class Settings:
    """What the function is configured with; see `cloudformation/history.yaml`."""

    table: str
    access: AccessRules


@cache
def _settings() -> Settings:
    rules = AccessRules(
        # Whatever is not a plain "none" demands a token: a misspelt setting opens nothing.
        demands_token=os.environ["AUTHORIZER"] != "none",
        customer_claim=os.environ["CUSTOMER_CLAIM"],
        staff_claim=os.environ["STAFF_CLAIM"],
        staff_value=os.environ["STAFF_VALUE"],
    )
    return Settings(os.environ["LOOKUPS_TABLE"], rules)


@cache
def _lookups() -> Lookups:
    # All attempts together end before the function's timeout of 20 seconds.
    config: Any = Config(
        connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return Lookups(boto3.client("dynamodb", config=config), _settings().table)


@logged(_LOGGER)
def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Answer a question about a customer, an invoice or a product.

    Returns
    -------
    An HTTP answer; its statuses and bodies are described in `lambdas.history.answers`.
    """
    name = request.request_id(event, fallback=context.aws_request_id)
    route = str(event.get("routeKey"))
    started = time.monotonic()
    try:
        answer = _answered(route, event)
    except RefusedRequest as refused:
        answer = answers.refusal(refused.status, str(refused), name)
    write = _LOGGER.warning if answer["statusCode"] >= 500 else _LOGGER.info
    write(
        "request answered",
        api_request_id=name,
        route=route if route in _ROUTES else "unknown",
        status=answer["statusCode"],
        characters=len(answer["body"]),
        milliseconds=round((time.monotonic() - started) * 1000),
    )
    return answer


def _answered(route: str, event: dict[str, Any]) -> dict[str, Any]:
    respond = _ROUTES.get(route)
    if respond is None:
        if _PATHS.fullmatch(str(event.get("rawPath"))):
            raise RefusedRequest(405, "this API only reads: send GET")
        raise RefusedRequest(404, "there is no such path")
    who = caller(event, _settings().access)
    try:
        return respond(event, who, _lookups())
    except ClientError as error:
        if error.response["Error"]["Code"] not in _THROTTLES:
            raise
        raise RefusedRequest(503, "there are too many requests just now: try again") from error
    except (HTTPClientError, NoConnection) as error:
        raise RefusedRequest(503, "the table cannot be reached just now: try again") from error


def _customer_invoices(event: dict[str, Any], who: Caller, lookups: Lookups) -> dict[str, Any]:
    asked = request.history_question(event)
    if not who.may_read(asked.customer_id):
        raise RefusedRequest(403, "the token is not this customer's")
    question = ("history", asked.customer_id, str(asked.since), str(asked.until))
    after = None
    if asked.cursor is not None:
        invoice_no, history_key = from_cursor(asked.cursor, question, (str, str), is_history_place)
        after = (invoice_no, history_key)
    headers, following = lookups.history(
        asked.customer_id, asked.since, asked.until, asked.limit, after
    )
    if not (headers or after or lookups.has_invoices(asked.customer_id)):
        raise RefusedRequest(404, "there is no such customer")
    cursor = to_cursor(list(following), question) if following else None
    return answers.history_page(asked.customer_id, headers, cursor)


def _invoice(event: dict[str, Any], who: Caller, lookups: Lookups) -> dict[str, Any]:
    asked = request.invoice_question(event)
    if not who.reads_all and who.customer_id is None:
        raise RefusedRequest(403, "the token names no customer")
    question = ("invoice", asked.invoice_no)
    start = None
    if asked.cursor is not None:
        start = LinePlace(*from_cursor(asked.cursor, question, (int, int, str), is_line_place))
    # That another customer's invoice exists is not told.
    found = lookups.invoice(
        asked.invoice_no, start, asked.limit, lambda header: who.may_read(_owner(header))
    )
    if found is None:
        raise RefusedRequest(404, "there is no such invoice")
    place = found.next_place
    cursor = to_cursor([place.chunk, place.offset, place.rebuilt_by], question) if place else None
    return answers.invoice_page(found.header, found.lines, cursor)


def _product(event: dict[str, Any], who: Caller, lookups: Lookups) -> dict[str, Any]:  # noqa: ARG001
    item = lookups.product(request.product_question(event))
    if item is None:
        raise RefusedRequest(404, "there is no such product")
    return answers.product(item)


def _owner(header: Item) -> int | None:
    return int(header["customer_id"]["N"]) if "customer_id" in header else None


_ROUTES = {
    "GET /customers/{customer_id}/invoices": _customer_invoices,
    "GET /invoices/{invoice_no+}": _invoice,
    "GET /products/{stock_code+}": _product,
}
