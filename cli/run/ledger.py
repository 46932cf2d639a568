"""Reads the run ledger: what each stage of a run says that it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LedgerItem = Mapping[str, Any]


def read_ledger(table: Any, run_id: str) -> dict[str, LedgerItem]:
    """Return the items of a run by stage, from the ledger's table resource."""
    found = table.query(
        KeyConditionExpression="run_id = :run",
        ExpressionAttributeValues={":run": run_id},
        ConsistentRead=True,
    )
    return {str(item["stage"]): item for item in found["Items"]}
