"""Start, stop and look at the local cloud of a state folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local_aws.faults import injector
from local_aws.faults.plan import PlanError
from local_aws.run_files import is_claimed, remove_endpoints
from local_aws.settings import CHECKOUT, read_endpoints

_START_SECONDS = 90.0
_STOP_SECONDS = 75.0
_LOG_BYTES = 10_000_000


class CloudError(Exception):
    """The local cloud could not be started or stopped; the message says what to look at."""


@dataclass(frozen=True)
class CloudStatus:
    """Whether a local cloud runs in a state folder, and where it listens.

    Attributes
    ----------
    running : a live process serves this state folder.
    endpoints : content of `endpoints.json`; empty when it is not running.
    """

    running: bool
    endpoints: dict[str, str]


def up(state_dir: Path, jars_dir: Path) -> dict[str, str]:
    """Start the local cloud as a background process, or find the one that runs.

    Returns
    -------
    The endpoints: `aws` (URL), `region`, `account`, `pid`.

    Raises
    ------
    CloudError : it did not come up; the message holds the end of its log, or what is wrong with
        the plan that ETL_FAULT_PLAN names.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    with _one_start_at_a_time(state_dir):
        found = status(state_dir)
        if found.running:
            return found.endpoints
        if is_claimed(state_dir):  # it is stopping just now
            _wait_until_released(state_dir, time.monotonic() + _STOP_SECONDS)
        remove_endpoints(state_dir)  # left behind by one that was killed
        return _start(state_dir, jars_dir)


def down(state_dir: Path) -> bool:
    """Stop the local cloud, with its state saved; return whether one was running.

    Raises
    ------
    CloudError : it neither stopped nor could be killed.
    """
    pid = _holder(state_dir)
    if pid is None:
        remove_endpoints(state_dir)
        return False
    _signal(pid, signal.SIGTERM)
    if not _wait_until_released(state_dir, time.monotonic() + _STOP_SECONDS):
        _signal(pid, signal.SIGKILL)
        if not _wait_until_released(state_dir, time.monotonic() + 5):
            raise CloudError(f"the local cloud (process {pid}) does not stop")
    remove_endpoints(state_dir)
    return True


def status(state_dir: Path) -> CloudStatus:
    """Tell whether the local cloud of this state folder runs and answers clients."""
    if not is_claimed(state_dir):
        return CloudStatus(running=False, endpoints={})
    try:
        return CloudStatus(running=True, endpoints=read_endpoints(state_dir))
    except FileNotFoundError:  # starting or stopping
        return CloudStatus(running=False, endpoints={})


@contextlib.contextmanager
def _one_start_at_a_time(state_dir: Path) -> Iterator[None]:
    with (state_dir / "up.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _environment() -> dict[str, str]:
    """Return the process's environment; files that ours names are found from any folder."""
    try:
        injector.first_plan()
    except PlanError as error:
        raise CloudError(str(error)) from error
    plan = os.environ.get(injector.PLAN_VARIABLE)
    return {**os.environ, injector.PLAN_VARIABLE: str(Path(plan).resolve()) if plan else ""}


def _start(state_dir: Path, jars_dir: Path) -> dict[str, str]:
    environment = _environment()
    port = _choose_port(state_dir)
    log = _open_log(state_dir)
    command = [sys.executable, "-m", "local_aws.server", "--port", str(port)]
    command += ["--state-dir", str(state_dir), "--jars-dir", str(jars_dir)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (state_dir / "cloud.pid").write_text(str(process.pid))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = status(state_dir)
        if found.running:
            return found.endpoints
        if process.poll() is not None:
            raise CloudError(f"the local cloud ended at its start; {_end_of(log)}")
        time.sleep(0.05)
    process.kill()
    raise CloudError(f"the local cloud was not ready after {_START_SECONDS:.0f} s; {_end_of(log)}")


def _choose_port(state_dir: Path) -> int:
    """Return the port of the last start if it is free, else any free one; remember it."""
    remembered = state_dir / "port"
    with contextlib.suppress(OSError, ValueError):
        return _bindable(int(remembered.read_text()))
    port = _bindable(0)
    remembered.write_text(str(port))
    return port


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        bound: int = probe.getsockname()[1]
        return bound


def _open_log(state_dir: Path) -> Path:
    log = state_dir / "logs" / "cloud.log"
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return f"the end of {log}:\n" + "\n".join(lines[-15:])


def _holder(state_dir: Path) -> int | None:
    if not is_claimed(state_dir):
        return None
    with contextlib.suppress(FileNotFoundError):
        return int(read_endpoints(state_dir)["pid"])
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int((state_dir / "cloud.pid").read_text())
    return None


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_until_released(state_dir: Path, deadline: float) -> bool:
    while is_claimed(state_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
