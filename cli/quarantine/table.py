"""Reads the lake's table `quarantine`, by Athena."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cli.athena import query, quoted
from cli.target import Target

_IDS_A_QUERY = 2_000  # Athena: a query has 262,144 bytes at most, an id with its quotes 36
_COLUMNS = "quarantine_id, raw_object, raw_line, reason, field, detail, received_at, run_id"


@dataclass(frozen=True)
class QuarantineRow:
    """A rejected line; see `contracts.fields.QUARANTINE`. `received_at` is text, UTC."""

    quarantine_id: str
    raw_object: str
    raw_line: str
    reason: str
    field: str | None
    detail: str
    received_at: str | None
    run_id: str


@dataclass(frozen=True)
class Filter:
    """Which rows; None for all.

    Attributes
    ----------
    reason, field : as the contract names them.
    run : execution that read the lines.
    raw_object : key of a raw object, or a part of it.
    since : first day of ingestion: the days before are not read.
    """

    reason: str | None = None
    field: str | None = None
    run: str | None = None
    raw_object: str | None = None
    since: date | None = None

    @property
    def condition(self) -> str:
        """The SQL condition."""
        equals = {"reason": self.reason, "field": self.field, "run_id": self.run}
        parts = [f"{name} = {quoted(value)}" for name, value in equals.items() if value is not None]
        if self.raw_object is not None:
            parts.append(f"strpos(raw_object, {quoted(self.raw_object)}) > 0")
        if self.since is not None:
            parts.append(f"ingest_date >= DATE '{self.since.isoformat()}'")
        return " AND ".join(parts) or "true"


@dataclass(frozen=True)
class Count:
    """Rows that were rejected for one reason; `first` and `last` received, as text in UTC."""

    reason: str
    field: str | None
    rows: int
    first: str | None
    last: str | None


def count_rows(target: Target, chosen: Filter, without: Collection[str] = ()) -> list[Count]:
    """Return how many rows there are of each reason and field, most first.

    Parameters
    ----------
    without : quarantine ids that are not counted.
    """
    counts = {(each.reason, each.field): each for each in _counts(target, chosen.condition)}
    for part in _parts(without):
        for hidden in _counts(target, f"{chosen.condition} AND {_is_one_of(part)}"):
            kept = counts[hidden.reason, hidden.field]
            counts[hidden.reason, hidden.field] = replace(kept, rows=kept.rows - hidden.rows)
    return sorted((each for each in counts.values() if each.rows), key=lambda each: -each.rows)


def read_rows(target: Target, chosen: Filter, limit: int) -> list[QuarantineRow]:
    """Return the rows received last, newest first."""
    return _select(
        target, f"{chosen.condition} ORDER BY received_at DESC, quarantine_id LIMIT {limit}"
    )


def rows_by_id(target: Target, ids: Collection[str]) -> dict[str, QuarantineRow]:
    """Return the rows that have one of the ids."""
    return {
        row.quarantine_id: row for part in _parts(ids) for row in _select(target, _is_one_of(part))
    }


def rows_that_mention(target: Target, text: str, since: date | None) -> list[QuarantineRow]:
    """Return the rows whose line holds a text in any case, of the days from `since` on.

    Oldest first.
    """
    found = f"strpos(upper(raw_line), {quoted(text.upper())}) > 0"
    condition = f"{Filter(since=since).condition} AND {found}"
    return _select(target, f"{condition} ORDER BY received_at, quarantine_id")


def _counts(target: Target, condition: str) -> list[Count]:
    found = query(
        target,
        "SELECT reason, field, count(*), min(received_at), max(received_at) FROM quarantine "  # noqa: S608 (quoted)
        f"WHERE {condition} GROUP BY reason, field ORDER BY reason, field",
    )
    return [
        Count(reason or "", field, int(rows or 0), first, last)
        for reason, field, rows, first, last in found.rows
    ]


def _is_one_of(ids: Collection[str]) -> str:
    return f"quarantine_id IN ({', '.join(map(quoted, ids))})"


def _select(target: Target, condition_and_more: str) -> list[QuarantineRow]:
    found = query(target, f"SELECT {_COLUMNS} FROM quarantine WHERE {condition_and_more}")  # noqa: S608
    return [
        QuarantineRow(
            quarantine_id or "",
            raw_object or "",
            raw_line or "",
            reason or "",
            field,
            detail or "",
            received_at,
            run_id or "",
        )
        for quarantine_id, raw_object, raw_line, reason, field, detail, received_at, run_id
        in found.rows
    ]  # fmt: skip


def _parts(ids: Collection[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _IDS_A_QUERY):
        yield ordered[start : start + _IDS_A_QUERY]
