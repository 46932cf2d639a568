"""Become PostgreSQL: run as a script that prepares its own process and then executes the program.

It is a script of its own, not code between fork and exec of the cloud's process, because that
process has many threads. Nothing is imported but the standard library, so that it starts at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_NOBODY = 65534


def leave_root(data_dir: Path) -> None:
    """Stop being root, which PostgreSQL refuses to run as; the files stay where they are.

    In a user namespace of its own the process has another user number, while the files stay
    owned by root. Where such namespaces are forbidden, the data folder goes to `nobody`.
    """
    try:
        _enter_user_namespace()
    except OSError:
        password = data_dir.with_name("password")  # initdb reads it
        for path in (password, data_dir, *data_dir.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY)
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        if not os.access(data_dir, os.W_OK | os.X_OK):
            sys.exit(f"the user nobody cannot reach {data_dir}: choose another state folder")


def _enter_user_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_NOBODY} 0 1"),
        ("gid_map", f"{_NOBODY} 0 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)


def end_with(parent: int) -> None:
    """Have the kernel send SIGINT, PostgreSQL's fast shutdown, when the starting thread ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:  # it died before the line above
        sys.exit("the local cloud has ended")


def main() -> None:
    """Run `PARENT_PID DATA_DIR PROGRAM ARGUMENT…`."""
    parent, data_dir, *command = sys.argv[1:]
    if os.geteuid() == 0:
        leave_root(Path(data_dir))
    end_with(int(parent))
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
