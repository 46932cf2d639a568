"""Save what has changed every few seconds, so that a killed cloud loses seconds and no file."""

from __future__ import annotations

import json
import logging
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import stepfunctions

from local_aws.patching import wrap

_logger = logging.getLogger(__name__)
_PAUSE_SECONDS = 2.0
_PAUSE_PER_SAVING_TIME = 20.0  # saving takes a twentieth of the time at most
_ROUNDS_AFTER_THE_LAST_CALL = 3  # what a call has set going may end after its answer
_ATTEMPTS = 10
_READ_ONLY = ("Get", "List", "Describe", "BatchGet", "Query", "Scan", "Head", "Filter", "Validate")

GetState = Callable[[], Any]


class StateFiles:
    """The services' states as files: each is written whole or not at all, if it has changed.

    Parameters
    ----------
    folder : where the files are, as MiniStack reads them at its start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, int] = {}

    def save(self, services: dict[str, GetState]) -> None:
        """Write the states that differ from what was written last."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, get_state in services.items():
            try:
                content = _snapshot(name, get_state)
            except Exception:
                _logger.exception("The state of %s could not be saved; the last one is kept", name)
                continue
            if content is not None and self._written.get(name) != zlib.crc32(content):
                self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        target = self._folder / f"{name}.json"
        unfinished = target.with_suffix(".json.autosave")
        unfinished.write_bytes(content)
        unfinished.replace(target)
        self._written[name] = zlib.crc32(content)


def _snapshot(name: str, get_state: GetState) -> bytes | None:
    """Return a service's state as it goes into the file; None where there is none.

    Other threads go on changing it. Python tells when a mapping changed while it was read: then
    it is read again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            state = get_state()
            if state is None:
                return None
            content = {
                "__ministack_format__": persistence._state_format_version(name),
                "payload": state,
            }
            return json.dumps(content, default=persistence._json_default).encode()
        except RuntimeError:
            time.sleep(0.01 * attempt)
    raise RuntimeError(f"{name} changes faster than it can be read")


class Autosave:
    """Saves in the background while calls change something.

    Parameters
    ----------
    files : where the states go.
    """

    def __init__(self, files: StateFiles) -> None:
        self._files = files
        self._rounds_left = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)

    def install(self) -> None:
        """Watch MiniStack's calls for changes."""
        wrap(app, "_dispatch_service_request", self._watching, pin="17e5ef6dcfa0")
        wrap(app, "_handle_execute_api_request", self._watching_apis, pin="77a20f6d604b")

    def start(self) -> None:
        """Begin to save."""
        self._thread.start()

    def stop(self) -> None:
        """Save no more: MiniStack saves once more at its end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def note_change(self) -> None:
        """Let the next rounds save."""
        self._rounds_left = _ROUNDS_AFTER_THE_LAST_CALL

    def _run(self) -> None:
        pause = _PAUSE_SECONDS
        while not self._stopped.wait(pause):
            if any(e["status"] == "RUNNING" for e in stepfunctions._executions.all_values()):
                self.note_change()
            if self._rounds_left > 0:
                self._rounds_left -= 1
                started = time.monotonic()
                self._files.save(app._build_persistence_save_dict())
                took = time.monotonic() - started
                pause = max(_PAUSE_SECONDS, took * _PAUSE_PER_SAVING_TIME)

    def _watching(self, original: Any) -> Any:
        async def dispatch(
            method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
        ) -> Any:
            answer = await original(method, path, headers, body, *rest)
            if not _is_read_only(method, headers, body):
                self.note_change()
            return answer

        return dispatch

    def _watching_apis(self, original: Any) -> Any:
        async def handle(*request: Any, **options: Any) -> Any:
            answer = await original(*request, **options)
            if answer is not None:  # an API was called, and its function wrote a log
                self.note_change()
            return answer

        return handle


def _is_read_only(method: str, headers: dict[str, str], body: bytes) -> bool:
    if method in {"GET", "HEAD"}:
        return True
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if not action and body.startswith(b"Action="):
        action = body[7:60].partition(b"&")[0].decode(errors="replace")
    return action.startswith(_READ_ONLY)
