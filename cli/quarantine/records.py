"""A rejected line as a record that a person can correct, and as it is sent again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.fields import INPUT_NAMES, LANDING_FIELDS
from contracts.literals import NumberLiteral, json_text, literal
from contracts.rejections import Rejection
from contracts.transaction import Transaction, canonicalise

ID_FIELD = "quarantine_id"
"""By this field a record sent again names its quarantine row; unknown, so it lands in `extra`."""

_EXTRA = "extra"


@dataclass(frozen=True)
class Record:
    """The fields that a sender fills.

    Attributes
    ----------
    fields : the contract's, as literals; null, empty and absent mean the same and are left out.
    others : those that the contract does not know, as parsed JSON with NumberLiteral numbers.
    """

    fields: Mapping[str, str]
    others: Mapping[str, Any]

    def body(self, quarantine_id: str) -> str:
        """Return the JSON object to send: a record in the place of that quarantine row."""
        named = {**self.fields, **self.others, ID_FIELD: quarantine_id}
        return json_text(named, ascii_only=True)

    def judged(self, shop_zone: str) -> Transaction | Rejection:
        """Return what the contract would make of it, were it received now."""
        return canonicalise(self.fields, datetime.now(UTC), ZoneInfo(shop_zone))


def record_of(members: Mapping[str, Any]) -> Record:
    """Return the record that a JSON object holds."""
    fields = {name: literal(members.get(name)) for name in INPUT_NAMES}
    others = {name: value for name, value in members.items() if name not in INPUT_NAMES}
    return Record({name: text for name, text in fields.items() if text}, others)


def parse_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a text is, with numbers as they were written; None if none."""
    try:
        value = json.loads(text, parse_float=NumberLiteral, parse_int=NumberLiteral)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def landed_record(raw_line: str) -> Record | None:
    """Return the record of a line of raw/, without what the ingest added; None for garbage."""
    line = parse_object(raw_line)
    if line is None:
        return None
    return record_of({name: value for name, value in _as_sent(line).items() if name != ID_FIELD})


def retried_id(raw_line: str) -> str | None:
    """Return the quarantine row that a line of raw/ was sent again for."""
    line = parse_object(raw_line)
    found = _as_sent(line).get(ID_FIELD) if line else None
    return found if isinstance(found, str) else None


def _as_sent(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a landed line's fields with those of `extra` among them."""
    unknown = line.get(_EXTRA)
    others = (parse_object(unknown) if isinstance(unknown, str) else None) or {}
    return {name: each for name, each in line.items() if name not in LANDING_FIELDS} | others
