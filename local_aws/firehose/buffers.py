"""The open buffers of all delivery streams: each is delivered when it is full or old enough."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from local_aws.firehose.buffer_file import BufferFile
from local_aws.firehose.delivery import Store, deliver_patiently
from local_aws.firehose.destination import S3Destination

_DELIVERIES_AT_ONCE = 32  # a delivery that S3 refuses waits in its thread for the next attempt
_IDLE_SECONDS = 3600.0
_FLUSH_SECONDS = 10.0


class Buffers:
    """Accepts records and delivers them in the background.

    Parameters
    ----------
    folder : where the buffers' files are kept.
    store : puts an object into S3.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._store = store
        self._open: dict[str, BufferFile] = {}
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._closed = False
        self._deliveries = ThreadPoolExecutor(_DELIVERIES_AT_ONCE, "firehose-delivery")
        self._clock = threading.Thread(target=self._watch_ages, name="firehose-clock", daemon=True)

    def start(self) -> None:
        """Deliver what an earlier process left behind, then watch the buffers' ages."""
        for buffer in BufferFile.left_behind(self._folder):
            self._deliver(buffer)
        self._clock.start()

    def stop(self) -> None:
        """Deliver every buffer now; what S3 does not take stays for the next start."""
        with self._changed:
            open_buffers, self._open = list(self._open.values()), {}
            self._stopped.set()
            self._changed.notify()
        for buffer in open_buffers:
            self._deliver(buffer)
        with self._changed:
            self._closed = True
        self._deliveries.shutdown(wait=True)

    def append(
        self, stream: str, version: int, destination: S3Destination, records: list[bytes]
    ) -> None:
        """Accept the records of one call; they survive the process once this returns."""
        content = destination.delimiter.join([*records, b""])
        with self._changed:
            buffer = self._open.get(stream)
            if buffer is None or buffer.header.destination != destination:
                buffer = self._replace(stream, version, destination)
            buffer.append(content)
            if buffer.size >= destination.size_limit or destination.seconds_limit == 0:
                self._deliver(self._open.pop(stream))

    def flush(self, stream: str) -> None:
        """Deliver the stream's open buffer now.

        It waits a few seconds for S3 to take it, but not on the server's own loop, which S3 needs.
        """
        with self._changed:
            buffer = self._open.pop(stream, None)
        if buffer is None:
            return
        delivery = self._deliver(buffer)
        if not _is_on_loop():
            wait([delivery], timeout=_FLUSH_SECONDS)

    def _replace(self, stream: str, version: int, destination: S3Destination) -> BufferFile:
        outdated = self._open.pop(stream, None)
        if outdated is not None:
            self._deliver(outdated)
        buffer = BufferFile.open_new(self._folder, stream, version, destination)
        self._open[stream] = buffer
        self._changed.notify()
        return buffer

    def _deliver(self, buffer: BufferFile) -> Future[None]:
        if self._closed:  # the next start finds the file and delivers it
            return Future()
        return self._deliveries.submit(deliver_patiently, buffer, self._store, self._stopped.wait)

    def _watch_ages(self) -> None:
        while not self._stopped.is_set():
            with self._changed:
                now = time.time()
                due = {name: _due_at(buffer) for name, buffer in self._open.items()}
                for name, at in due.items():
                    if at <= now:
                        self._deliver(self._open.pop(name))
                waiting = [at - now for at in due.values() if at > now]
                self._changed.wait(min(waiting, default=_IDLE_SECONDS))


def _due_at(buffer: BufferFile) -> float:
    return buffer.header.opened_at + buffer.header.destination.seconds_limit


def _is_on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
