"""Compares a store's rows with the truth: which are lost, doubled, foreign or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.truth import ROW_IDENTITY, Row, Rows

_SHOWN = 3


@dataclass(frozen=True)
class Difference:
    """Where one store departs from the truth; each list holds rows.

    Attributes
    ----------
    rows : rows that the store should hold.
    lost : expected, and not there.
    doubled : there more often than expected.
    foreign : there although nothing that was sent means them.
    changed : (expected, found) of one identity.
    """

    store: str
    rows: int
    lost: list[Row] = field(default_factory=list)
    doubled: list[Row] = field(default_factory=list)
    foreign: list[Row] = field(default_factory=list)
    changed: list[tuple[Row, Row]] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        """The store holds the truth."""
        return not (self.lost or self.doubled or self.foreign or self.changed)

    def __str__(self) -> str:
        kinds: dict[str, Sequence[object]] = {
            "lost": self.lost,
            "doubled": self.doubled,
            "foreign": self.foreign,
            "changed": self.changed,
        }
        shown = [
            f"  {len(rows)} {kind}: " + "; ".join(map(str, rows[:_SHOWN]))
            for kind, rows in kinds.items()
            if rows
        ]
        return "\n".join([f"{self.store} ({self.rows} rows expected):", *shown])


def compare(expected: Mapping[str, Rows], found: Mapping[str, Rows]) -> list[Difference]:
    """Compare every store of the truth.

    Raises
    ------
    KeyError : a store was not read.
    """
    return [compare_store(store, rows, found[store]) for store, rows in expected.items()]


def compare_store(store: str, expected: Sequence[Row], found: Iterable[Row]) -> Difference:
    """Compare one store row by row."""
    width = ROW_IDENTITY[store]
    missing, surplus = Counter(expected), Counter(found)
    both = missing & surplus
    missing, surplus = missing - both, surplus - both
    difference = Difference(store, len(expected))
    known = {row[:width] for row in expected}
    waiting: dict[Row, Rows] = {}
    for row in missing.elements():
        waiting.setdefault(row[:width], []).append(row)
    for row in surplus.elements():
        identity = row[:width]
        if waiting.get(identity):
            difference.changed.append((waiting[identity].pop(), row))
        elif identity in known:
            difference.doubled.append(row)
        else:
            difference.foreign.append(row)
    difference.lost.extend(row for rows in waiting.values() for row in rows)
    return difference
