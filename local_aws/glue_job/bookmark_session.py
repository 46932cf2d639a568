"""The bookmark of the job run in this process: opened by job.init, saved by job.commit."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from local_aws.glue_job import bookmark_client
from local_aws.glue_job.bookmark_state import (
    ReadLimits,
    S3File,
    SourceState,
    plan_range,
    plan_read,
)

ENABLE = "job-bookmark-enable"
PAUSE = "job-bookmark-pause"
_OPTION_NAME = "--job-bookmark-option"


@dataclass
class BookmarkSession:
    """One run's view of its bookmark.

    Attributes
    ----------
    job_name, run_id : whose bookmark it is.
    option : job-bookmark-enable, -pause or -disable.
    started_ms : time of job.init, epoch milliseconds: later files are left to the next run.
    version, run : of the bookmark as it was opened.
    before : saved states by transformation_ctx.
    range_end : with job-bookmark-from and -to, the states that end the range.
    after : states of this run's reads, not saved yet.
    """

    job_name: str
    run_id: str
    option: str
    started_ms: int
    version: int = 0
    run: int = 0
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    range_end: dict[str, dict[str, Any]] | None = None
    after: dict[str, dict[str, Any]] = field(default_factory=dict)

    _current: ClassVar[BookmarkSession | None] = None

    @classmethod
    def current(cls) -> BookmarkSession | None:
        """Return this process's session; None before job.init."""
        return cls._current

    @classmethod
    def open(cls, job_name: str, args: dict[str, Any]) -> BookmarkSession:
        """Open the job's bookmark as the resolved arguments say, and make it the current one.

        Raises
        ------
        ValueError : the run's bookmark option is not among `args`; Glue would ignore it.
        """
        if "job_bookmark_option" not in args and _OPTION_NAME in sys.argv:
            raise ValueError(
                f"job.init was not given the run's {_OPTION_NAME}: pass it the dictionary that "
                "getResolvedOptions returned, else Glue leaves the bookmark off"
            )
        session = cls(
            job_name=job_name,
            run_id=str(args.get("JOB_RUN_ID") or _argument("--JOB_RUN_ID")),
            option=str(args.get("job_bookmark_option")),
            started_ms=time.time_ns() // 1_000_000,
        )
        session._load(args.get("job_bookmark_from"), args.get("job_bookmark_to"))
        cls._current = session
        return session

    def select(
        self, context: str, listing: Iterable[S3File], limits: ReadLimits
    ) -> list[S3File] | None:
        """Return the files that a read takes now; None where no bookmark applies to it."""
        if self.option not in (ENABLE, PAUSE) or not context:
            return None
        before = _state_of(self.before, context)
        if self.range_end is not None:
            return plan_range(listing, before, _state_of(self.range_end, context))
        plan = plan_read(listing, before, self.started_ms, limits)
        if plan.left:
            sys.stderr.write(f"{context}: {plan.left} files are left to the next run\n")
        self.after[context] = plan.after.to_json(self.run)
        return plan.files

    def commit(self) -> None:
        """Save the states of this run's reads; job-bookmark-pause and -disable save nothing."""
        if self.option == ENABLE:
            self.version = bookmark_client.commit_bookmark(
                self.job_name, self.run_id, self.version, self.after
            )

    def _load(self, range_start: str | None, range_end: str | None) -> None:
        if self.option == ENABLE:
            opened = bookmark_client.open_bookmark(self.job_name, self.run_id)
            self.version, self.run, self.before = opened.version, opened.run, opened.states
        elif self.option == PAUSE:
            self.before = bookmark_client.read_states(self.job_name, range_start)
            if range_end is not None:
                self.range_end = bookmark_client.read_states(self.job_name, range_end)


def _argument(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else ""


def _state_of(states: dict[str, dict[str, Any]], context: str) -> SourceState | None:
    return SourceState.from_json(states[context]) if context in states else None
