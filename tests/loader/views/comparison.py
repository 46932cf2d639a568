"""Compares what a view shows with what it must show, to the last digit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tests.loader.views.independent import Row, in_order

_MIDNIGHTS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.0+")


def shown(rows: Iterable[Sequence[str | None]]) -> list[Row]:
    """Return a store's rows in order, moments without a fraction of zeros."""
    return in_order([tuple(_plain(value) for value in row) for row in rows])


def _plain(value: str | None) -> str | None:
    found = _MIDNIGHTS.fullmatch(value) if value else None
    return found[1] if found else value


def differences(found: Sequence[Row], wanted: Sequence[Row]) -> list[str]:
    """Return what differs, one line a row; empty when the rows are the same."""
    missing = sorted(map(str, set(wanted) - set(found)))
    extra = sorted(map(str, set(found) - set(wanted)))
    lines = [f"missing: {row}" for row in missing] + [f"not expected: {row}" for row in extra]
    if not lines and list(found) != list(wanted):
        lines.append(f"{len(found)} rows where {len(wanted)} are expected")
    return lines
