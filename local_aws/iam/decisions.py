"""The log of what roles asked for: `<state>/iam/decisions.jsonl`, each distinct request once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MOST_BYTES = 20_000_000
_MOST_KNOWN = 200_000


@dataclass(frozen=True)
class Decision:
    """One authorisation request and its outcome.

    Attributes
    ----------
    principal : ARN of the role.
    action : such as `s3:GetObject`.
    resource : ARN, or `*`.
    context : the condition keys that the request brought.
    allowed : whether the policies allow it.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, Any]
    allowed: bool

    def to_json(self) -> str:
        """Return the line of the log, without its time."""
        return json.dumps(self.__dict__, sort_keys=True, default=str)


class DecisionLog:
    """Appends decisions that it has not met before.

    Parameters
    ----------
    folder : where the file is; a large one starts anew at the cloud's start, and takes only
        refusals once it has grown large.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "decisions.jsonl"
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            path.replace(path.with_suffix(".jsonl.1"))
        self._file = path.open("a", buffering=1)
        self._room = _MOST_BYTES
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def note(self, decision: Decision) -> None:
        """Keep a decision."""
        line = decision.to_json()
        with self._lock:
            if line in self._known or (decision.allowed and self._room <= 0):
                return
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known.add(line)
            self._room -= len(line)
            self._file.write(f'{{"at": {time.time():.3f}, {line[1:]}\n')


def read_decisions(state_dir: Path) -> list[Decision]:
    """Return the decisions of a state folder, the oldest first."""
    path = state_dir / "iam" / "decisions.jsonl"
    decisions = []
    for line in path.read_text().splitlines():
        fields = json.loads(line)
        fields.pop("at")
        decisions.append(Decision(**fields))
    return decisions
