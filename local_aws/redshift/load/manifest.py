"""The manifest of a COPY: the files to load, by name, so that nothing else gets in."""

from __future__ import annotations

import json
from typing import Any

from local_aws.redshift.errors import LoadError
from local_aws.redshift.load.storage import Bucketed, StoredFile


def files_of_manifest(content: bytes, files: Bucketed, columnar: bool) -> list[StoredFile]:
    """Return the files that a manifest names.

    A file that is not mandatory and does not exist is left out. Columnar formats need
    `meta.content_length` for each file, and it must be the file's size.
    Source: "Using a manifest to specify data files" in the Redshift developer guide.

    Raises
    ------
    LoadError : the manifest is not one, or does not fit what is in S3.
    """
    found: list[StoredFile] = []
    for entry in _entries(content):
        url = entry.get("url")
        if not isinstance(url, str) or not url.startswith("s3://"):
            raise LoadError("Problem reading manifest file - missing or malformed url in an entry")
        expected = _content_length(entry, url, columnar)
        stored = files.file(url)
        if stored is None:
            if entry.get("mandatory", False):
                raise LoadError(
                    "S3ServiceException:The specified key does not exist.,"
                    "Status 404,Error NoSuchKey",
                    f"url: {url}",
                )
            continue
        if expected is not None and stored.size != expected:
            raise LoadError(
                f"The content_length of {url} in the manifest is {expected}, "
                f"but the file has {stored.size} bytes"
            )
        found.append(stored)
    if not found:
        raise LoadError("None of the files that the manifest names exists")
    return found


def _entries(content: bytes) -> list[dict[str, Any]]:
    try:
        manifest = json.loads(content)
    except ValueError as malformed:
        raise LoadError("Problem reading manifest file - not valid JSON") from malformed
    entries = manifest.get("entries") if isinstance(manifest, dict) else None
    if not isinstance(entries, list) or not entries:
        raise LoadError("Problem reading manifest file - it has no entries")
    if not all(isinstance(entry, dict) for entry in entries):
        raise LoadError("Problem reading manifest file - an entry is no object")
    return entries


def _content_length(entry: dict[str, Any], url: str, columnar: bool) -> int | None:
    meta = entry.get("meta")
    length = meta.get("content_length") if isinstance(meta, dict) else None
    if isinstance(length, int) and not isinstance(length, bool) and length >= 0:
        return length
    if columnar or length is not None:
        raise LoadError(
            "File size not set for file",
            f"{url} needs meta.content_length in the manifest: COPY from a columnar format "
            "reads it.",
        )
    return None
