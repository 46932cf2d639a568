"""How it looks: results on standard output, all that is said about the doing on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from functools import cache

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 1_000


@cache
def out() -> Console:
    """Return the console of results; what is piped on is not folded to a screen's width."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)


@cache
def err() -> Console:
    """Return the console of progress, remarks and errors."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Tell the user how it goes, in plain text."""
    err().print(text, markup=False, soft_wrap=True)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[str] = ()
) -> Table:
    """Return a table; the columns named in `numbers` are set to the right."""
    result = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        justify = "right" if column in numbers else "left"
        result.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        result.add_row(*(Text(cell) for cell in row))
    return result


def count(number: int) -> str:
    """Return a whole number with separators of thousands."""
    return f"{number:,}"


def seconds(duration: float) -> str:
    """Return a duration as people read it: 0.4 s, 12 s, 3 min 05 s."""
    if duration < 10:
        return f"{duration:.1f} s"
    if duration < 60:
        return f"{duration:.0f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest:02d} s"


def size(number_of_bytes: int) -> str:
    """Return a number of bytes as people read it (1 MB = 10^6 bytes, as AWS bills)."""
    amount = float(number_of_bytes)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def print_json(document: object) -> None:
    """Print a result as JSON for programs."""
    print(json.dumps(document, indent=2, ensure_ascii=False))
