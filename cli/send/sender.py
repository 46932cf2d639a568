"""Sends a file's batches, several at a time, and keeps the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from cli.send.ingest_api import IngestApi, Outcome
from cli.send.journal import Acknowledged, Journal
from cli.send.rows import Batch, Refusal

Progress = Callable[[int], None]


def send_batches(
    batches: Iterable[Batch], api: IngestApi, journal: Journal, in_flight: int, progress: Progress
) -> None:
    """Send the batches and acknowledge each in the journal; memory holds those in flight.

    Parameters
    ----------
    in_flight : most requests at a time.
    progress : called with the number of rows of each batch done.

    Raises
    ------
    IngestError : a batch was not taken; what was acknowledged stays in the journal.
    """
    flying: dict[Future[Outcome], Batch] = {}
    with ThreadPoolExecutor(in_flight, thread_name_prefix="send") as pool:
        try:
            for batch in batches:
                request_id = f"{journal.state.header.send_id}-{batch.first_row}"
                flying[pool.submit(api.send, request_id, batch.bodies)] = batch
                if len(flying) >= in_flight:
                    _land_some(flying, journal, progress)
            while flying:
                _land_some(flying, journal, progress)
        except BaseException:
            api.give_up()
            _land_answered(flying, journal, progress)
            raise


def _land_some(flying: dict[Future[Outcome], Batch], journal: Journal, progress: Progress) -> None:
    done, _ = wait(flying, return_when=FIRST_COMPLETED)
    for future in done:
        outcome = future.result()
        _acknowledge(flying.pop(future), outcome, journal, progress)


def _land_answered(
    flying: dict[Future[Outcome], Batch], journal: Journal, progress: Progress
) -> None:
    """Acknowledge what is answered yet while the rest is given up."""
    wait(flying)
    for future, batch in flying.items():
        if not future.exception():
            _acknowledge(batch, future.result(), journal, progress)


def _acknowledge(batch: Batch, outcome: Outcome, journal: Journal, progress: Progress) -> None:
    refused = [
        Refusal(batch.lines[place], reason, batch.bodies[place])
        for place, reason in outcome.refused
    ]
    amount = sum(batch.amounts) - sum(batch.amounts[place] for place, _ in outcome.refused)
    journal.acknowledge(
        Acknowledged(
            first_row=batch.first_row,
            last_row=batch.last_row,
            accepted=outcome.accepted,
            line_amount=amount,
            requests=outcome.requests,
            refused=(*batch.refused, *refused),
        )
    )
    progress(batch.rows)
