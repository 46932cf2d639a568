"""Keeps what a job run prints: in one file, and in CloudWatch Logs as Glue does."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

from ministack.services import cloudwatch_logs

from local_aws.iam.roles import ROOT, AccessDeniedError, Session

LOG_GROUP = "/aws-glue/jobs"
_KINDS = {"stdout": "output", "stderr": "error"}
_MOST_EVENTS = 10_000  # of each stream of a run; the file has all


class RunLogs:
    """Collects the output of one run's process.

    Parameters
    ----------
    log_file : the one file of all.
    run_id : names the stream in each log group.
    prefix : of the log groups' names, as `--custom-logGroup-prefix` sets it.
    role : writes into CloudWatch Logs; where it may not, only the file has the output.
    """

    def __init__(
        self, log_file: Path, run_id: str, prefix: str = LOG_GROUP, role: Session = ROOT
    ) -> None:
        self._role = role
        self._log_file = log_file
        self._run_id = run_id
        self._groups = {stream: f"{prefix}/{kind}" for stream, kind in _KINDS.items()}
        self._events: dict[str, list[dict[str, object]]] = {stream: [] for stream in _KINDS}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        """Start to copy the process's output; it ends with the process."""
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        log = self._log_file.open("ab", buffering=0)
        for stream in _KINDS:
            pipe = getattr(process, stream)
            thread = threading.Thread(target=self._copy, args=(stream, pipe, log), daemon=True)
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        """Wait for the last lines and hand them to CloudWatch Logs."""
        for thread in self._threads:
            thread.join(timeout=5)
        for stream, group in self._groups.items():
            with contextlib.suppress(AccessDeniedError):
                self._write(stream, group)

    def _write(self, stream: str, group: str) -> None:
        names = {"logGroupName": group, "logStreamName": self._run_id}
        self._role.demand("logs", "CreateLogGroup", names)  # Glue asks also where it exists
        if group not in cloudwatch_logs._log_groups:
            cloudwatch_logs._create_log_group({"logGroupName": group})
        self._role.demand("logs", "CreateLogStream", names)
        cloudwatch_logs._create_log_stream(names)
        self._role.demand("logs", "PutLogEvents", names)
        cloudwatch_logs._put_log_events({**names, "logEvents": self._events[stream]})

    def _copy(self, stream: str, pipe: IO[bytes], log: IO[bytes]) -> None:
        events = self._events[stream]
        for line in pipe:
            with self._lock:
                log.write(line)
            if len(events) < _MOST_EVENTS:
                message = line.decode(errors="replace").rstrip("\n")
                events.append({"timestamp": int(time.time() * 1000), "message": message})
