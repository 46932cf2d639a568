"""The structured log lines of the Glue jobs, in the form of the functions' lines.

A line holds counts, ids and durations, never a record or a part of one: the records are customer
data.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class JobLog:
    """Writes lines that name the run, the job and the stage.

    Standard output is what Glue keeps in the job's log group, in a stream named by the job run.
    """

    run_id: str
    job: str
    stage: str

    def info(self, message: str, **fields: Any) -> None:
        """Tell how it goes."""
        self._write("INFO", message, fields)

    def failure(self, message: str, **fields: Any) -> None:
        """Tell that something has failed."""
        self._write("ERROR", message, fields)

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        line = {
            "level": level,
            "message": message,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "run_id": self.run_id,
            "job": self.job,
            "stage": self.stage,
            **fields,
        }
        text = json.dumps(line, default=_plain, ensure_ascii=False, separators=(",", ":"))
        print(text, file=sys.stdout, flush=True)


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)
