"""An invoice that is being written is read whole, of one run, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.history.lookups import InvoiceRead, LinePlace, Lookups
from lambdas.refused_request import RefusedRequest
from loader.lookup_items import chunk_key, invoice_key, key

if TYPE_CHECKING:
    from tests.lambdas.history.conftest import Shop

TABLE = "lookups"


def read(
    shop: Shop, sleep: Callable[[float], None] = lambda _: None, start: LinePlace | None = None
) -> InvoiceRead | None:
    lookups = Lookups(shop.dynamodb, TABLE, sleep)
    return lookups.invoice("1", start, None, lambda _: True)


def put_chunk(shop: Shop, number: int, run: str) -> None:
    shop.put(pk=invoice_key("1"), sk=chunk_key(number), lines="[]", rebuilt_by=run)


def delete(shop: Shop, sort: str) -> None:
    shop.dynamodb.delete_item(TableName=TABLE, Key=key(invoice_key("1"), sort))


def test_lines_of_a_newer_run_than_the_header_are_read_again(shop: Shop):
    shop.put_invoice("1", chunks=(2, 2), run="r1")
    put_chunk(shop, 1, "r2")
    pauses: list[float] = []

    def finish(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 2:
            shop.put_invoice("1", chunks=(3, 2, 2), run="r2")

    found = read(shop, finish)
    assert found is not None
    assert len(found.lines) == 7
    assert {item["rebuilt_by"]["S"] for item in (found.header,)} == {"r2"}
    assert pauses == sorted(pauses)


def test_a_missing_chunk_is_waited_for(shop: Shop):
    shop.put_invoice("1", chunks=(1, 1, 1), run="r1")
    delete(shop, chunk_key(2))
    found = read(shop, lambda _: put_chunk(shop, 2, "r1"))
    assert found is not None
    assert len(found.lines) == 2


def test_an_invoice_that_stays_torn_is_a_503(shop: Shop):
    shop.put_invoice("1", chunks=(2, 2), run="r1")
    put_chunk(shop, 2, "r2")
    with pytest.raises(RefusedRequest, match="being written") as refused:
        read(shop)
    assert refused.value.status == 503


def test_a_torn_read_is_repeated_consistently(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    shop.put_invoice("1", chunks=(1,), run="r1")
    put_chunk(shop, 1, "r2")
    asked: list[bool] = []
    query = shop.dynamodb.query

    def recorded(**request: Any) -> Any:
        asked.append(request["ConsistentRead"])
        return query(**request)

    monkeypatch.setattr(shop.dynamodb, "query", recorded)
    with pytest.raises(RefusedRequest):
        read(shop)
    assert asked == [False, True, True, True, True]


def test_chunks_without_a_header_are_no_invoice(shop: Shop):
    shop.put_invoice("1", chunks=(1, 1))
    delete(shop, "HEADER")
    assert read(shop) is None
    assert read(shop, start=LinePlace(2, 0, "r1")) is None


def test_old_chunks_beyond_the_headers_count_are_not_lines_of_it(shop: Shop):
    shop.put_invoice("1", chunks=(1, 1), run="r2")
    put_chunk(shop, 3, "r1")
    found = read(shop)
    assert found is not None
    assert (len(found.lines), found.next_place) == (2, None)


def test_an_invoice_of_more_than_a_megabyte_is_read_whole(shop: Shop):
    shop.put_invoice("1", chunks=(300,) * 14, description="x" * 100)
    found = read(shop)
    assert found is not None
    assert [line["line"] for line in found.lines] == list(range(1, 14 * 300 + 1))
