"""Decides which files a bookmarked S3 read takes, and the state that makes the next one go on.

The rules are AWS Glue's (Developer Guide, "Tracking files using modification timestamps"): a run
that starts at T takes what was modified up to T and is new since the last committed run. A listing
is trusted only up to `maxBand` before T, so the files taken from that band are remembered by hash;
the next run looks at the band again and takes what it finds there besides them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

STATE_CLASS = "HadoopDataSourceJobBookmarkState"  # as Glue names it in GetJobBookmark
DEFAULT_MAX_BAND_MS = 900_000
DEFAULT_MAX_FILES_IN_BAND = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class S3File:
    """An object in S3 as a listing shows it; `modified_ms` is epoch milliseconds."""

    bucket: str
    key: str
    size: int
    modified_ms: int

    @property
    def path(self) -> str:
        """The object's s3:// path."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class ReadLimits:
    """Connection options that limit one read.

    Attributes
    ----------
    max_band_ms : `maxBand`, milliseconds before now in which a listing may miss files.
    max_files_in_band : `maxFilesInBand`, most files to remember; more are left to the next run.
    bounded_files : `boundedFiles`, most files of one run; None for all.
    bounded_size : `boundedSize`, most bytes of one run (at least one file); None for all.
    """

    max_band_ms: int = DEFAULT_MAX_BAND_MS
    max_files_in_band: int = DEFAULT_MAX_FILES_IN_BAND
    bounded_files: int | None = None
    bounded_size: int | None = None


@dataclass(frozen=True)
class SourceState:
    """What the committed runs of one transformation_ctx have consumed.

    Attributes
    ----------
    high_ms : time up to which files were looked at, epoch milliseconds.
    band_ms : length of the band before `high_ms` in which only the files in `hashes` were taken.
    hashes : hashes of the paths taken from that band.
    """

    high_ms: int
    band_ms: int
    hashes: frozenset[str]

    def covers(self, file: S3File) -> bool:
        """Return whether the file is consumed."""
        if file.modified_ms > self.high_ms:
            return False
        return file.modified_ms <= self.high_ms - self.band_ms or path_hash(file) in self.hashes

    def to_json(self, run: int) -> dict[str, Any]:
        """Return the state in the shape of Glue's GetJobBookmark, as run number `run` leaves it."""
        return {
            "jsonClass": STATE_CLASS,
            "timestamps": {
                "RUN": str(run),
                "HIGH_BAND": str(self.band_ms),
                "CURR_RUN_START_TIME": _to_iso(self.high_ms),
                "INCLUDE_LIST": ",".join(sorted(self.hashes)),
            },
        }

    @staticmethod
    def from_json(state: dict[str, Any]) -> SourceState:
        """Return the state that `to_json` has written."""
        stamps = state["timestamps"]
        return SourceState(
            high_ms=_from_iso(stamps["CURR_RUN_START_TIME"]),
            band_ms=int(stamps["HIGH_BAND"]),
            hashes=frozenset(filter(None, stamps["INCLUDE_LIST"].split(","))),
        )


@dataclass(frozen=True)
class ReadPlan:
    """The files that a read takes, the state once they are committed, how many it leaves."""

    files: list[S3File]
    after: SourceState
    left: int


def path_hash(file: S3File) -> str:
    """Return the 128-bit hash by which a state remembers a file."""
    return hashlib.blake2b(file.path.encode(), digest_size=16).hexdigest()


def plan_read(
    listing: Iterable[S3File], before: SourceState | None, now_ms: int, limits: ReadLimits
) -> ReadPlan:
    """Return what a run that started at `now_ms` reads.

    `before` is None where nothing was ever committed. Files come oldest first. A clock that went
    backwards counts as standing still.
    """
    now_ms = max(now_ms, before.high_ms if before else now_ms)
    band_start = now_ms - limits.max_band_ms
    seen = [file for file in listing if file.modified_ms <= now_ms]
    consumed = [file for file in seen if before is not None and before.covers(file)]
    done = set(consumed)
    unread = sorted((file for file in seen if file not in done), key=_age)
    room = limits.max_files_in_band - sum(file.modified_ms > band_start for file in consumed)
    settled = [file for file in unread if file.modified_ms <= band_start]
    fresh = unread[len(settled) :][: max(0, room)]
    taken = _bounded(settled + fresh, limits)
    left = unread[len(taken) :]
    cut_short = len(taken) < len(settled) + len(fresh)
    high_ms = max(taken[-1].modified_ms, before.high_ms if before else 0) if cut_short else now_ms
    band_start = min([band_start, high_ms, *(file.modified_ms - 1 for file in left[:1])])
    after = _state([*consumed, *taken], high_ms, band_start)
    return ReadPlan(taken, after, len(left))


def plan_range(
    listing: Iterable[S3File], start: SourceState | None, end: SourceState | None
) -> list[S3File]:
    """Return the files that `end` has consumed and `start` has not (job-bookmark-from and -to)."""
    if end is None:
        return []
    within = [file for file in listing if end.covers(file)]
    return sorted((file for file in within if not (start and start.covers(file))), key=_age)


def _age(file: S3File) -> tuple[int, str, str]:
    return file.modified_ms, file.bucket, file.key


def _bounded(files: list[S3File], limits: ReadLimits) -> list[S3File]:
    """Return the first files within the bounds; boundedFiles wins where both are given."""
    if limits.bounded_files is not None:
        return files[: max(1, limits.bounded_files)]
    if limits.bounded_size is None:
        return files
    total = 0
    for count, file in enumerate(files):
        total += file.size
        if count and total > limits.bounded_size:
            return files[:count]
    return files


def _state(consumed: Sequence[S3File], high_ms: int, band_start: int) -> SourceState:
    in_band = (file for file in consumed if band_start < file.modified_ms <= high_ms)
    return SourceState(high_ms, high_ms - band_start, frozenset(map(path_hash, in_band)))


def _to_iso(epoch_ms: int) -> str:
    moment = datetime.fromtimestamp(epoch_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"


def _from_iso(text: str) -> int:
    since = datetime.fromisoformat(text) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
