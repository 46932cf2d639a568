"""The key of a topic, which MiniStack's CloudFormation drops."""

from __future__ import annotations

from typing import Any

from ministack.services import sns

from local_aws.cloudformation.handlers import Created, Properties, wrap_handler

TYPE = "AWS::SNS::Topic"
_KEY = "KmsMasterKeyId"


def install() -> None:
    """Let a topic name its key."""
    wrap_handler(TYPE, "create", _creating, pin="0a96666a036a")
    wrap_handler(TYPE, "update", _updating, pin="a29cbf08e7b5")


def _creating(original: Any) -> Any:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        created: Created = original(logical_id, properties, stack)
        _name_key(created[0], properties)
        return created

    return create


def _updating(original: Any) -> Any:
    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        updated: Created = original(physical_id, old, new, stack, logical_id)
        _name_key(updated[0], new)
        return updated

    return update


def _name_key(topic: str, properties: Properties) -> None:
    attributes = sns._topics[topic]["attributes"]
    attributes.pop(_KEY, None)
    if _KEY in properties:
        attributes[_KEY] = properties[_KEY]
