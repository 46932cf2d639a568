"""Listings from the index are those of MiniStack's own, slower way."""

from __future__ import annotations

import inspect
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from ministack.services import s3

from local_aws.s3.key_index import IndexedObjects, list_page

KEYS = some.text(alphabet="ab/é", min_size=1, max_size=6)
PREFIXES = some.sampled_from(["", "a", "a/", "b/a", "é"])


def _theirs() -> Any:
    """Return MiniStack's own function, also where ours has been put in its place."""
    namespace: dict[str, Any] = {}
    source = inspect.getsource(inspect.getmodule(s3._delete_bucket))  # type: ignore[arg-type]
    start = source.index("def _collect_list_entries(")
    exec(source[start : source.index("\ndef ", start)], namespace)
    return namespace["_collect_list_entries"]


THEIRS = _theirs()


@given(
    keys=some.sets(KEYS, max_size=30),
    prefix=PREFIXES,
    delimiter=some.sampled_from(["", "/"]),
    max_keys=some.integers(min_value=1, max_value=40),
    start_after=some.one_of(some.just(""), KEYS),
)
def test_a_page_is_the_same(
    keys: set[str], prefix: str, delimiter: str, max_keys: int, start_after: str
) -> None:
    objects = dict.fromkeys(keys, 0)
    page = list_page(IndexedObjects(objects), prefix, delimiter, max_keys, start_after)
    assert page == THEIRS(objects, prefix, delimiter, max_keys, start_after)


@given(
    steps=some.lists(some.tuples(some.sampled_from(["put", "pop", "del", "list"]), KEYS)),
)
def test_the_keys_stay_in_order_through_changes(steps: list[tuple[str, str]]) -> None:
    objects = IndexedObjects({"m": 1})
    plain: dict[str, Any] = {"m": 1}
    for step, key in steps:
        if step == "put":
            objects[key] = plain[key] = 2
        elif step == "pop":
            assert objects.pop(key, None) == plain.pop(key, None)
        elif step == "del" and key in plain:
            del objects[key], plain[key]
        assert step != "list" or objects.sorted_keys() == sorted(plain)
    assert objects.sorted_keys() == sorted(plain)


@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages_put_together_are_the_whole_listing(delimiter: str) -> None:
    objects = IndexedObjects({f"{a}/{b}": {} for a in string.ascii_lowercase for b in range(3)})
    whole = list_page(objects, "", delimiter, 1000, "")
    keys: list[str] = []
    prefixes: list[str] = []
    marker, more = "", True
    while more:
        page_keys, page_prefixes, more, marker = list_page(objects, "", delimiter, 7, marker)
        keys += page_keys
        prefixes += page_prefixes
    assert (keys, prefixes) == (whole[0], whole[1])
