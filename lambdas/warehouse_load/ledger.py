"""Writes what the load did to the run ledger: for people and alarms, never for correctness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STAGE = "load_warehouse"
_LONGEST_CAUSE = 1000


@dataclass(frozen=True)
class LoadLedger:
    """The ledger item of one run's load."""

    client: DynamoDBClient
    table: str
    run_id: str

    def started(self) -> None:
        """Note the start; a repeated call keeps the first one's time."""
        self._write("if_not_exists(started_at, :figure)", "started_at", "RUNNING", _now())

    def loaded(self, rows: int) -> None:
        """Note that so many rows are in the warehouse: COPY takes all that is staged, or none."""
        self._write(":figure", "rows_out", "SUCCEEDED", rows)

    def failed(self, cause: str) -> None:
        """Note that nothing was loaded, and why."""
        self._write(":figure", "cause", "FAILED", cause[:_LONGEST_CAUSE])

    def views_followed(self, error: str) -> None:
        """Note whether the views show the load; `error` says why they do not, empty if they do."""
        self.client.update_item(
            TableName=self.table,
            Key={"run_id": {"S": self.run_id}, "stage": {"S": STAGE}},
            UpdateExpression="SET #views = :views",
            ExpressionAttributeNames={"#views": "views"},
            ExpressionAttributeValues={
                ":views": {"S": f"STALE: {error}"[:_LONGEST_CAUSE] if error else "CURRENT"}
            },
        )

    def _write(self, value: str, name: str, status: str, figure: str | int) -> None:
        kind = "N" if isinstance(figure, int) else "S"
        self.client.update_item(
            TableName=self.table,
            Key={"run_id": {"S": self.run_id}, "stage": {"S": STAGE}},
            UpdateExpression=f"SET #status = :status, {name} = {value}",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": status}, ":figure": {kind: str(figure)}},
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
