"""The machine that a figure was measured on, and the memory that processes use."""

from __future__ import annotations

import os
import platform
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_WORKER = b"lambda_runtime/bootstrap.py"
_JOB = b"local_aws.glue_job.launch"
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Machine:
    """What a figure depends on.

    Attributes
    ----------
    memory_gib : installed.
    load : average number of processes at work in the minute before.
    """

    cores: int
    cpu: str
    memory_gib: float
    system: str
    python: str
    load: float

    def as_json(self) -> dict[str, object]:
        """Return it by its field names."""
        return asdict(self)


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    cpu_info = _read(_PROC / "cpuinfo").decode()
    named = re.search(r"model name\s*: (.*)", cpu_info)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        cores=os.cpu_count() or 1,
        cpu=named.group(1) if named else platform.processor(),
        memory_gib=round(memory / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 1),
    )


@dataclass(frozen=True)
class Memory:
    """Resident memory of a local cloud at one moment, in MiB.

    Attributes
    ----------
    server : of its own process.
    workers : of all processes of its Lambda functions together.
    worker_count : how many these are.
    """

    server: int
    workers: int
    worker_count: int

    def as_json(self) -> dict[str, int]:
        """Return it by its field names."""
        return asdict(self)


def memory_of(server: int) -> Memory:
    """Return what a local cloud uses now; `server` is its process id. Linux only."""
    workers = [pid for pid in _children(server) if _WORKER in _read(_PROC / pid / "cmdline")]
    sizes = [_resident(pid) for pid in workers]
    return Memory(
        _resident(str(server)) // _MEBIBYTE, sum(sizes) // _MEBIBYTE, len([s for s in sizes if s])
    )


class _Watch:
    """Looks again and again, from a thread of its own, as long as it is entered."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            self._look()

    def _look(self) -> None:
        raise NotImplementedError


class MemoryWatch(_Watch):
    """Looks at a local cloud's memory again and again, and keeps the most it saw."""

    def __init__(self, look: Callable[[], Memory], seconds: float = 0.5) -> None:
        super().__init__(seconds)
        self._memory = look
        self.most = look()

    def _look(self) -> None:
        now = self._memory()
        self.most = Memory(
            max(self.most.server, now.server),
            max(self.most.workers, now.workers),
            max(self.most.worker_count, now.worker_count),
        )


class ProcessWatch(_Watch):
    """Keeps the most resident memory of the job runs of a local cloud, each with all below it.

    Attributes
    ----------
    peak_mib : of all their processes together, in MiB.
    """

    def __init__(self, server: int, seconds: float = 0.2) -> None:
        super().__init__(seconds)
        self._server = str(server)
        self.peak_mib = 0

    def _look(self) -> None:
        parents = _parents()
        jobs = {
            pid
            for pid, parent in parents.items()
            if parent == self._server and _JOB in _read(_PROC / pid / "cmdline")
        }
        family = set(jobs)
        while more := {p for p, parent in parents.items() if parent in family} - family:
            family |= more
        used = sum(map(_resident, family)) // _MEBIBYTE
        self.peak_mib = max(self.peak_mib, used)


def _parents() -> dict[str, str]:
    """Return each process's parent."""
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            # The name of the program, in brackets, may hold spaces: what follows it may not.
            fields = _read(entry / "stat").rpartition(b")")[2].split()
            if len(fields) > 1:
                found[entry.name] = fields[1].decode()
    return found


def _children(parent: int) -> list[str]:
    return [pid for pid, of in _parents().items() if of == str(parent)]


def _resident(pid: str) -> int:
    fields = _read(_PROC / pid / "statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else 0


def _read(path: Path) -> bytes:
    """Return a file's content, nothing where its process has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
