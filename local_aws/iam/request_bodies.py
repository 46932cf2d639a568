"""Parses a request's body once for all that is asked about it.

MiniStack parses it anew for the action, for the resources and for the condition keys. A batch of
items for DynamoDB has 100 KB and more.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

_WORTH_KEEPING = 10_000  # bytes; what is made of it is shared, so nobody may change it

_last: ContextVar[tuple[bytes | str, Any] | None] = ContextVar("last_body", default=None)


def parsed(text: bytes | str, **options: Any) -> Any:
    """Return what `json.loads` does; the result for the text that was asked for last is kept."""
    if options or len(text) < _WORTH_KEEPING:
        return json.loads(text, **options)
    last = _last.get()
    if last is None or last[0] is not text:
        last = (text, json.loads(text))
        _last.set(last)
    return last[1]


PARSING_ONCE = SimpleNamespace(**{**vars(json), "loads": parsed})
"""In place of the module `json` for a module that only reads what it parses."""
