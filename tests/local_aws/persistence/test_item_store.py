"""The item store holds the last content of every item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.persistence.item_store import ItemStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ItemStore]:
    store = ItemStore(tmp_path / "items.sqlite")
    store.start()
    yield store
    store.stop()


def test_the_last_content_counts_and_deleted_items_are_gone(store: ItemStore) -> None:
    store.put("t", ("a", "1"), {"id": {"S": "a"}, "n": {"N": "1"}})
    store.put("t", ("b", "1"), {"id": {"S": "b"}})
    store.write_changes()
    store.put("t", ("a", "1"), {"id": {"S": "a"}, "n": {"N": "2"}})
    store.delete("t", ("b", "1"))
    store.write_changes()
    assert store.load({"t"}) == {"t": [{"id": {"S": "a"}, "n": {"N": "2"}}]}


def test_a_deleted_item_can_come_again_in_the_same_moment(store: ItemStore) -> None:
    store.delete("t", ("a", "1"))
    store.put("t", ("a", "1"), {"id": {"S": "a"}})
    store.write_changes()
    assert store.load({"t"}) == {"t": [{"id": {"S": "a"}}]}


def test_a_replaced_table_holds_the_new_items_only(store: ItemStore) -> None:
    store.put("t", ("a", "1"), {"id": {"S": "a"}})
    store.replace_table("t", {("b", "1"): {"id": {"S": "b"}}})
    store.write_changes()
    assert store.load({"t"}) == {"t": [{"id": {"S": "b"}}]}


def test_items_of_tables_that_are_no_more_are_forgotten(store: ItemStore) -> None:
    store.put("gone", ("a", "1"), {"id": {"S": "a"}})
    store.write_changes()
    assert store.load(set()) == {}
    assert store.load({"gone"}) == {}


def test_a_stop_writes_what_was_noted(tmp_path: Path) -> None:
    store = ItemStore(tmp_path / "other.sqlite")
    store.start()
    store.put("t", ("a", "1"), {"id": {"S": "a"}})
    store.stop()
    assert ItemStore(tmp_path / "other.sqlite").load({"t"}) == {"t": [{"id": {"S": "a"}}]}
