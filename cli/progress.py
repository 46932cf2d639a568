"""A progress bar with rows a second on standard error; nothing where that is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from cli import console


class Bar:
    """One bar that counts rows."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, rows: int) -> None:
        """Count rows done."""
        self._progress.advance(self._task, rows)

    def set_done(self, rows: int) -> None:
        """Say how many rows are done in all."""
        self._progress.update(self._task, completed=rows)

    def finish(self) -> None:
        """Say that what is done is all, where the total was only estimated."""
        done = self._progress.tasks[self._task].completed
        self._progress.update(self._task, total=done)


@contextmanager
def bar(label: str, total: int) -> Iterator[Bar]:
    """Show a bar while the body runs."""
    shown = console.err()
    columns = (
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=shown, disable=not shown.is_terminal) as progress:
        yield Bar(progress, progress.add_task(label, total=total))


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return rows a second, over the last moments while it runs and over all at the end."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s", style="progress.data.speed")
