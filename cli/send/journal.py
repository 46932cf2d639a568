"""The journal of a send: what the API took, on disk before the next batch is counted on.

One folder a send, `sends/<send id>/`, with one append-only file of JSON lines: first what is sent
where, then a line for each acknowledged batch, at last that all of it is done. A line is written
and fsynced before its batch counts as acknowledged, so a send that is broken off at any moment
goes on from there; a line that was cut off in the writing never happened.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cli.amounts import amount_from_text, amount_text
from cli.errors import CliError
from cli.send.rows import Refusal

FILE_NAME = "journal.ndjson"
_FORMAT = 1


@dataclass(frozen=True)
class SendHeader:
    """What is sent where.

    Attributes
    ----------
    send_id : name of the send and beginning of its requests' ids.
    target : `Target.name` of the deployment.
    content_hash : of the file's content; it, not the path, says which file it is.
    path : where the file was.
    started_at : ISO 8601, UTC.
    """

    send_id: str
    target: str
    content_hash: str
    path: str
    started_at: str
    format: int = _FORMAT


@dataclass(frozen=True)
class Acknowledged:
    """A batch that the API answered in full.

    Attributes
    ----------
    first_row, last_row : rows of the file, from 1.
    accepted : rows taken.
    line_amount : of the rows taken that the contract accepts, in ten-thousandths.
    requests : rows taken by request id; these are what raw/ has to hold.
    refused : rows not taken, here or by the API.
    """

    first_row: int
    last_row: int
    accepted: int
    line_amount: int
    requests: dict[str, int]
    refused: tuple[Refusal, ...] = ()


@dataclass
class SendState:
    """What a journal says so far."""

    header: SendHeader
    batches: list[Acknowledged] = field(default_factory=list)
    finished: bool = False

    @property
    def accepted(self) -> int:
        """Rows taken."""
        return sum(batch.accepted for batch in self.batches)

    @property
    def line_amount(self) -> int:
        """Line amount of the rows taken, in ten-thousandths."""
        return sum(batch.line_amount for batch in self.batches)

    @property
    def refused(self) -> list[Refusal]:
        """Rows not taken, in the order of the file."""
        refusals = (each for batch in self.batches for each in batch.refused)
        return sorted(refusals, key=lambda each: each.line)

    @property
    def requests(self) -> dict[str, int]:
        """Rows taken by request id."""
        return {name: n for batch in self.batches for name, n in batch.requests.items()}


class Journal:
    """An open journal; while it is open, no other process sends the same file.

    Attributes
    ----------
    folder : of this send.
    state : what was acknowledged so far.
    """

    def __init__(self, folder: Path, file: IO[bytes], state: SendState) -> None:
        self.folder = folder
        self.state = state
        self._file = file

    def acknowledge(self, batch: Acknowledged) -> None:
        """Write down that a batch was answered in full."""
        self._append({**asdict(batch), "line_amount": amount_text(batch.line_amount)})
        self.state.batches.append(batch)

    def finish(self) -> None:
        """Write down that nothing is left to do: the same file sent again is a new send."""
        self._append({"finished_at": datetime.now(UTC).isoformat(timespec="seconds")})
        self.state.finished = True

    def close(self) -> None:
        """Let other processes have the journal."""
        self._file.close()

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def open_journal(sends: Path, target: str, content_hash: str, path: Path) -> Journal:
    """Open the journal of this file's unfinished send to this target, else begin a new one.

    Raises
    ------
    CliError : another process is sending the file.
    """
    for state, folder in _states(sends):
        header = state.header
        if header.target == target and header.content_hash == content_hash and not state.finished:
            return _reopen(folder)
    now = datetime.now(UTC)
    header = SendHeader(
        send_id=f"{now:%Y%m%dT%H%M%S}-{os.urandom(4).hex()}",
        target=target,
        content_hash=content_hash,
        path=str(path.resolve()),
        started_at=now.isoformat(timespec="seconds"),
    )
    folder = sends / header.send_id
    folder.mkdir(parents=True)
    journal = Journal(folder, _locked(folder), SendState(header))
    journal._append(asdict(header))  # noqa: SLF001 - its own module
    return journal


def read_sends(sends: Path, target: str) -> list[SendState]:
    """Return what the journals of all sends to a target say, oldest first."""
    return [state for state, _ in _states(sends) if state.header.target == target]


def forget_sends(sends: Path, target: str) -> None:
    """Remove the journals of all sends to a target whose data is gone."""
    for state, folder in list(_states(sends)):
        if state.header.target == target:
            shutil.rmtree(folder)


def _states(sends: Path) -> Iterator[tuple[SendState, Path]]:
    for path in sorted(sends.glob(f"*/{FILE_NAME}")):
        state, _ = _parse(path.read_bytes())
        if state is not None:
            yield state, path.parent


def _reopen(folder: Path) -> Journal:
    file = _locked(folder)
    # Read again under the lock: the other process may have gone on since.
    state, whole_bytes = _parse((folder / FILE_NAME).read_bytes())
    if state is None:
        raise CliError(f"{folder / FILE_NAME} is damaged: remove it, and the file is sent anew")
    file.truncate(whole_bytes)
    return Journal(folder, file, state)


def _locked(folder: Path) -> IO[bytes]:
    file = (folder / FILE_NAME).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise CliError("another `etl send` is sending this file: wait until it ends") from error
    return file


def _parse(content: bytes) -> tuple[SendState | None, int]:
    """Return what the whole lines say, None without a header, and how many bytes they are."""
    state: SendState | None = None
    whole = 0
    for line in content.splitlines(keepends=True):
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            break
        whole += len(line)
        if state is None:
            if entry.get("format") != _FORMAT:
                break
            state = SendState(SendHeader(**entry))
        elif "finished_at" in entry:
            state.finished = True
        else:
            state.batches.append(_acknowledged(entry))
    return state, whole


def _acknowledged(entry: dict[str, Any]) -> Acknowledged:
    refused = tuple(Refusal(**each) for each in entry["refused"])
    amount = amount_from_text(entry["line_amount"])
    return Acknowledged(**{**entry, "line_amount": amount, "refused": refused})
