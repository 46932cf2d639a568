"""What the report is made of: parts, their sections, what each can show, and tables' columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from cli.report.charts import Spec


@dataclass(frozen=True)
class Column:
    """A column of a section's table; `kind` says how the page writes its values."""

    name: str
    label: str
    kind: str = "text"  # or count, money, decimal, share, day, month


@dataclass(frozen=True)
class Option:
    """One of the pictures that a section can show.

    Attributes
    ----------
    spec : name of its chart among the section's specifications.
    rows : name of the query whose rows it shows.
    where : shown are the rows with these values only.
    skip : so many of the first rows are left out.
    """

    label: str
    spec: str
    rows: str
    columns: tuple[Column, ...]
    where: dict[str, str | int] = field(default_factory=dict)
    skip: int = 0


@dataclass(frozen=True)
class Section:
    """A chart with its words, its table and what one may choose."""

    id: str
    title: str
    finding: str
    measure: str
    options: tuple[Option, ...]
    specs: dict[str, Spec]
    legend: tuple[tuple[str, str], ...] = ()
    choose: str = ""
    is_list: bool = False  # choices as a drop-down list, for they may be many


@dataclass(frozen=True)
class Part:
    """Sections that belong together, under a heading of their own."""

    title: str
    sections: tuple[Section, ...]
