"""`etl quarantine retry FILE`: corrected records go back through the ingest API.

A record keeps its identity (EventId, or invoice and line), so one that is in already is a
duplicate and no second row. It counts as received now: where versions differ, it is the latest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx

from cli import console
from cli.api_authorization import ingest_auth
from cli.errors import CliError
from cli.progress import bar
from cli.quarantine.files import Correction, read_file
from cli.quarantine.records import landed_record
from cli.quarantine.retries import Fate, Retry, SentRow, note_retries, read_retries
from cli.quarantine.table import QuarantineRow, rows_by_id
from cli.send.command import REQUEST_SECONDS, await_arrival
from cli.send.ingest_api import IngestApi
from cli.send.journal import Journal, SendState, open_journal, read_sends
from cli.send.rows import Batch
from cli.send.sender import send_batches
from cli.stores import shop_time_zone
from cli.target import Target
from contracts.rejections import Reason, Rejection

_SHOWN = 10
_IN_FLIGHT = 6
_SCALE = Decimal(10_000)


@dataclass(frozen=True)
class RetryOptions:
    """How to send.

    Attributes
    ----------
    as_is : also records that are unchanged, or that the contract would reject again.
    timeout : seconds without an arrival in raw/ before waiting is given up.
    token : bearer token, where the API demands one.
    """

    as_is: bool = False
    timeout: float = 1200.0
    token: str | None = None


@dataclass
class Sorted:
    """The records of a file, by what is to be done with them.

    Attributes
    ----------
    to_send : with the line amount of each, in ten-thousandths.
    sent_before : by this file or another.
    held_back : with the reason, for a person.
    """

    to_send: list[tuple[Correction, int]] = field(default_factory=list)
    sent_before: list[Correction] = field(default_factory=list)
    held_back: list[tuple[Correction, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What is known of the rows that a file is about.

    Attributes
    ----------
    rows : of the table `quarantine`, by id.
    retries : what was sent again before, by id.
    taken : rows of this very file that the API took, by number.
    shop_zone : in which dates without an offset are read.
    """

    rows: Mapping[str, QuarantineRow]
    retries: Mapping[str, Retry]
    taken: frozenset[int]
    shop_zone: str


def retry_file(target: Target, path: Path, options: RetryOptions) -> None:
    """Send the corrected records of a file, each once however often the command is repeated.

    Raises
    ------
    CliError : the file is not as `etl quarantine show --out` writes it, names a row that is not
        there, or holds nothing that can be sent.
    """
    corrections = read_file(path)
    name = f"quarantine-retry:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    sends = [each for each in _sends(target) if each.header.content_hash == name]
    with console.err().status("looking up the rows"):
        ids = [each.quarantine_id for each in corrections]
        known = Known(
            rows=rows_by_id(target, ids),
            retries=read_retries(target),
            taken=frozenset(row for send in sends for row in _taken(send)),
            shop_zone=shop_time_zone(target),
        )
    chosen = sort_out(path, corrections, known, as_is=options.as_is)
    _tell_of_the_rest(path, chosen)
    if chosen.to_send or any(not send.finished for send in sends):
        journal = open_journal(target.settings.sends_dir, target.name, name, path)
        try:
            _send(target, journal, corrections, chosen, options)
        finally:
            journal.close()
    elif chosen.held_back:
        raise CliError(
            "nothing was sent; --as-is sends records as they are. After a change of the rules no "
            "record needs to be sent: `etl replay` derives what raw/ holds anew"
        )


def sort_out(
    path: Path, corrections: list[Correction], known: Known, *, as_is: bool = False
) -> Sorted:
    """Return which records are to be sent.

    Raises
    ------
    CliError : a record names no row of the quarantine.
    """
    chosen = Sorted()
    for each in corrections:
        row = known.rows.get(each.quarantine_id)
        if row is None:
            raise CliError(
                f"{path}, line {each.line}: the quarantine holds no row {each.quarantine_id}"
            )
        earlier = known.retries.get(each.quarantine_id)
        is_under_way = earlier is not None and earlier.fate in {Fate.WAITING, Fate.ACCEPTED}
        if each.row in known.taken or is_under_way:
            chosen.sent_before.append(each)
            continue
        judged = each.record.judged(known.shop_zone)
        why = _why_not(each, row, earlier) or ("" if as_is else _why_in_vain(each, row, judged))
        if why:
            chosen.held_back.append((each, why))
            continue
        amount = 0 if isinstance(judged, Rejection) else int(judged.line_amount * _SCALE)
        chosen.to_send.append((each, amount))
    return chosen


def _why_not(correction: Correction, row: QuarantineRow, earlier: Retry | None) -> str:
    """Return why a record cannot be sent for its row; empty when it can."""
    if row.reason == Reason.UNREADABLE_OBJECT:
        return f"stands for a whole object that cannot be read: {row.raw_object}"
    if earlier is not None and earlier.fate is Fate.REJECTED:
        return f"was rejected again: correct {earlier.successor}, which stands for it now"
    if not correction.record.fields:
        return "has no field of a transaction: fill in what the line was to be"
    return ""


def _why_in_vain(correction: Correction, row: QuarantineRow, judged: object) -> str:
    """Return why a record would be rejected again; empty when it would not."""
    if correction.record == landed_record(row.raw_line):
        return f"is unchanged ({row.reason}: {row.field or 'the line'} {row.detail})"
    if isinstance(judged, Rejection):
        return f"would be rejected again ({judged.reason}: {judged.field} {judged.detail})"
    return ""


def _tell_of_the_rest(path: Path, chosen: Sorted) -> None:
    for correction, why in chosen.held_back[:_SHOWN]:
        console.say(f"{path}, line {correction.line}: {why}")
    if len(chosen.held_back) > _SHOWN:
        console.say(f"and {len(chosen.held_back) - _SHOWN:,} more are held back")
    if chosen.sent_before:
        console.say(f"{len(chosen.sent_before):,} records were sent before")


def _send(
    target: Target,
    journal: Journal,
    corrections: list[Correction],
    chosen: Sorted,
    options: RetryOptions,
) -> None:
    state = journal.state
    send_id, started_at = state.header.send_id, state.header.started_at
    by_row = {each.row: each.quarantine_id for each in corrections}
    # Noted before anything is sent: whoever looks sees that it is under way.
    wanted = {*_taken(state), *(each.row for each, _ in chosen.to_send)}
    rows = [SentRow(by_row[row], f"{send_id}-{row}") for row in sorted(wanted)]
    note_retries(target, send_id, started_at, rows, {})
    auth = ingest_auth(target, options.token)
    with (
        httpx.Client(timeout=REQUEST_SECONDS, auth=auth) as client,
        bar("sending", len(chosen.to_send)) as shown,
    ):
        api = IngestApi(client, target.transactions_url, zip_bodies=target.endpoint is None)
        send_batches(_batches(chosen), api, journal, _IN_FLIGHT, shown.advance)
    taken = {*_taken(state)}
    if taken:
        arrival = await_arrival(target, state, options.timeout)
        rows = [SentRow(by_row[row], f"{send_id}-{row}") for row in sorted(taken)]
        note_retries(target, send_id, started_at, rows, arrival.found_in)
    journal.finish()
    for refused in state.refused:
        console.say(f"line {refused.line:,} was refused by the API: {refused.reason}")
    console.out().print(
        f"sent {len(taken):,} corrected records, {len(chosen.held_back):,} held back; "
        "the next `etl run` judges them, `etl quarantine show --all` tells what became of them"
    )


def _batches(chosen: Sorted) -> Iterator[Batch]:
    """Yield one request for each record: its id leads from raw/ to the row of the file."""
    for correction, amount in chosen.to_send:
        yield Batch(
            first_row=correction.row,
            last_row=correction.row,
            bodies=[correction.record.body(correction.quarantine_id)],
            lines=[correction.line],
            amounts=[amount],
        )


def _sends(target: Target) -> list[SendState]:
    return read_sends(target.settings.sends_dir, target.name)


def _taken(state: SendState) -> Iterator[int]:
    """Yield the numbers of the rows that the API took."""
    return (batch.first_row for batch in state.batches if batch.accepted)
