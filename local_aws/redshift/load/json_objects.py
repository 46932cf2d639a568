"""JSON objects, one behind the other, to the records of a COPY with JSON 'auto'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local_aws.redshift.catalog import Column
from local_aws.redshift.errors import LoadError
from local_aws.redshift.load.rows import Line

# Numbers stay the text that they were written as.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)
_BLANKS = " \t\r\n"


def json_lines(
    content: bytes, url: str, columns: tuple[Column, ...], ignore_case: bool
) -> Iterator[Line]:
    """Yield the records of a file: keys are columns, other keys are left out, absent ones NULL.

    Raises
    ------
    LoadError : it is not UTF-8, or not a row of JSON objects.
    """
    text = _decoded(content, url)
    position, number = 0, 0
    while True:
        while position < len(text) and text[position] in _BLANKS:
            position += 1
        if position == len(text):
            return
        number += 1
        place = f"{url}, object {number}"
        try:
            found, position = _DECODER.raw_decode(text, position)
        except ValueError as malformed:
            raise LoadError("Load failed: Invalid JSON format", f"{place}: {malformed}") from None
        if not isinstance(found, dict):
            raise LoadError("Load failed: Invalid JSON format", f"{place}: it is no object")
        named = {key.lower(): value for key, value in found.items()} if ignore_case else found
        yield Line(place, [_text(named.get(column.name)) for column in columns])


def _decoded(content: bytes, url: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise LoadError("Load failed: invalid UTF8", f"{url}: {broken}") from broken


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
