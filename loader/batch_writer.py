"""Writes and deletes items in batches, several at a time, until every one of them is taken.

A batch is BatchWriteItem's: 25 requests. Its other limit of 16 MB cannot be reached, an item has
400 KB at most. Source: Amazon DynamoDB API reference, BatchWriteItem.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from loader.lookup_items import Item, write_units
from loader.patience import Attempts, Patience, is_passing
from loader.write_budget import WriteBudget

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_REQUESTS = 25


@dataclass(frozen=True)
class WriteFigures:
    """What was written.

    Attributes
    ----------
    items_written, items_deleted : requests that were taken.
    write_units : capacity consumed as DynamoDB reports it, indexes included.
    repeated_calls : calls made again for what was throttled or got no answer.
    """

    items_written: int = 0
    items_deleted: int = 0
    write_units: int = 0
    repeated_calls: int = 0

    def __add__(self, other: WriteFigures) -> WriteFigures:
        return WriteFigures(
            self.items_written + other.items_written,
            self.items_deleted + other.items_deleted,
            self.write_units + other.write_units,
            self.repeated_calls + other.repeated_calls,
        )


class BatchWriter:
    """Collects requests for one table and sends them; a context manager.

    Requests of one batch, and batches under way at the same time, are in no order: `flush` between
    two of them puts them in order.

    Parameters
    ----------
    client : a boto3 client that does not retry by itself.
    table : name of the table.
    budget : ceiling of write units.
    patience : when to give up a batch of which nothing is taken.
    calls_in_flight : batches under way at the same time.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        budget: WriteBudget,
        patience: Patience,
        calls_in_flight: int,
    ) -> None:
        self.figures = WriteFigures()
        self._client = client
        self._table = table
        self._budget = budget
        self._patience = patience
        self._calls_in_flight = calls_in_flight
        self._pool = ThreadPoolExecutor(calls_in_flight, thread_name_prefix="batch-writer")
        self._under_way: set[Future[WriteFigures]] = set()
        self._batch: list[Item] = []
        self._batch_units = 0

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def put(self, item: Item) -> None:
        """Write an item, in place of any other with its key.

        Raises
        ------
        StoreBusy : an earlier batch was given up.
        """
        self._add({"PutRequest": {"Item": item}}, write_units(item))

    def delete(self, key: Item) -> None:
        """Delete an item, if it is there; raises as `put`."""
        self._add({"DeleteRequest": {"Key": key}}, 1)

    def flush(self) -> None:
        """Return when everything put and deleted so far is taken; raises as `put`."""
        if self._batch:
            self._submit()
        self._collect(wait(self._under_way).done)

    def _add(self, request: Item, units: int) -> None:
        # A batch of more than one second's units would burst through the ceiling.
        ceiling = self._budget.units_per_second
        if self._batch and ceiling is not None and self._batch_units + units > ceiling:
            self._submit()
        self._batch.append(request)
        self._batch_units += units
        if len(self._batch) == BATCH_REQUESTS:
            self._submit()

    def _submit(self) -> None:
        while len(self._under_way) >= self._calls_in_flight:
            self._collect(wait(self._under_way, return_when=FIRST_COMPLETED).done)
        self._under_way.add(self._pool.submit(self._write, self._batch))
        self._batch, self._batch_units = [], 0

    def _collect(self, done: set[Future[WriteFigures]]) -> None:
        self._under_way -= done
        for future in done:
            self.figures += future.result()

    def _write(self, requests: list[Item]) -> WriteFigures:
        """Send a batch, and again what was not taken of it."""
        attempts = Attempts(self._patience, f"the table {self._table} takes no items")
        waiting, calls, units = requests, 0, 0.0
        while True:
            left, consumed = self._call(waiting)
            calls, units = calls + 1, units + consumed
            if not left:
                break
            if len(left) < len(waiting):
                attempts.restart()
            attempts.pause()
            waiting = left
        deleted = sum("DeleteRequest" in request for request in requests)
        return WriteFigures(len(requests) - deleted, deleted, round(units), calls - 1)

    def _call(self, requests: list[Item]) -> tuple[list[Item], float]:
        """Make one call; return what it did not take, and the units it consumed."""
        estimate = sum(map(_request_units, requests))
        self._budget.take(estimate)
        answer: Any = {"UnprocessedItems": {self._table: requests}}
        try:
            answer = self._client.batch_write_item(
                RequestItems={self._table: requests},  # type: ignore[dict-item]
                ReturnConsumedCapacity="TOTAL",
            )
        except Exception as error:
            # Without an answer it may have been taken: written again, it is the same.
            if not is_passing(error):
                raise
        consumed = sum(each["CapacityUnits"] for each in answer.get("ConsumedCapacity", []))
        self._budget.settle(estimate, consumed)
        return answer.get("UnprocessedItems", {}).get(self._table, []), consumed


def _request_units(request: Item) -> int:
    put = request.get("PutRequest")
    return write_units(put["Item"]) if put else 1
