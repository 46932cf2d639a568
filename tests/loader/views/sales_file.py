"""Reads the sales of a CSV file as the pipeline's contract understands them."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from contracts.transaction import Transaction, canonicalise

RECEIVED = datetime(2026, 11, 22, tzinfo=UTC)


def read_sales(path: Path) -> list[Transaction]:
    """Return the transactions of a CSV file, its lines counted per invoice as `etl send` does."""
    counts: Counter[str] = Counter()
    found = []
    with path.open(encoding="iso-8859-1", newline="") as file:
        for row in csv.DictReader(file):
            counts[row["InvoiceNo"]] += 1
            record = {**row, "InvoiceLine": counts[row["InvoiceNo"]]}
            meant = canonicalise(record, RECEIVED, UTC)
            assert isinstance(meant, Transaction), meant
            found.append(meant)
    return found
