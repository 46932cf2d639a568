"""List a bucket's keys page by page without sorting all of them for every page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any

from ministack.services import s3

from local_aws.patching import replace, wrap

Page = tuple[list[str], list[str], bool, str]
"""Keys, common prefixes, whether there is more, and the last row."""


def install() -> None:
    """Keep every bucket's objects in an index, and list from it."""
    wrap(s3, "_ensure_bucket", _indexing, pin="6d3c30f64f2a")
    replace(s3, "_collect_list_entries", list_page, pin="91a9990a1d73")


class IndexedObjects(dict[str, Any]):
    """A bucket's objects by key, with the keys in order.

    The order is made when it is asked for: the keys that came since are sorted in, which costs
    little where most are in order already, and those that went are left out while reading.
    """

    def __init__(self, objects: dict[str, Any]) -> None:
        super().__init__(objects)
        self._sorted = sorted(objects)
        self._new: list[str] = []
        self._gone = 0

    def __setitem__(self, key: str, value: Any) -> None:
        if key not in self:
            self._new.append(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._gone += 1

    def pop(self, key: str, *default: Any) -> Any:
        """Remove a key and return its object."""
        if key in self:
            self._gone += 1
        return super().pop(key, *default)

    def sorted_keys(self) -> list[str]:
        """Return the keys in order, as S3 lists them."""
        if self._gone or self._new:
            keys = {*self._new} - {*self._sorted} if self._gone else self._new
            self._sorted.extend(keys)
            self._sorted.sort()
            if self._gone:
                self._sorted = [key for key in self._sorted if key in self]
            self._new, self._gone = [], 0
        return self._sorted


def list_page(
    objects: IndexedObjects, prefix: str, delimiter: str, max_keys: int, start_after: str
) -> Page:
    """Return one page of a listing; `start_after` is the last row of the page before."""
    keys: list[str] = []
    common_prefixes: list[str] = []
    last = ""
    for row, is_prefix in _rows(objects.sorted_keys(), prefix, delimiter, start_after):
        if len(keys) + len(common_prefixes) >= max_keys:
            return keys, common_prefixes, True, last
        (common_prefixes if is_prefix else keys).append(row)
        last = row
    return keys, common_prefixes, False, last


def _rows(
    keys: list[str], prefix: str, delimiter: str, start_after: str
) -> Iterator[tuple[str, bool]]:
    position = bisect_left(keys, prefix)
    if start_after >= prefix and start_after:
        position = max(position, bisect_right(keys, start_after))
    while position < len(keys) and keys[position].startswith(prefix):
        key = keys[position]
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        if end < 0:
            yield key, False
            position += 1
            continue
        common = key[: end + len(delimiter)]
        if common > start_after:
            yield common, True
        position = bisect_left(keys, _after_all_with(common), position)


def _after_all_with(prefix: str) -> str:
    """Return the least text that is greater than every text with this prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _indexing(original: Any) -> Any:
    def ensure_bucket(name: str) -> Any:
        bucket = original(name)
        if bucket is not None and not isinstance(bucket["objects"], IndexedObjects):
            bucket["objects"] = IndexedObjects(bucket["objects"])
        return bucket

    return ensure_bucket
