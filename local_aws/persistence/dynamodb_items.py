"""Let MiniStack's DynamoDB keep its items in the item store."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from ministack.services import dynamodb

from local_aws.patching import replace, wrap
from local_aws.persistence.item_store import ItemStore

Table = dict[str, Any]

_OTHER_STATE = (
    "tags",
    "ttl_settings",
    "pitr_settings",
    "kinesis_destinations",
    "contributor_insights",
    "backups",
    "resource_policies",
    "exports",
    "imports",
)


class StoredItems:
    """Follows every change of an item, and brings the items back at the start.

    Parameters
    ----------
    store : where the items are kept.
    """

    def __init__(self, store: ItemStore) -> None:
        self._store = store

    def install(self) -> None:
        """Put this around the functions that change items and those that keep the state."""
        wrap(dynamodb, "_set_item", self._setting, pin="4e78ad492132")
        wrap(dynamodb, "_remove_item", self._removing, pin="5cce50c99688")
        wrap(dynamodb, "_items_replaced", self._replacing, pin="b48626c371f7")
        replace(dynamodb, "get_state", _get_state, pin="ce90690a6033")
        wrap(dynamodb, "load_persisted_state", self._loading, pin="6f58d9dc1e6e")

    def _setting(self, original: Any) -> Any:
        def set_item(table: Table, pk: Any, sk: Any, item: dict[str, Any]) -> Any:
            self._store.put(table["TableId"], (pk, sk), item)
            return original(table, pk, sk, item)

        return set_item

    def _removing(self, original: Any) -> Any:
        def remove_item(table: Table, pk: Any, sk: Any) -> Any:
            self._store.delete(table["TableId"], (pk, sk))
            return original(table, pk, sk)

        return remove_item

    def _replacing(self, original: Any) -> Any:
        def items_replaced(table: Table) -> Any:
            items = {(pk, sk): i for pk, found in table["items"].items() for sk, i in found.items()}
            self._store.replace_table(table["TableId"], items)
            return original(table)

        return items_replaced

    def _loading(self, original: Any) -> Any:
        def load_persisted_state(data: Any) -> None:
            for table in data["tables"].all_values():
                table.setdefault("items", {})
            original(data)
            tables = {table["TableId"]: table for table in dynamodb._tables.all_values()}
            for table_id, items in self._store.load(set(tables)).items():
                _fill(tables[table_id], items)

        return load_persisted_state


def _fill(table: Table, items: list[dict[str, Any]]) -> None:
    table["items"] = defaultdict(dict, table["items"])
    for item in items:
        pk = dynamodb._extract_key_val(item[table["pk_name"]])
        sort_key = table["sk_name"]
        sk = dynamodb._extract_key_val(item[sort_key]) if sort_key else "__no_sort__"
        table["items"][pk][sk] = item
    dynamodb._update_counts(table)


def _get_state() -> dict[str, Any]:
    """Return DynamoDB's state as MiniStack's own function does, but without the items."""
    tables = type(dynamodb._tables)()
    for (account, region, name), table in dynamodb._tables.all_items():
        kept = {k: v for k, v in table.items() if k not in {"items", dynamodb._INDEX_MEMBERS}}
        tables.set_scoped(account, region, name, copy.deepcopy(kept))
    others = {name: copy.deepcopy(getattr(dynamodb, f"_{name}")) for name in _OTHER_STATE}
    return {"tables": tables, **others}
