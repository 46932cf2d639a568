"""DynamoDB's items in a SQLite file, written as they change.

MiniStack keeps all items in one JSON document, which would have to be written whole for every
change. Here each item is a row. Changes are collected for a moment and written together; at the
start the rows become the tables' items again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

Item = dict[str, Any]
Change = tuple[str, str]
"""Id of the table and key of the item."""

_PAUSE_SECONDS = 0.5
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS items (
        table_id TEXT NOT NULL,
        key TEXT NOT NULL,
        item TEXT NOT NULL,
        PRIMARY KEY (table_id, key)
    ) WITHOUT ROWID
"""
_PUT = "INSERT OR REPLACE INTO items VALUES (?, ?, ?)"
_DELETE = "DELETE FROM items WHERE table_id = ? AND key = ?"
_DELETE_TABLE = "DELETE FROM items WHERE table_id = ?"


class ItemStore:
    """The items of all tables.

    Parameters
    ----------
    path : of the SQLite file.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_SCHEMA)
        self._changes: dict[Change, Item | None] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="item-store", daemon=True)

    def start(self) -> None:
        """Begin to write changes."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and close the file."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self.write_changes()
        self._database.close()

    def put(self, table_id: str, key: Any, item: Item) -> None:
        """Note an item's new content."""
        self._note((table_id, repr(key)), item)

    def delete(self, table_id: str, key: Any) -> None:
        """Note that an item is gone."""
        self._note((table_id, repr(key)), None)

    def replace_table(self, table_id: str, items: dict[Any, Item]) -> None:
        """Write all items of a table anew, at once."""
        with self._writing, self._database:
            with self._lock:
                self._changes = {c: i for c, i in self._changes.items() if c[0] != table_id}
            self._database.execute(_DELETE_TABLE, (table_id,))
            rows = ((table_id, repr(key), json.dumps(item)) for key, item in items.items())
            self._database.executemany(_PUT, rows)

    def load(self, table_ids: set[str]) -> dict[str, list[Item]]:
        """Return the items by table, and forget those of tables that are no more."""
        found: dict[str, list[Item]] = defaultdict(list)
        gone = set()
        for table_id, item in self._database.execute("SELECT table_id, item FROM items"):
            if table_id in table_ids:
                found[table_id].append(json.loads(item))
            else:
                gone.add(table_id)
        with self._database:
            self._database.executemany(_DELETE_TABLE, [(table_id,) for table_id in gone])
        return found

    def write_changes(self) -> None:
        """Write what was noted so far, in one transaction."""
        with self._writing:
            with self._lock:
                changes, self._changes = self._changes, {}
            puts = ((*c, json.dumps(item)) for c, item in changes.items() if item is not None)
            with self._database:
                self._database.executemany(_PUT, puts)
                deletes = [change for change, item in changes.items() if item is None]
                self._database.executemany(_DELETE, deletes)

    def _note(self, change: Change, item: Item | None) -> None:
        with self._lock:
            self._changes[change] = item
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait()
            self._stopped.wait(_PAUSE_SECONDS)
            self._wake.clear()
            self.write_changes()
