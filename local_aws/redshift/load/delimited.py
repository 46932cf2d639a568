"""Delimited text and CSV to the records of a COPY."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from local_aws.redshift.errors import LoadError
from local_aws.redshift.load.rows import Line


@dataclass(frozen=True)
class Delimited:
    """How a text file is cut into fields.

    Attributes
    ----------
    delimiter, quote : single characters; no quote for plain delimited text.
    skip : lines of header in each file.
    skip_blank : whether lines without content are left out.
    """

    delimiter: str
    quote: str | None
    skip: int = 0
    skip_blank: bool = False


def delimited_lines(content: bytes, url: str, form: Delimited, count: int) -> Iterator[Line]:
    """Yield the records of a file.

    Parameters
    ----------
    content : of the file, decompressed.
    url : its address, for errors.
    form : how it is cut.
    count : of the columns.

    Raises
    ------
    LoadError : it is not UTF-8, or a record has another number of fields.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise LoadError(
            "Load failed: String contains invalid or unsupported UTF8 codepoints",
            f"{url}: {broken}",
        ) from broken
    for number, fields in enumerate(_records(text, form), start=1):
        if number <= form.skip:
            continue
        if not fields or (form.skip_blank and not "".join(fields).strip()):
            continue
        if len(fields) != count:
            problem = "Extra column(s) found" if len(fields) > count else "Delimiter not found"
            raise LoadError(
                f"Load failed: {problem}",
                f"{url}, record {number}: {len(fields)} fields for {count} columns",
            )
        yield Line(f"{url}, record {number}", list(fields))


def _records(text: str, form: Delimited) -> Iterator[list[str]]:
    if form.quote is None:
        for line in text.split("\n"):
            stripped = line.removesuffix("\r")
            yield stripped.split(form.delimiter) if stripped else []
        return
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=form.delimiter,
        quotechar=form.quote,
        doublequote=True,
        strict=True,
    )
    try:
        yield from reader
    except csv.Error as malformed:
        raise LoadError(
            "Load failed: Invalid quote formatting for CSV", f"line {reader.line_num}: {malformed}"
        ) from malformed
