"""LastModified as S3 gives it: whole seconds, and of a multipart object when it was begun.

Both matter to whoever reads new objects by their time, as Glue's job bookmarks do.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from ministack.services import s3

from local_aws.patching import replace, wrap

_begun_at: ContextVar[str | None] = ContextVar("begun_at", default=None)


def install() -> None:
    """Put S3's clock in place of MiniStack's."""
    replace(s3, "now_iso", _now, pin="f75b8f211421")
    wrap(s3, "_complete_multipart_upload", _completing, pin="9e2d6452dfe1")


def _now() -> str:
    return _begun_at.get() or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _completing(original: Any) -> Any:
    def complete(bucket: str, key: str, body: bytes, query: Any, headers: Any = None) -> Any:
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId")) or {}
        token = _begun_at.set(upload.get("created"))
        try:
            return original(bucket, key, body, query, headers)
        finally:
            _begun_at.reset(token)

    return complete
