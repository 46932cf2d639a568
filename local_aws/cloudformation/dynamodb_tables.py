"""The properties of a table that MiniStack's CloudFormation drops; no table is overwritten."""

from __future__ import annotations

from typing import Any

from ministack.services import dynamodb

from local_aws.cloudformation.handlers import Created, Properties, demand, wrap_handler

TYPE = "AWS::DynamoDB::Table"


def install() -> None:
    """Apply time to live, encryption and point-in-time recovery; refuse a name that is taken."""
    wrap_handler(TYPE, "create", _creating, pin="277586e016c6")
    wrap_handler(TYPE, "update", _updating, pin="0665980ffdd0")


def _creating(original: Any) -> Any:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        if properties.get("TableName") in dynamodb._tables:
            raise ValueError(f"{properties['TableName']} already exists")
        created: Created = original(logical_id, properties, stack)
        if "SSESpecification" in properties:
            _set_encryption(created[0], properties["SSESpecification"])
        _apply(created[0], {}, properties)
        return created

    return create


def _updating(original: Any) -> Any:
    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        updated: Created = original(physical_id, old, new, stack, logical_id)
        _apply(updated[0], old, new)
        return updated

    return update


def _apply(name: str, old: Properties, new: Properties) -> None:
    ttl = new.get("TimeToLiveSpecification")
    if ttl != old.get("TimeToLiveSpecification"):
        wanted = ttl or {**old["TimeToLiveSpecification"], "Enabled": False}
        request = {"TableName": name, "TimeToLiveSpecification": wanted}
        demand(TYPE, dynamodb._update_ttl(request))
    recovery = new.get("PointInTimeRecoverySpecification")
    if recovery != old.get("PointInTimeRecoverySpecification"):
        wanted = recovery or {"PointInTimeRecoveryEnabled": False}
        request = {"TableName": name, "PointInTimeRecoverySpecification": wanted}
        demand(TYPE, dynamodb._update_continuous_backups(request))


def _set_encryption(name: str, specification: dict[str, Any]) -> None:
    wanted = {("Enabled" if k == "SSEEnabled" else k): v for k, v in specification.items()}
    demand(TYPE, dynamodb._update_table({"TableName": name, "SSESpecification": wanted}))
