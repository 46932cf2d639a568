"""S3 with its own sense of time, and fast where a lake is large."""

from __future__ import annotations

from local_aws.s3 import key_index, modification_times, range_reads
from local_aws.settings import CloudSettings


def install(_: CloudSettings) -> None:
    """Put the changes into MiniStack's S3."""
    key_index.install()
    modification_times.install()
    range_reads.install()
