"""Delivers landed lines to Firehose: packed into records, failed records sent again.

Firehose bills every record rounded up to 5 KB and delivers a record whole, so many lines share
one. Limits: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient

MAX_RECORD_BYTES = 1000 * 1024
MAX_CALL_BYTES = 4 * 1024 * 1024
MAX_CALL_RECORDS = 500

# A failed record costs the client what is in it, so records are not filled to the limit.
PACKED_RECORD_BYTES = 500 * 1024

# Firehose answers ServiceUnavailableException when the stream's throughput is exceeded.
_THROTTLES = frozenset(
    {"ServiceUnavailableException", "ThrottlingException", "LimitExceededException"}
)
_NO_ANSWER = "NoAnswerInTime"
_PASSING = _THROTTLES | {"InternalFailure", "InternalError", _NO_ANSWER}

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 3.0


@dataclass
class Record:
    """Lines that travel together.

    Attributes
    ----------
    data : the lines, each with its newline.
    indexes : the positions of their events in the request.
    """

    data: bytearray = field(default_factory=bytearray)
    indexes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery.

    Attributes
    ----------
    accepted : number of events that Firehose took.
    not_taken : indexes of the others, ascending.
    throttled : every event not taken was refused for throughput: slower is enough.
    error : the error codes of what was not taken.
    calls : calls made.
    """

    accepted: int
    not_taken: list[int]
    throttled: bool
    error: str
    calls: int


@dataclass
class RetryBudget:
    """How long to go on trying.

    Attributes
    ----------
    seconds : left for the first call and all retries.
    clock, sleep, jitter : replaced in tests; `jitter` gives a share of 0 to 1.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self._deadline = self.clock() + self.seconds

    def is_spent(self) -> bool:
        """Return whether no further call may be started."""
        return self.clock() >= self._deadline

    def pause_before_retry(self, attempt: int) -> bool:
        """Sleep before retry number `attempt` (from 0); return False when time is up."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * self.jitter()
        if self.clock() + pause >= self._deadline:
            return False
        self.sleep(pause)
        return True


def pack(lines: Iterable[tuple[int, bytes]]) -> Iterator[Record]:
    """Pack lines (index of the event, line of at most MAX_RECORD_BYTES) into records."""
    record = Record()
    for index, line in lines:
        if record.data and len(record.data) + len(line) > PACKED_RECORD_BYTES:
            yield record
            record = Record()
        record.data += line
        record.indexes.append(index)
    if record.data:
        yield record


def deliver(
    firehose: FirehoseClient, stream: str, records: Iterable[Record], budget: RetryBudget
) -> Outcome:
    """Send the records, and again those that failed in a passing way, while the budget lasts."""
    waiting = list(records)
    total = sum(len(record.indexes) for record in waiting)
    calls = 0
    lost: list[tuple[Record, str]] = []
    for attempt in itertools.count():
        failed: list[tuple[Record, str]] = []
        for call in _calls(waiting):
            if budget.is_spent():
                failed += [(record, _NO_ANSWER) for record in call]
                continue
            calls += 1
            failed += _put(firehose, stream, call)
        lost += [(record, code) for record, code in failed if code not in _PASSING]
        passing = [(record, code) for record, code in failed if code in _PASSING]
        if not passing or not budget.pause_before_retry(attempt):
            lost += passing
            break
        waiting = [record for record, _ in passing]
    codes = {code for _, code in lost}
    not_taken = sorted(index for record, _ in lost for index in record.indexes)
    return Outcome(
        accepted=total - len(not_taken),
        not_taken=not_taken,
        throttled=bool(codes) and codes <= _THROTTLES,
        error=", ".join(sorted(codes)),
        calls=calls,
    )


def _calls(records: list[Record]) -> Iterator[list[Record]]:
    call: list[Record] = []
    size = 0
    for record in records:
        if call and (len(call) == MAX_CALL_RECORDS or size + len(record.data) > MAX_CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(record)
        size += len(record.data)
    if call:
        yield call


def _put(firehose: FirehoseClient, stream: str, call: list[Record]) -> list[tuple[Record, str]]:
    """Make one call; return the records that were not taken, each with its error code."""
    try:
        answer: Any = firehose.put_record_batch(
            DeliveryStreamName=stream, Records=[{"Data": bytes(record.data)} for record in call]
        )
    except ClientError as error:
        return [(record, error.response["Error"]["Code"]) for record in call]
    except BotoCoreError:
        # No answer: it may have been taken. Sent twice is harmless, an event has an identity.
        return [(record, _NO_ANSWER) for record in call]
    return [
        (record, response["ErrorCode"])
        for record, response in zip(call, answer["RequestResponses"], strict=True)
        if response.get("ErrorCode")
    ]
