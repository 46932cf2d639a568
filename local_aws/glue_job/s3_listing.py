"""Lists the objects below the paths of an S3 source, once, as Glue's reader would see them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from local_aws.glue_job.bookmark_state import S3File

_S3_PATH = re.compile(r"s3[an]?://(?P<bucket>[^/]+)/?(?P<key>.*)")


def list_files(
    s3: Any, paths: Iterable[str], *, recurse: bool, is_excluded: Callable[[str], bool]
) -> list[S3File]:
    """Return the objects with content below `paths`, each once.

    Left out, as Hadoop's input formats do: names that begin with `_` or `.` below the path.

    Parameters
    ----------
    s3 : boto3 client.
    paths : `s3://bucket/key` of an object, or `s3://bucket/prefix` of a folder.
    recurse : whether folders below the folder are read too.
    is_excluded : tells of an object's s3:// path whether `exclusions` rules it out.
    """
    found: dict[tuple[str, str], S3File] = {}
    for path in paths:
        for file in _list_path(s3, path, recurse=recurse):
            if not is_excluded(file.path):
                found[file.bucket, file.key] = file
    return list(found.values())


def exclusion_filter(exclusions: str | None) -> Callable[[str], bool]:
    """Return what tells whether a path matches one of `exclusions`, a JSON list of globs.

    The globs match the whole path: `**` crosses folders, `*` and `?` do not; `[…]` and `{a,b}`
    choose; a backslash escapes.
    """
    patterns = json.loads(exclusions or "[]")
    if not patterns:
        return lambda _path: False
    matcher = re.compile("|".join(f"(?:{_glob_to_regex(pattern)})" for pattern in patterns))
    return lambda path: matcher.fullmatch(path) is not None


def _list_path(s3: Any, path: str, *, recurse: bool) -> Iterator[S3File]:
    parsed = _S3_PATH.fullmatch(path)
    if parsed is None:
        raise ValueError(f"not an S3 path: {path!r}")
    bucket, key = parsed["bucket"], parsed["key"]
    folder = key if not key or key.endswith("/") else f"{key}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    for page in pages:
        for entry in page.get("Contents", ()):
            name = entry["Key"]
            below = name[len(folder) :] if name.startswith(folder) else ""
            if not entry["Size"] or (not below and name != key):
                continue
            if _is_hidden(below) or ("/" in below and not recurse):
                continue
            modified_ms = int(entry["LastModified"].timestamp() * 1000 + 0.5)
            yield S3File(bucket, name, entry["Size"], modified_ms)


def _is_hidden(below: str) -> bool:
    return any(part.startswith(("_", ".")) for part in below.split("/"))


def _glob_to_regex(glob: str) -> str:
    parts = re.findall(r"\\.|\*\*|\[[^\]]*\]|.", glob, re.DOTALL)
    depth, regex = 0, []
    for part in parts:
        depth += (part == "{") - (part == "}")
        regex.append(_regex_of(part, in_braces=depth > 0))
    return "".join(regex)


def _regex_of(part: str, *, in_braces: bool) -> str:
    if part.startswith("\\"):
        return re.escape(part[1:])
    if part.startswith("[") and len(part) > 1:
        return part.replace("[!", "[^", 1)
    if part == "," and not in_braces:
        return re.escape(part)
    special = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    return special.get(part, re.escape(part))
