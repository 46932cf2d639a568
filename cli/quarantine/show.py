"""`etl quarantine show`: what was rejected and why, and what became of what was sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cli import console
from cli.lake_tables import existing_tables
from cli.quarantine.files import write_file
from cli.quarantine.retries import Fate, Retry, read_retries
from cli.quarantine.table import Filter, QuarantineRow, count_rows, read_rows
from cli.target import Target
from contracts.rejections import Reason

_SHOWN_LINE = 300  # characters of a raw line in a table; files and JSON hold all of it


@dataclass(frozen=True)
class ShowOptions:
    """What to show.

    Attributes
    ----------
    chosen : which rows.
    rows : the rows themselves and not their counts.
    limit : most rows, those received last.
    with_settled : also rows that were sent again and judged.
    as_json : JSON instead of tables.
    out : file for editing, instead of tables.
    """

    chosen: Filter = field(default_factory=Filter)
    rows: bool = False
    limit: int = 100
    with_settled: bool = False
    as_json: bool = False
    out: Path | None = None


def show(target: Target, options: ShowOptions) -> None:
    """Print counts by reason and field, or rows; or write the rows into a file for editing.

    Rows that were sent again and judged are left out, but counted.
    """
    if "quarantine" not in existing_tables(target):
        console.say("the lake has no quarantine yet: `etl run` makes it")
        return
    with console.err().status("looking"):
        retries = read_retries(target)
        settled = {name for name, retry in retries.items() if retry.is_settled}
        hidden = set() if options.with_settled else settled
        if not options.rows:
            counts = count_rows(target, options.chosen, hidden)
        else:
            found = read_rows(target, options.chosen, options.limit + len(hidden))
            rows = [row for row in found if row.quarantine_id not in hidden][: options.limit]
    if options.out is not None:
        lines = [row for row in rows if row.reason != Reason.UNREADABLE_OBJECT]
        write_file(options.out, lines)
        console.say(f"wrote {len(lines):,} rows to {options.out}; correct them, then run "
                    f"`etl quarantine retry {options.out}`")  # fmt: skip
    elif options.rows:
        _print_rows(rows, retries, as_json=options.as_json)
    elif options.as_json:
        console.print_json(
            {"counts": [asdict(each) for each in counts], "retried": _fates(retries)}
        )
    else:
        heads = ("reason", "field", "rows", "first received (UTC)", "last")
        cells = [
            (each.reason, each.field or "", console.count(each.rows), each.first or "",
             each.last or "")
            for each in counts
        ]  # fmt: skip
        console.out().print(console.table("Quarantine", heads, cells, numbers=heads[2:3]))
    _tell_of_retries(retries, options)


def _print_rows(rows: list[QuarantineRow], retries: Mapping[str, Retry], *, as_json: bool) -> None:
    if as_json:
        console.print_json([_described(row, retries.get(row.quarantine_id)) for row in rows])
        return
    heads = ("id", "reason", "detail", "line", "raw object", "run", "sent again")
    cells = [
        (
            row.quarantine_id,
            row.reason,
            f"{row.field or ''} {row.detail}".strip(),
            row.raw_line[:_SHOWN_LINE],
            row.raw_object.rpartition("/")[2],
            row.run_id,
            _fate(retries.get(row.quarantine_id)),
        )
        for row in rows
    ]
    console.out().print(console.table("Quarantine", heads, cells))


def _described(row: QuarantineRow, retry: Retry | None) -> dict[str, Any]:
    if retry is None:
        return {**asdict(row), "retry": None}
    became = {
        "fate": retry.fate.value,
        "sent_at": retry.sent_at,
        "request_id": retry.request_id,
        "successor": retry.successor,
    }
    return {**asdict(row), "retry": became}


def _fate(retry: Retry | None) -> str:
    if retry is None:
        return ""
    successor = f" as {retry.successor}" if retry.successor else ""
    return f"{retry.sent_at}: {retry.fate}{successor}"


def _fates(retries: Mapping[str, Retry]) -> dict[str, int]:
    counted = Counter(retry.fate for retry in retries.values())
    return {fate.value: counted[fate] for fate in Fate}


def _tell_of_retries(retries: Mapping[str, Retry], options: ShowOptions) -> None:
    """Say on standard error what is hidden, and what is under way."""
    fates = _fates(retries)
    settled = fates[Fate.ACCEPTED] + fates[Fate.REJECTED]
    if settled and not options.with_settled:
        console.say(
            f"hidden: {settled:,} rows that were sent again and judged ({fates[Fate.ACCEPTED]:,} "
            f"accepted, {fates[Fate.REJECTED]:,} rejected again under a new id); --all shows them"
        )
    if fates[Fate.WAITING]:
        console.say(f"{fates[Fate.WAITING]:,} sent again wait for the next run")
    if fates[Fate.SENT]:
        console.say(f"{fates[Fate.SENT]:,} sent again have not been found in raw/: repeat the "
                    "`etl quarantine retry` that sent them")  # fmt: skip
