"""Rows of text on their way into PostgreSQL, checked against what Redshift takes for each type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local_aws.redshift.catalog import Column
from local_aws.redshift.errors import LoadError

_PIECE = 1 << 18  # characters of one message
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z?)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_BOOLEANS = {"t", "f", "true", "false", "1", "0", "y", "n", "yes", "no"}
_WHOLE_TYPES = ("smallint", "integer", "bigint")


@dataclass(frozen=True)
class TextRules:
    """What the options of a COPY say about values.

    Attributes
    ----------
    null : the text that means NULL.
    empty_is_null : EMPTYASNULL: also for strings.
    blank_is_null : BLANKSASNULL: a string of blanks too.
    truncate : TRUNCATECOLUMNS: cut strings to their columns' bytes.
    """

    null: str = "\\N"
    empty_is_null: bool = False
    blank_is_null: bool = False
    truncate: bool = False


@dataclass(frozen=True)
class Line:
    """One record of a file: where it stands, and its values for the columns in their order."""

    place: str
    values: list[str | None]


def as_csv(lines: Iterable[Line], columns: tuple[Column, ...], rules: TextRules) -> Iterator[bytes]:
    """Yield records as CSV for PostgreSQL, in pieces.

    Raises
    ------
    LoadError : a value is not of its column's type; it names the record and the column.
    """
    checks = [_Check(column, rules) for column in columns]
    piece: list[str] = []
    size = 0
    for line in lines:
        fields = [
            _field(check.stored(value, line.place))
            for check, value in zip(checks, line.values, strict=True)
        ]
        text = ",".join(fields) + "\n"
        piece.append(text)
        size += len(text)
        if size > _PIECE:
            yield "".join(piece).encode()
            piece, size = [], 0
    if piece:
        yield "".join(piece).encode()


def _field(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


class _Check:
    """Turns the text of a field into what its column stores."""

    def __init__(self, column: Column, rules: TextRules) -> None:
        self._column = column
        self._rules = rules
        self._is_text = column.type_name.startswith("character")
        length = re.search(r"\((\d+)\)", column.type_name)
        self._length = int(length[1]) if self._is_text and length else None
        self._form = _form_of(column.type_name)

    def stored(self, value: str | None, place: str) -> str | None:
        if value is None or value == self._rules.null:
            return None
        if self._is_text:
            return self._text(value, place)
        value = value.strip()
        if not value:
            return None  # an empty field of another type than text is NULL
        if self._form is not None and not self._form.fullmatch(value):
            raise self._invalid(value, place)
        if self._column.type_name == "boolean" and value.lower() not in _BOOLEANS:
            raise self._invalid(value, place)
        return value

    def _text(self, value: str, place: str) -> str | None:
        if not value and self._rules.empty_is_null:
            return None
        if not value.strip(" ") and self._rules.blank_is_null:
            return None
        if self._length is not None and len(value.encode()) > self._length:
            if self._rules.truncate:
                return value.encode()[: self._length].decode(errors="ignore")
            raise LoadError(
                "Load failed: String length exceeds DDL length",
                f"{place}, column {self._column.name}, {self._column.type_name}: {value[:100]}",
            )
        return value

    def _invalid(self, value: str, place: str) -> LoadError:
        return LoadError(
            f"Load failed: Invalid value for type {self._column.type_name}",
            f"{place}, column {self._column.name}: {value[:100]!r}",
        )


def _form_of(type_name: str) -> re.Pattern[str] | None:
    if type_name in _WHOLE_TYPES:
        return _WHOLE
    if type_name.startswith(("numeric", "double", "real")):
        return _NUMBER
    if type_name == "date":
        return _DATE
    if type_name.startswith("timestamp"):
        return _TIMESTAMP
    return None
