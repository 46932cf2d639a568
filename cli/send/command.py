"""`etl send FILE`: the steps of a send, and what the user sees of them."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from cli import console
from cli.amounts import amount_text
from cli.api_authorization import ingest_auth
from cli.errors import IngestError
from cli.progress import Bar, bar
from cli.send.arrival import Arrival, wait_for_arrival
from cli.send.ingest_api import IngestApi
from cli.send.journal import Journal, SendState, open_journal
from cli.send.rows import read_batches
from cli.send.sender import send_batches
from cli.send.source import CsvSource, inspect
from cli.target import Target

REFUSED_FILE = "refused.csv"
_SHOWN_REFUSALS = 10
REQUEST_SECONDS = 60.0  # an HTTP API gives up after 30


@dataclass(frozen=True)
class SendOptions:
    """How to send.

    Attributes
    ----------
    in_flight : most requests at a time.
    wait : return only when raw/ holds every accepted record.
    timeout : seconds without an arrival before waiting is given up.
    encoding : of the file; None finds it out.
    token : bearer token, where the API demands one.
    """

    in_flight: int = 6
    wait: bool = True
    timeout: float = 1200.0
    encoding: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class SendResult:
    """What became of a file.

    Attributes
    ----------
    state : of the whole send, earlier attempts included.
    rows : rows of the file that this call got through.
    send_seconds : how long that took.
    wait_seconds : until raw/ held all records; None when it was not waited for.
    """

    state: SendState
    rows: int
    send_seconds: float
    wait_seconds: float | None


def send_file(target: Target, path: Path, options: SendOptions) -> SendResult:
    """Send a CSV file, or go on with a send of it that was broken off.

    Raises
    ------
    CliError : it cannot be read, or the API does not take it; a later call goes on.
    """
    source = inspect(path, options.encoding)
    journal = open_journal(target.settings.sends_dir, target.name, source.content_hash, path)
    try:
        return _send(target, source, journal, options)
    finally:
        journal.close()


def _send(target: Target, source: CsvSource, journal: Journal, options: SendOptions) -> SendResult:
    state = journal.state
    if state.batches:
        console.say(f"going on with send {state.header.send_id}: "
                    f"{state.accepted:,} rows were taken before")  # fmt: skip
    batches_before = len(state.batches)
    started = time.monotonic()
    with bar("sending", max(source.line_ends - 1, 1)) as shown:
        try:
            _send_rows(target, source, journal, options, shown)
        except (IngestError, KeyboardInterrupt):
            console.say(f"{state.accepted:,} rows are taken; the same command goes on from there")
            raise
    send_seconds = time.monotonic() - started
    _report_refusals(journal)
    wait_seconds = None
    if options.wait and state.accepted:
        waiting_since = time.monotonic()
        await_arrival(target, state, options.timeout)
        wait_seconds = time.monotonic() - waiting_since
    journal.finish()
    rows = sum(batch.last_row - batch.first_row + 1 for batch in state.batches[batches_before:])
    return SendResult(state, rows, send_seconds, wait_seconds)


def _send_rows(
    target: Target, source: CsvSource, journal: Journal, options: SendOptions, shown: Bar
) -> None:
    done = [(batch.first_row, batch.last_row) for batch in journal.state.batches]
    shown.advance(sum(last - first + 1 for first, last in done))
    auth = ingest_auth(target, options.token)
    with httpx.Client(timeout=REQUEST_SECONDS, auth=auth) as client:
        api = IngestApi(client, target.transactions_url, zip_bodies=target.endpoint is None)
        batches = read_batches(source, done)
        send_batches(batches, api, journal, options.in_flight, shown.advance)
    shown.finish()


def await_arrival(target: Target, state: SendState, timeout: float) -> Arrival:
    """Return when raw/ holds what was taken of a send, with where it was found.

    Raises
    ------
    CliError : nothing arrived for `timeout` seconds; the same command goes on waiting.
    """
    arrival = Arrival(
        target.client("s3"),
        target.output("LakeBucket"),
        state.header.send_id,
        state.requests,
        datetime.fromisoformat(state.header.started_at),
    )
    with bar("arriving", max(state.accepted, 1)) as shown:
        wait_for_arrival(arrival, timeout, lambda missing: shown.set_done(state.accepted - missing))
    return arrival


def _report_refusals(journal: Journal) -> None:
    refused = journal.state.refused
    if not refused:
        return
    path = journal.folder / REFUSED_FILE
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "reason", "row"))
        writer.writerows((each.line, each.reason, each.row) for each in refused)
    for each in refused[:_SHOWN_REFUSALS]:
        console.say(f"line {each.line:,} was refused: {each.reason}")
    if len(refused) > _SHOWN_REFUSALS:
        console.say(f"and {len(refused) - _SHOWN_REFUSALS:,} more")
    console.say(f"all refused rows: {path}")


def print_result(result: SendResult) -> None:
    """Print what was sent, how fast, and when it was in raw/."""
    state = result.state
    speed = result.rows / max(result.send_seconds, 0.001)
    console.out().print(
        f"sent {state.accepted:,} rows, line amount {amount_text(state.line_amount)}, "
        f"in {console.seconds(result.send_seconds)} ({speed:,.0f} rows/s); "
        f"{len(state.refused):,} refused"
    )
    if result.wait_seconds is not None:
        waited = console.seconds(result.wait_seconds)
        console.out().print(f"raw/ held all of them {waited} later")
