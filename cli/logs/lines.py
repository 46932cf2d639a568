"""A log line as it is shown, whoever wrote it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# What the functions and jobs put on each line, and is shown elsewhere or not at all.
_COMMON = frozenset({"level", "message", "timestamp", "service", "location", "run_id"})
_SHOWN_BY_THE_SOURCE = frozenset({"job", "stage"})
_METRICS = "_aws"  # marks a line of metrics (embedded metric format)
_ERRORS = frozenset({"ERROR", "CRITICAL"})
_LEVEL = re.compile(r"\b(FATAL|ERROR|WARN|INFO|DEBUG)\b")
_FAILURE = re.compile(r"^(Traceback |\S*(Error|Exception)\b)|Task timed out|Runtime exited")
_CONTINUED = re.compile(r"^(\s|Caused by: |\.\.\. )")
_LEVEL_NAMES = {"FATAL": "CRITICAL", "WARN": "WARNING"}


@dataclass(frozen=True)
class Source:
    """Who wrote a line.

    Attributes
    ----------
    name : as it is shown.
    stage : of the run, if it works for one alone.
    """

    name: str
    stage: str | None = None


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes
    ----------
    level : INFO, ERROR, …; empty where it does not say.
    fields : what else a structured line holds.
    """

    at: datetime
    source: Source
    level: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """It tells of something that went wrong."""
        return self.level in _ERRORS

    def as_text(self) -> str:
        """Return it for people: time (UTC), source, level, message, and the fields by name."""
        at = f"{self.at:%Y-%m-%d %H:%M:%S}.{self.at.microsecond // 1000:03d}"
        fields = "".join(
            f"  {name}={_plain(value)}"
            for name, value in self.fields.items()
            if name not in _SHOWN_BY_THE_SOURCE
        )
        return f"{at}  {self.source.name:<21} {self.level:<8} {self.message}{fields}"

    def as_json(self) -> str:
        """Return it for programs, on one line."""
        document = {
            "time": self.at.isoformat(timespec="milliseconds"),
            "source": self.source.name,
            "stage": self.source.stage,
            "level": self.level,
            "message": self.message,
            "fields": self.fields,
        }
        return json.dumps(document, ensure_ascii=False)


def read_line(source: Source, milliseconds: int, message: str, before: Line | None = None) -> Line:
    """Return the line that an event of CloudWatch Logs is.

    Parameters
    ----------
    before : the line before it of the same stream; a trace's lines belong to its first one.
    """
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    text = message.rstrip()
    document = parse_object(text)
    if document is None:
        return Line(at, source, _level(text, before), text)
    level = str(document.get("level", "INFO" if _METRICS in document else ""))
    told = document.get("message", "metrics" if _METRICS in document else text)
    fields = {name: document[name] for name in document if name not in {*_COMMON, _METRICS}}
    return Line(_moment(document) or at, source, level, str(told), fields)


def parse_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a line is, or None."""
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _moment(document: dict[str, Any]) -> datetime | None:
    """Return when a structured line was written: sharper than when it was taken in."""
    try:
        if _METRICS in document:
            return datetime.fromtimestamp(document[_METRICS]["Timestamp"] / 1000, UTC)
        at = datetime.fromisoformat(document["timestamp"])
    except (KeyError, TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def _level(text: str, before: Line | None) -> str:
    if before is not None and _CONTINUED.match(text):
        return before.level
    if _FAILURE.search(text):
        return "ERROR"
    named = _LEVEL.search(text[:80])
    return _LEVEL_NAMES.get(named[0], named[0]) if named else ""


def _plain(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:  # as metrics are written
        value = value[0]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
