"""Writes the structured log lines of the Lambda functions.

A line holds counts, ids and durations, never a record or a part of one: the records are
customer data.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any


class JsonLines(logging.Formatter):
    """Formats a log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: level, message, logger and the record's fields."""
        line: dict[str, Any] = {
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def json_logger(name: str) -> logging.Logger:
    """Return a logger that writes one JSON object a line to standard output."""
    logger = logging.getLogger(name)
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False  # Lambda's own root handler would write each line again
    return logger


def log(logger: logging.Logger, message: str, level: int = logging.INFO, **fields: Any) -> None:
    """Write `message` with `fields` beside it."""
    logger.log(level, message, extra={"fields": fields})
