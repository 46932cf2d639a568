"""The files in the state folder that tell whether a local cloud runs there, and where."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path

from local_aws.settings import ACCOUNT, REGION, CloudSettings


class StateDirInUseError(Exception):
    """Another local cloud runs on the same state folder."""


@contextlib.contextmanager
def claim_state_dir(state_dir: Path) -> Iterator[None]:
    """Hold the state folder for this process; the operating system gives it up if we die.

    Raises
    ------
    StateDirInUseError : another process holds it.
    """
    with (state_dir / "cloud.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise StateDirInUseError(f"a local cloud already runs in {state_dir}") from held
        yield


def is_claimed(state_dir: Path) -> bool:
    """Return whether a live process holds the state folder."""
    if not (state_dir / "cloud.lock").exists():
        return False
    try:
        with claim_state_dir(state_dir):
            return False
    except StateDirInUseError:
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
