"""From the rows of a CSV file to batches of JSON objects as the API takes them.

Each row's values are sent as the text that they are; the contract's rules are applied behind the
API. The one thing added is InvoiceLine, the running count of the row within its invoice, over the
whole file: it makes two equal rows of an invoice two events, and a row sent again the same one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import IO, TYPE_CHECKING

from cli.amounts import LineAmounts
from cli.errors import CliError
from cli.send.layout import Layout, read_layout
from cli.send.source import CsvSource, open_text
from contracts import text
from contracts.rejections import BrokenRuleError

if TYPE_CHECKING:
    from _csv import Reader

BATCH_BYTES = 1 << 20
# The csv module's own limit of 128 KB for a value is below what the API judges; the API's is below
# this one, which keeps a file that is no CSV out of memory.
LONGEST_ROW = 16 << 20
_BRACKETS, _COMMA = 2, 1  # bytes around and between the objects of an array


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken.

    Attributes
    ----------
    line : line of the file that the row starts on, from 1.
    reason : why, for a person.
    row : the row, as JSON text.
    """

    line: int
    reason: str
    row: str


@dataclass(slots=True)
class Batch:
    """Neighbouring rows that travel in one request.

    Attributes
    ----------
    first_row, last_row : their numbers in the file, from 1; the first one names the batch.
    bodies : JSON objects of the rows to send.
    lines : for each body, the line of the file that it starts on.
    amounts : for each body, its line amount in ten-thousandths; 0 where the contract rejects it.
    refused : the rows that cannot be sent.
    """

    first_row: int
    last_row: int = 0
    bodies: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Number of rows, refused ones among them."""
        return self.last_row - self.first_row + 1


def read_batches(
    source: CsvSource, done: Collection[tuple[int, int]] = (), batch_bytes: int = BATCH_BYTES
) -> Iterator[Batch]:
    """Yield the file's rows in batches, except those that an earlier attempt got through.

    Parameters
    ----------
    source : the file.
    done : first and last row of each batch to leave out; their rows count as lines of invoices.
    batch_bytes : size of a request's body; a row above it travels alone.

    Raises
    ------
    CliError : it is no CSV file, or its header lacks a required column.
    """
    csv.field_size_limit(LONGEST_ROW)
    with open_text(source) as file:
        lines = _Lines(file)
        reader = csv.reader(lines)
        try:
            layout = read_layout(next(reader, []))
            yield from _batches(reader, lines, layout, dict(done), batch_bytes)
        except csv.Error as error:
            raise CliError(f"{source.path}, line {reader.line_num}: {error}") from error
        except _RowTooLongError as error:
            raise CliError(
                f"{source.path}, line {reader.line_num + 1}: the row is longer than "
                f"{LONGEST_ROW:,} characters: is it a CSV file, and are all quotes closed?"
            ) from error


class _RowTooLongError(Exception):
    """A row that no memory should hold."""


class _Lines:
    """The file's lines for the csv reader, which would take one of any length.

    Attributes
    ----------
    row_characters : read since the last row; a quoted value may go over many lines.
    """

    def __init__(self, file: IO[str]) -> None:
        self._read = file.readline
        self.row_characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read(LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self.row_characters += len(line)
        if self.row_characters > LONGEST_ROW:
            raise _RowTooLongError
        return line


def _batches(
    reader: Reader, lines: _Lines, layout: Layout, done: dict[int, int], batch_bytes: int
) -> Iterator[Batch]:
    rows = _Rows(layout)
    batch = Batch(first_row=1)
    row, size, done_to, line_end = 0, 0, 0, reader.line_num
    for values in reader:
        line, line_end = line_end + 1, reader.line_num
        lines.row_characters = 0
        if not values:
            continue
        row += 1
        number = rows.invoice_line(values)
        done_to = done.get(row, done_to)
        if row <= done_to:
            if batch.last_row:
                yield batch
            batch, size = Batch(first_row=done_to + 1), 0
            continue
        fits = len(values) == layout.width or rows.drop_empty_tail(values)
        body = rows.as_json(values, number) if fits else json.dumps(values)
        if size and size + len(body) + _BRACKETS > batch_bytes:
            yield batch
            batch, size = Batch(first_row=row), 0
        if fits:
            batch.bodies.append(body)
            batch.lines.append(line)
            batch.amounts.append(rows.amount(values, number))
        else:
            batch.refused.append(Refusal(line, _wrong_width(values, layout, line, line_end), body))
        size += len(body) + _COMMA
        batch.last_row = row
    if batch.last_row:
        yield batch


def _wrong_width(values: list[str], layout: Layout, line: int, line_end: int) -> str:
    until = f" (it goes on to line {line_end}: is a quote not closed?)" if line_end > line else ""
    return (
        f"has {len(values)} values where the header names {layout.width} columns: "
        f"quote a value that holds a comma{until}"
    )


class _Rows:
    """What is done with each row; these few lines are what a large file's time is spent on."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._amount_of = LineAmounts().of
        self._now = datetime.now(UTC)
        self._invoices = _Invoices()
        self._lines: dict[str, int] = {}

    def invoice_line(self, values: list[str]) -> int:
        """Return the running count of the row within its invoice; a row too short has none."""
        if not self._layout.counts_lines or len(values) <= self._layout.invoice:
            return 0
        invoice = self._invoices[values[self._layout.invoice]]
        line = self._lines[invoice] = self._lines.get(invoice, 0) + 1
        return line

    def drop_empty_tail(self, values: list[str]) -> bool:
        """Drop empty values after the last column; return whether the row fits the header now."""
        while len(values) > self._layout.width and not values[-1]:
            values.pop()
        return len(values) == self._layout.width

    def as_json(self, values: list[str], line: int) -> str:
        """Return the row as a JSON object."""
        texts: list[str | int] = [encode_basestring_ascii(value) for value in values]
        if self._layout.customer is not None and not values[self._layout.customer]:
            texts[self._layout.customer] = "null"
        if self._layout.counts_lines:
            texts.append(line)
        return self._layout.template % tuple(texts)

    def amount(self, values: list[str], line: int) -> int:
        """Return the line amount in ten-thousandths, 0 where the contract rejects the row."""
        counted = (str(line),) if self._layout.counts_lines else ()
        fields = self._layout.contract_fields((*values, *counted, None))
        return self._amount_of(fields, self._now) or 0


class _Invoices(dict[str, str]):
    """The contract's form of each invoice number as written, so that c1 and C1 count together."""

    def __missing__(self, written: str) -> str:
        try:
            form = text.upper(text.tidy(written))
        except BrokenRuleError:
            form = written
        self[written] = form
        return form
