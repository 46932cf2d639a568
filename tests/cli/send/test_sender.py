"""A file arrives whole and once, in whatever way its send is broken off and taken up again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.errors import IngestUnreachable
from cli.send.ingest_api import IngestApi
from cli.send.journal import Journal, open_journal
from cli.send.rows import read_batches
from cli.send.sender import send_batches
from cli.send.source import CsvSource

MakeCsv = Callable[..., CsvSource]
Events = list[dict[str, Any]]
BATCH_BYTES = 2_000
ROWS = 120


def _rows() -> list[str]:
    numbers = (f"{1 + n // 7},85123A,L,{n + 1}" for n in range(ROWS))
    return [f"{start},12/1/2010 8:26,1.5,17850,EIRE" for start in numbers]


def _send(source: CsvSource, api: IngestApi, journal: Journal, in_flight: int = 3) -> list[int]:
    progress: list[int] = []
    done = [(batch.first_row, batch.last_row) for batch in journal.state.batches]
    batches = read_batches(source, done, BATCH_BYTES)
    send_batches(batches, api, journal, in_flight, progress.append)
    return progress


def _identities(fake_api: Any) -> list[tuple[str, int]]:
    return sorted((event["InvoiceNo"], event["InvoiceLine"]) for event in fake_api.events())


def _journal(tmp_path: Path, source: CsvSource) -> Journal:
    return open_journal(tmp_path / "sends", "local", source.content_hash, source.path)


def test_every_row_is_sent_once_and_journaled(
    fake_api: Any, ingest: IngestApi, csv_file: MakeCsv, tmp_path: Path
) -> None:
    source = csv_file(*_rows())
    journal = _journal(tmp_path, source)

    progress = _send(source, ingest, journal)

    state = journal.state
    assert sum(progress) == state.accepted == len(fake_api.events()) == ROWS
    assert len(set(_identities(fake_api))) == ROWS
    assert state.line_amount == sum(range(1, ROWS + 1)) * 15_000
    assert set(state.requests) == {request_id for request_id, _ in fake_api.landed}
    assert all(name.startswith(f"{state.header.send_id}-") for name in state.requests)


def test_a_broken_send_goes_on_with_what_was_not_acknowledged(
    fake_api: Any, ingest: IngestApi, csv_file: MakeCsv, tmp_path: Path
) -> None:
    source = csv_file(*_rows())
    whole = len(list(read_batches(source, batch_bytes=BATCH_BYTES)))
    broken_off = _journal(tmp_path, source)
    take = [lambda events: (202, {"accepted": len(events), "refused": []})]
    fake_api.answers = [*take * 4, *[None] * 40]
    with pytest.raises(IngestUnreachable):
        _send(source, ingest, broken_off)
    broken_off.close()
    acknowledged = broken_off.state.accepted
    fake_api.answers = []

    journal = _journal(tmp_path, source)
    requests_before = len(fake_api.requests)
    with_new_client = IngestApi(ingest._client, fake_api.url)
    _send(source, with_new_client, journal)

    assert 0 < acknowledged < ROWS
    assert journal.state.accepted == ROWS
    assert sorted(set(_identities(fake_api))) == _identities(fake_api)
    assert len(fake_api.requests) - requests_before == whole - len(broken_off.state.batches)


def test_a_batch_that_was_taken_without_an_answer_is_the_same_events_when_sent_again(
    fake_api: Any, ingest: IngestApi, csv_file: MakeCsv, tmp_path: Path
) -> None:
    source = csv_file(*_rows())
    journal = _journal(tmp_path, source)
    fake_api.answers = [None]

    _send(source, ingest, journal, in_flight=1)

    first, second = fake_api.requests[:2]
    assert first == second
    assert journal.state.accepted == ROWS


def test_refused_rows_are_in_the_journal_with_their_line_and_out_of_the_amount(
    fake_api: Any, ingest: IngestApi, csv_file: MakeCsv, tmp_path: Path
) -> None:
    rows = [*_rows()[:3], "too,short", *_rows()[3:5]]
    source = csv_file(*rows)
    journal = _journal(tmp_path, source)
    refused = [{"index": 3, "reason": "is too large"}]
    fake_api.answers = [lambda _: (202, {"accepted": 4, "refused": refused})]

    _send(source, ingest, journal)

    state = journal.state
    assert [(each.line, each.reason[:12]) for each in state.refused] == [
        (5, "has 2 values"),
        (6, "is too large"),
    ]
    assert state.accepted == 4
    assert state.line_amount == (1 + 2 + 3 + 5) * 15_000


def test_no_more_requests_are_in_flight_than_allowed(
    fake_api: Any, ingest: IngestApi, csv_file: MakeCsv, tmp_path: Path
) -> None:
    source = csv_file(*_rows())
    flying, most = [0], [0]
    both_here = threading.Barrier(2, timeout=5)
    lock = threading.Lock()

    def answer(events: Events) -> tuple[int, dict[str, Any]]:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        fake_api.lock.release()  # let the other request in
        both_here.wait()
        fake_api.lock.acquire()
        with lock:
            flying[0] -= 1
        return 202, {"accepted": len(events), "refused": []}

    batches = len(list(read_batches(source, batch_bytes=BATCH_BYTES)))
    fake_api.answers = [answer] * (batches - batches % 2)

    _send(source, ingest, _journal(tmp_path, source), in_flight=2)

    assert most[0] == 2
