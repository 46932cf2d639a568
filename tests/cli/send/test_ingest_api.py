"""Every record of a batch is taken once or refused, whatever the API answers on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cli.errors import IngestRefuses, IngestUnreachable
from cli.send.ingest_api import IngestApi, RetryPolicy, Stopped

BODIES = [f'{{"n":{n}}}' for n in range(5)]
EVENTS = [{"n": n} for n in range(5)]
Events = list[dict[str, Any]]
Answer = tuple[int, dict[str, Any]]


def _answer(status: int, **body: Any) -> Callable[[Events], Answer]:
    return lambda _events: (status, body)


def test_a_batch_that_is_taken_at_once_is_sent_once(fake_api: Any, ingest: IngestApi) -> None:
    outcome = ingest.send("s-1", BODIES)

    assert outcome.requests == {"s-1": 5}
    assert fake_api.requests == [("s-1", EVENTS)]


@pytest.mark.parametrize("failure", [None, 429, 500, 502, 503, 504, 408])
def test_what_passes_by_itself_is_tried_again_under_the_same_id(
    fake_api: Any, ingest: IngestApi, failure: int | None
) -> None:
    ordered = None if failure is None else _answer(failure, message="not now")
    fake_api.answers = [ordered, ordered]

    outcome = ingest.send("s-1", BODIES)

    assert outcome.requests == {"s-1": 5}
    assert [request_id for request_id, _ in fake_api.requests] == ["s-1"] * 3
    assert fake_api.events() == EVENTS


def test_only_what_was_not_taken_is_sent_again_and_under_an_id_of_its_own(
    fake_api: Any, ingest: IngestApi
) -> None:
    fake_api.answers = [
        _answer(503, accepted=3, refused=[], not_taken=[1, 4], error="later"),
        _answer(429, accepted=1, refused=[], not_taken=[1], error="slower"),
    ]

    outcome = ingest.send("s-1", BODIES)

    assert outcome.requests == {"s-1": 3, "s-1.1": 1, "s-1.2": 1}
    assert fake_api.requests[1:] == [("s-1.1", [{"n": 1}, {"n": 4}]), ("s-1.2", [{"n": 4}])]
    assert sorted(event["n"] for event in fake_api.events()) == [0, 1, 2, 3, 4]


def test_nothing_taken_is_the_same_content_and_keeps_its_id(
    fake_api: Any, ingest: IngestApi
) -> None:
    fake_api.answers = [_answer(503, accepted=0, refused=[], not_taken=[0, 1, 2, 3, 4])]

    assert ingest.send("s-1", BODIES).requests == {"s-1": 5}


def test_refused_records_are_named_by_their_place_in_the_batch(
    fake_api: Any, ingest: IngestApi
) -> None:
    fake_api.answers = [
        _answer(503, accepted=2, refused=[{"index": 0, "reason": "a"}], not_taken=[2, 4]),
        _answer(202, accepted=1, refused=[{"index": 1, "reason": "b"}]),
    ]

    outcome = ingest.send("s-1", BODIES)

    assert outcome.refused == [(0, "a"), (4, "b")]
    assert outcome.accepted == 3


@pytest.mark.parametrize("status", [400, 413])
def test_a_batch_of_which_nothing_can_be_taken_is_refused_record_by_record(
    fake_api: Any, ingest: IngestApi, status: int
) -> None:
    refused = [{"index": place, "reason": "no"} for place in range(5)]
    fake_api.answers = [_answer(status, accepted=0, refused=refused, error="no event")]

    outcome = ingest.send("s-1", BODIES)

    assert outcome.refused == [(place, "no") for place in range(5)]
    assert outcome.requests == {}


def test_a_batch_too_large_as_a_whole_is_halved_down_to_the_record_that_is(
    fake_api: Any, ingest: IngestApi
) -> None:
    def only_without_the_big_one(events: Events) -> Answer:
        if {"n": 3} in events:
            return 413, {"message": "Request Too Long"}
        return 202, {"accepted": len(events), "refused": []}

    fake_api.answers = [only_without_the_big_one] * 9

    outcome = ingest.send("s-1", BODIES)

    assert outcome.refused == [(3, "is too large for the API")]
    assert sorted(event["n"] for event in fake_api.events()) == [0, 1, 2, 4]
    assert sum(outcome.requests.values()) == 4
    assert {request_id for request_id, _ in fake_api.landed} == set(outcome.requests)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 415, 200])
def test_an_answer_that_repeating_does_not_change_ends_the_send(
    fake_api: Any, ingest: IngestApi, status: int
) -> None:
    fake_api.answers = [_answer(status, message="Forbidden")]

    with pytest.raises(IngestRefuses, match=f"{status} Forbidden"):
        ingest.send("s-1", BODIES)
    assert len(fake_api.requests) == 1


def test_an_answer_that_leaves_a_record_out_is_not_believed(
    fake_api: Any, ingest: IngestApi
) -> None:
    fake_api.answers = [_answer(202, accepted=4, refused=[])]

    with pytest.raises(IngestRefuses, match="does not account"):
        ingest.send("s-1", BODIES)


def test_it_gives_up_after_as_many_fruitless_attempts_as_allowed(
    fake_api: Any, ingest: IngestApi
) -> None:
    fake_api.answers = [_answer(503, message="down")] * 9

    with pytest.raises(IngestUnreachable, match="in 4 attempts: 503 down"):
        ingest.send("s-1", BODIES)
    assert len(fake_api.requests) == 4


def test_nobody_listening_is_said_so() -> None:
    with httpx.Client() as client:
        api = IngestApi(client, "http://127.0.0.1:9/", retries=RetryPolicy(2, 0.001, 0.001))
        with pytest.raises(IngestUnreachable, match="refused"):
            api.send("s-1", BODIES)


def test_when_told_to_give_up_no_pause_is_waited_for(fake_api: Any) -> None:
    with httpx.Client() as client:
        api = IngestApi(client, fake_api.url, retries=RetryPolicy(9, 1000.0, 1000.0))

        def give_up(_events: Events) -> Answer:
            api.give_up()
            return 503, {"message": "down"}

        fake_api.answers = [give_up]
        with pytest.raises(Stopped):
            api.send("s-1", BODIES)


def test_a_zipped_body_holds_the_same_records(fake_api: Any) -> None:
    with httpx.Client() as client:
        IngestApi(client, fake_api.url, zip_bodies=True).send("s-1", BODIES)

    assert fake_api.encodings == ["gzip"]
    assert fake_api.events() == EVENTS
