"""Read a range of an object from its file, and not the whole file for each range."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any

from ministack.services import s3

from local_aws.patching import wrap

_only_a_range: ContextVar[bool] = ContextVar("only_a_range", default=False)


def install() -> None:
    """Let GetObject with a Range read what it answers with."""
    wrap(s3, "_get_object", _getting, pin="64ad7071ef0e")
    wrap(s3, "_read_body", _reading, pin="596e56d63502")


class _FileBody:
    """The content of a file, of which only the slices that are taken are read."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getitem__(self, wanted: slice) -> bytes:
        size = os.stat(self._path).st_size  # noqa: PTH116  # MiniStack's paths are texts
        start, stop, _ = wanted.indices(size)
        with open(self._path, "rb") as file:  # noqa: PTH123
            file.seek(start)
            return file.read(max(0, stop - start))


def _getting(original: Any) -> Any:
    def get_object(bucket: str, key: str, headers: dict[str, str], query: Any = None) -> Any:
        token = _only_a_range.set("range" in headers)
        try:
            status, answer_headers, body = original(bucket, key, headers, query)
        finally:
            _only_a_range.reset(token)
        if isinstance(body, _FileBody):  # the range was not a range of bytes
            body = body[:]
        return status, answer_headers, body

    return get_object


def _reading(original: Any) -> Any:
    def read_body(bucket: str, key: str, record: dict[str, Any]) -> Any:
        if _only_a_range.get() and record.get("body") is None:
            path = s3._object_disk_path(bucket, key)
            if path is not None and os.path.isfile(path):  # noqa: PTH113
                return _FileBody(path)
        return original(bucket, key, record)

    return read_body
