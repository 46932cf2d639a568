"""The files in the state folder that tell whether a local cloud runs there, and where."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from local_aws.settings import ACCOUNT, REGION, CloudSettings


class StateDirInUseError(Exception):
    """Another local cloud runs on the same state folder."""


@contextlib.contextmanager
def claim_state_dir(state_dir: Path, patience: float = 2.0) -> Iterator[None]:
    """Hold the state folder for this process; the operating system gives it up if we die.

    Parameters
    ----------
    patience : seconds to go on trying. Whoever looks whether the folder is claimed holds it for
        a moment, so one attempt would not tell.

    Raises
    ------
    StateDirInUseError : another process holds it.
    """
    deadline = time.monotonic() + patience
    with (state_dir / "cloud.lock").open("a") as lock:
        while not _try_to_lock(lock):
            if time.monotonic() >= deadline:
                raise StateDirInUseError(f"a local cloud already runs in {state_dir}")
            time.sleep(0.01)
        yield


def is_claimed(state_dir: Path) -> bool:
    """Return whether a live process holds the state folder."""
    if not (state_dir / "cloud.lock").exists():
        return False
    try:
        with claim_state_dir(state_dir, patience=0):
            return False
    except StateDirInUseError:
        return True


def _try_to_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_endpoints(settings: CloudSettings, pid: int) -> None:
    """Write `endpoints.json` in one step: a reader sees all of it or none."""
    content = {"aws": settings.endpoint, "region": REGION, "account": ACCOUNT, "pid": str(pid)}
    target = settings.state_dir / "endpoints.json"
    unfinished = target.with_suffix(".json.tmp")
    unfinished.write_text(json.dumps(content, indent=2) + "\n")
    unfinished.replace(target)


def remove_endpoints(state_dir: Path) -> None:
    """Remove `endpoints.json`, if it is there."""
    (state_dir / "endpoints.json").unlink(missing_ok=True)
