"""How landed lines travel to Firehose: packing, limits, retries and what is given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from lambdas.ingest.delivery import (
    MAX_CALL_BYTES,
    MAX_CALL_RECORDS,
    MAX_RECORD_BYTES,
    PACKED_RECORD_BYTES,
    Outcome,
    Record,
    RetryBudget,
    deliver,
    pack,
)

Answer = Callable[[list[bytes]], list[str | None]]


class FakeFirehose:
    """Answers each call as the next function of a script says; takes all when it has ended."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.calls: list[list[bytes]] = []
        self.taken: list[bytes] = []

    def put_record_batch(self, **request: Any) -> dict[str, Any]:
        records = [record["Data"] for record in request["Records"]]
        self.calls.append(records)
        codes = self.script.pop(0)(records) if self.script else [None] * len(records)
        self.taken += [data for data, code in zip(records, codes, strict=True) if code is None]
        responses = [{"ErrorCode": code} if code else {"RecordId": "1"} for code in codes]
        return {"FailedPutCount": sum(map(bool, codes)), "RequestResponses": responses}


def fails_at(*positions: int, code: str = "ServiceUnavailableException") -> Answer:
    return lambda records: [code if i in positions else None for i in range(len(records))]


def raises(error: Exception) -> Answer:
    def answer(_records: list[bytes]) -> list[str | None]:
        raise error

    return answer


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRecordBatch")


class Clock:
    """Time that passes only by sleeping, or by `step` at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step, self.slept = 0.0, step, [0.0]

    def look(self) -> float:
        self.now += self.step
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def budget(seconds: float = 10.0, clock: Clock | None = None) -> RetryBudget:
    clock = clock or Clock()
    return RetryBudget(seconds, clock=clock.look, sleep=clock.sleep, jitter=lambda: 1.0)


def record(index: int, size: int = 10) -> Record:
    return Record(bytearray(b"x" * size), [index])


def sent(firehose: FakeFirehose, records: list[Record], **given: Any) -> Outcome:
    return deliver(firehose, "stream", records, given.get("budget") or budget())  # type: ignore[arg-type]


def test_many_lines_share_a_record_and_keep_their_order():
    lines = [(i, f'{{"n":{i}}}\n'.encode()) for i in range(100_000)]
    records = list(pack(lines))
    assert b"".join(bytes(r.data) for r in records) == b"".join(line for _, line in lines)
    assert [i for r in records for i in r.indexes] == list(range(100_000))
    assert all(len(r.data) <= PACKED_RECORD_BYTES for r in records)
    assert all(r.data.endswith(b"\n") for r in records)
    assert len(records) == 3


def test_a_line_over_the_packing_size_travels_alone():
    big = b"x" * (MAX_RECORD_BYTES - 1) + b"\n"
    records = list(pack([(0, b"a\n"), (1, big), (2, b"b\n")]))
    assert [r.indexes for r in records] == [[0], [1], [2]]


def test_no_line_makes_no_record_and_no_call():
    firehose = FakeFirehose()
    outcome = sent(firehose, list(pack([])))
    assert (outcome.accepted, outcome.not_taken, firehose.calls) == (0, [], [])


def test_calls_stay_within_firehose_limits():
    firehose = FakeFirehose()
    sent(firehose, [record(i) for i in range(1201)])
    sent(firehose, [record(i, MAX_RECORD_BYTES) for i in range(9)])
    assert all(len(call) <= MAX_CALL_RECORDS for call in firehose.calls)
    assert all(sum(map(len, call)) <= MAX_CALL_BYTES for call in firehose.calls)
    assert sum(map(len, firehose.calls)) == 1210


def test_only_the_failed_records_are_sent_again():
    firehose = FakeFirehose(fails_at(1, 3), fails_at(0))
    records = [Record(bytearray(f"{i}\n".encode()), [i]) for i in range(5)]
    outcome = sent(firehose, records)
    assert [len(call) for call in firehose.calls] == [5, 2, 1]
    assert sorted(firehose.taken) == [b"0\n", b"1\n", b"2\n", b"3\n", b"4\n"]
    assert (outcome.accepted, outcome.not_taken, outcome.calls) == (5, [], 3)


def test_when_time_is_up_the_events_not_taken_are_named_and_the_rest_counts():
    firehose = FakeFirehose(*[fails_at(0)] * 50)
    records = [Record(bytearray(b"a\nb\n"), [0, 1]), Record(bytearray(b"c\n"), [2])]
    outcome = sent(firehose, records, budget=budget(2.0))
    assert (outcome.accepted, outcome.not_taken) == (1, [0, 1])
    assert outcome.throttled
    assert 3 <= outcome.calls < 10


def test_pauses_grow_and_are_bounded():
    clock = Clock()
    sent(FakeFirehose(*[fails_at(0)] * 12), [record(0)], budget=budget(60.0, clock))
    assert clock.slept[1:6] == [0.1, 0.2, 0.4, 0.8, 1.6]
    assert max(clock.slept) == 3.0


def test_a_throttled_call_is_tried_again_as_a_whole():
    firehose = FakeFirehose(raises(refusal("ServiceUnavailableException")))
    assert sent(firehose, [record(0), record(1)]).accepted == 2


def test_an_error_that_does_not_pass_is_not_tried_again():
    firehose = FakeFirehose(raises(refusal("ResourceNotFoundException")))
    outcome = sent(firehose, [record(0), record(1)])
    assert (outcome.calls, outcome.not_taken, outcome.throttled) == (1, [0, 1], False)
    assert outcome.error == "ResourceNotFoundException"


def test_no_answer_is_tried_again():
    firehose = FakeFirehose(raises(ReadTimeoutError(endpoint_url="https://firehose")))
    assert sent(firehose, [record(0)]).accepted == 1


def test_an_internal_failure_to_the_end_is_no_throttling():
    firehose = FakeFirehose(*[fails_at(0, code="InternalFailure")] * 50)
    outcome = sent(firehose, [record(0)], budget=budget(1.0))
    assert (outcome.not_taken, outcome.throttled) == ([0], False)


def test_no_call_is_begun_after_the_time_is_up():
    records = [record(i, MAX_RECORD_BYTES) for i in range(12)]  # three calls
    firehose = FakeFirehose()
    outcome = sent(firehose, records, budget=budget(0.9, Clock(step=0.4)))
    assert len(firehose.calls) == 2
    assert outcome.accepted == 8
    assert outcome.not_taken == [8, 9, 10, 11]
