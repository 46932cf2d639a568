"""The file of rejected records that a person edits: CSV, or a JSON object a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import CliError
from cli.quarantine.records import ID_FIELD, Record, landed_record, parse_object, record_of
from cli.quarantine.table import QuarantineRow
from contracts.fields import INPUT_NAMES
from contracts.literals import json_text

_REMARKS = ("reason", "field", "detail")
_OTHERS = "extra"
_RAW = "raw_line"
_COLUMNS = (ID_FIELD, *_REMARKS, *INPUT_NAMES, _OTHERS, _RAW)
_LONGEST_CELL = 64 << 20


@dataclass(frozen=True)
class Correction:
    """A record to send in the place of a quarantine row.

    Attributes
    ----------
    row : number of the record in the file, from 1.
    line : line of the file that it ends on.
    """

    row: int
    line: int
    quarantine_id: str
    record: Record


def write_file(path: Path, rows: Iterable[QuarantineRow]) -> None:
    """Write rows for editing; the name's ending says the form: .csv, .ndjson, .jsonl or .json.

    Raises
    ------
    CliError : another ending, or a file that cannot be written.
    """
    form = _csv_text if _is_csv(path) else _ndjson_text
    try:
        # A line may hold half of a surrogate pair: what is written is what was sent.
        path.write_bytes(form(rows).encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise CliError(f"{path} cannot be written: {error.strerror or error}") from error


def read_file(path: Path) -> list[Correction]:
    """Return the records of an edited file.

    Raises
    ------
    CliError : it cannot be read, or is not of the form that `write_file` gives; the message names
        the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig", "surrogatepass")
    except UnicodeDecodeError as error:
        raise CliError(f"{path} is not UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror or error}") from error
    read = _read_csv if _is_csv(path) else _read_ndjson
    found = [
        _correction(path, row, line, members)
        for row, (line, members) in enumerate(read(path, text), start=1)
    ]
    seen: dict[str, Correction] = {}
    for each in found:
        first = seen.setdefault(each.quarantine_id, each)
        if first is not each:
            raise CliError(
                f"{path}, line {each.line}: {each.quarantine_id} stands on line {first.line} too"
            )
    return found


def _is_csv(path: Path) -> bool:
    if path.suffix.lower() in {".ndjson", ".jsonl", ".json"}:
        return False
    if path.suffix.lower() != ".csv":
        raise CliError(f"{path} must end in .csv, .ndjson, .jsonl or .json: it says the form")
    return True


def _csv_text(rows: Iterable[QuarantineRow]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells: dict[str, str | None] = {name: getattr(row, name) for name in (ID_FIELD, *_REMARKS)}
        record = landed_record(row.raw_line)
        if record is None:
            cells[_RAW] = row.raw_line
        else:
            cells |= record.fields
            cells[_OTHERS] = json_text(record.others, ascii_only=True) if record.others else None
        writer.writerow(cells)
    return text.getvalue()


def _ndjson_text(rows: Iterable[QuarantineRow]) -> str:
    lines = []
    for row in rows:
        record = landed_record(row.raw_line)
        document: dict[str, Any] = {name: getattr(row, name) for name in (ID_FIELD, *_REMARKS)}
        if record is None:
            document |= {"record": None, _RAW: row.raw_line}
        else:
            document["record"] = {**record.fields, **record.others}
        lines.append(json_text(document, ascii_only=False) + "\n")
    return "".join(lines)


def _read_csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in (ID_FIELD, *INPUT_NAMES) if name not in (reader.fieldnames or ())]
    if missing:
        raise CliError(f"{path}: the first line has to name the columns; it lacks {missing[0]}")
    try:
        for cells in reader:
            others = cells.get(_OTHERS) or "{}"
            parsed = parse_object(others)
            if parsed is None:
                raise CliError(f"{path}, line {reader.line_num}: extra must be a JSON object")
            record = {**parsed, **{name: cells[name] for name in INPUT_NAMES if cells[name]}}
            yield reader.line_num, {ID_FIELD: cells[ID_FIELD], "record": record or None}
    except csv.Error as error:
        raise CliError(f"{path}, line {reader.line_num}: {error}") from error


def _read_ndjson(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        document = parse_object(line)
        if document is None:
            raise CliError(f"{path}, line {number}: is not one JSON object")
        yield number, document


def _correction(path: Path, row: int, line: int, members: dict[str, Any]) -> Correction:
    quarantine_id, record = members.get(ID_FIELD), members.get("record")
    if not isinstance(quarantine_id, str) or not quarantine_id:
        raise CliError(f"{path}, line {line}: has no quarantine_id")
    filled_in = record if isinstance(record, dict) else {}
    return Correction(row, line, quarantine_id, record_of(filled_in))
