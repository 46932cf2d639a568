"""UNLOAD: the rows of a query as files in S3."""

from __future__ import annotations

from local_aws.redshift.dialect.translation import Unload
from local_aws.redshift.errors import UnsupportedError
from local_aws.redshift.load.storage import Storage
from local_aws.redshift.wire.upstream import Upstream


def unload(command: Unload, upstream: Upstream, storage: Storage) -> int:
    """Write the files; return the number of rows."""
    raise UnsupportedError("UNLOAD")
