"""Every request is taken once, whatever is throttled, or the writer says that it gave up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from loader.batch_writer import BatchWriter
from loader.errors import RetryableLoadError, StoreBusy
from loader.lookup_items import key, write_units
from loader.write_budget import WriteBudget

if TYPE_CHECKING:
    from tests.loader.conftest import Clock

TABLE = "lookups"
Stored = Callable[[], dict[tuple[str, str], Any]]


def item(number: int, text: str = "") -> dict[str, Any]:
    return {**key(f"PRODUCT#{number}", "PRODUCT"), "description": {"S": text or str(number)}}


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "BatchWriteItem")


class Throttled:
    """A client that takes of each call what `taken` says, or raises it; then everything.

    It reports the units that DynamoDB would: moto counts one a call.
    """

    def __init__(self, client: Any, *taken: int | Exception) -> None:
        self._client = client
        self._taken = list(taken)
        self._lock = threading.Lock()
        self.calls: list[int] = []

    def batch_write_item(self, RequestItems: Any, **options: Any) -> Any:  # noqa: N803
        with self._lock:
            ((table, requests),) = RequestItems.items()
            self.calls.append(len(requests))
            taken = self._taken.pop(0) if self._taken else len(requests)
            if isinstance(taken, Exception):
                raise taken
            if taken:
                self._client.batch_write_item(RequestItems={table: requests[:taken]}, **options)
            units = sum(write_units(each["PutRequest"]["Item"]) for each in requests[:taken])
            left = {table: requests[taken:]} if requests[taken:] else {}
            consumed = [{"TableName": table, "CapacityUnits": float(units)}]
            return {"UnprocessedItems": left, "ConsumedCapacity": consumed}


def writer(client: Any, clock: Clock, ceiling: float | None = None, calls: int = 1) -> BatchWriter:
    budget = WriteBudget(ceiling, clock, clock.sleep)
    return BatchWriter(client, TABLE, budget, clock.patience(), calls)


@pytest.mark.parametrize("calls_in_flight", [1, 4])
@pytest.mark.parametrize("number", [0, 1, 25, 26, 260])
def test_all_that_is_put_is_stored(
    dynamodb: Any, stored: Stored, clock: Clock, number: int, calls_in_flight: int
):
    with writer(dynamodb, clock, calls=calls_in_flight) as writing:
        for each in range(number):
            writing.put(item(each))
    assert {found["description"]["S"] for found in stored().values()} == set(
        map(str, range(number))
    )
    assert (writing.figures.items_written, writing.figures.items_deleted) == (number, 0)
    assert writing.figures.repeated_calls == 0


def test_deletes_and_puts_are_counted_each(dynamodb: Any, stored: Stored, clock: Clock):
    with writer(dynamodb, clock) as writing:
        writing.put(item(1))
        writing.put(item(2))
        writing.flush()
        writing.delete(key("PRODUCT#1", "PRODUCT"))
        writing.delete(key("PRODUCT#none", "PRODUCT"))
    assert set(stored()) == {("PRODUCT#2", "PRODUCT")}
    assert (writing.figures.items_written, writing.figures.items_deleted) == (2, 2)


def test_only_what_was_not_taken_is_sent_again(dynamodb: Any, stored: Stored, clock: Clock):
    throttled = Throttled(dynamodb, 10, 0, 14)
    with writer(throttled, clock) as writing:
        for each in range(25):
            writing.put(item(each))
    assert throttled.calls == [25, 15, 15, 1]
    assert len(stored()) == 25
    assert (writing.figures.items_written, writing.figures.repeated_calls) == (25, 3)
    assert clock.now > 0


@pytest.mark.parametrize(
    "error",
    [
        failure("ProvisionedThroughputExceededException"),
        failure("ThrottlingException"),
        failure("InternalServerError"),
        ReadTimeoutError(endpoint_url="somewhere"),
    ],
)
def test_a_call_that_fails_for_a_time_is_made_again(
    dynamodb: Any, stored: Stored, clock: Clock, error: Exception
):
    with writer(Throttled(dynamodb, error, error), clock) as writing:
        writing.put(item(1))
    assert len(stored()) == 1
    assert writing.figures.repeated_calls == 2


def test_pauses_grow_and_end_in_a_retryable_error(dynamodb: Any, clock: Clock):
    never = Throttled(dynamodb, *([0] * 1000))
    with (
        pytest.raises(StoreBusy, match="lookups takes no items") as raised,
        writer(never, clock) as writing,
    ):
        writing.put(item(1))
    assert isinstance(raised.value, RetryableLoadError)
    assert 30 < clock.now <= 60
    assert len(never.calls) < 20


def test_as_long_as_something_is_taken_the_writer_does_not_give_up(
    dynamodb: Any, stored: Stored, clock: Clock
):
    slow = Throttled(dynamodb, *([0] * 7 + [1]) * 25)
    with writer(slow, clock) as writing:
        for each in range(25):
            writing.put(item(each))
    assert len(stored()) == 25
    assert clock.now > 60


def test_an_error_that_stays_is_raised_at_once(dynamodb: Any, clock: Clock):
    refused = Throttled(dynamodb, failure("ValidationException"))
    with (
        pytest.raises(ClientError, match="ValidationException"),
        writer(refused, clock) as writing,
    ):
        writing.put(item(1))
    assert refused.calls == [1]


def test_no_batch_holds_more_than_a_seconds_units_of_the_ceiling(dynamodb: Any, clock: Clock):
    counted = Throttled(dynamodb)
    with writer(counted, clock, ceiling=10) as writing:
        for each in range(12):
            writing.put(item(each, "x" * 3000))  # three units each
        writing.put(item(99, "x" * 30_000))  # more than a second's, but it must go
    assert counted.calls == [3, 3, 3, 3, 1]
    assert writing.figures.write_units == 12 * 3 + 30
    assert clock.now == pytest.approx((12 * 3 + 30 - 10) / 10)


def test_flush_puts_what_comes_before_it_before_what_comes_after(dynamodb: Any, clock: Clock):
    order: list[set[str]] = []

    class Recording(Throttled):
        def batch_write_item(self, RequestItems: Any, **options: Any) -> Any:  # noqa: N803
            answer = super().batch_write_item(RequestItems, **options)
            order.append({r["PutRequest"]["Item"]["pk"]["S"] for r in RequestItems[TABLE]})
            return answer

    with writer(Recording(dynamodb), clock, calls=4) as writing:
        for each in range(90):
            writing.put(item(each))
        writing.flush()
        writing.put(item(1000))
    assert order[-1] == {"PRODUCT#1000"}
    assert len(order) == 5
