"""The metrics of an execution at its end, from what its stages wrote into the run ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from contracts.rejections import Reason
from lambdas.metrics import Figure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_Item = Mapping[str, Any]


def read_ledger(dynamodb: DynamoDBClient, table: str, run_id: str) -> dict[str, _Item]:
    """Return the run's ledger items by stage; a run has a few small ones."""
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="run_id = :run_id",
        ExpressionAttributeValues={":run_id": {"S": run_id}},
        ConsistentRead=True,
    )
    return {item["stage"]["S"]: item for item in found["Items"]}


def run_figures(stages: Mapping[str, _Item], now: datetime) -> dict[str, Figure]:
    """Return the metrics of a run that ends now: of what it read only if it read something."""
    figures: dict[str, Figure] = {}
    execution, cleanse = stages.get("execution", {}), stages.get("cleanse", {})
    if "started_at" in execution:
        seconds = (now - _moment(execution["started_at"])).total_seconds()
        figures["RunSeconds"] = Figure(round(max(0.0, seconds), 3), MetricUnit.Seconds)
    if "rows_in" in cleanse:
        figures |= _record_figures(cleanse)
    if "oldest_object_at" in cleanse:
        age = max(timedelta(), now - _moment(cleanse["oldest_object_at"]))
        figures["DataAgeMinutes"] = Figure(round(age / timedelta(minutes=1), 3), MetricUnit.NoUnit)
    return figures


def _record_figures(cleanse: _Item) -> dict[str, Figure]:
    told = cleanse.get("rejects", {"M": {}})["M"]
    rejects = {reason: int(rows["N"]) for reason, rows in told.items()}
    rejected, lines = sum(rejects.values()), int(cleanse["rows_in"]["N"])
    # An object that cannot be read is one row of quarantine, and none of its lines is counted.
    read = lines + rejects.get(Reason.UNREADABLE_OBJECT, 0)
    figures = {"RecordsRead": Figure(lines), "RecordsRejected": Figure(rejected)}
    if read:
        percent = round(100 * rejected / read, 3)
        figures["QuarantinePercent"] = Figure(percent, MetricUnit.Percent)
    return figures


def _moment(attribute: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(attribute["S"])
