"""`dynamodb:LeadingKeys`: the partition keys that a DynamoDB request names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import dynamodb

from local_aws.iam.request_bodies import parsed

Request = Mapping[str, Any]

_MEMBERS = ("ConditionCheck", "Put", "Update", "Delete", "Get")


def leading_keys(body: bytes) -> list[str]:
    """Return the values of the partition key; empty for a Scan, which names none.

    Source: "Using IAM policy conditions for fine-grained access control" in the DynamoDB guide.
    """
    try:
        request = parsed(body or b"{}")
    except ValueError:
        return []
    if not isinstance(request, dict):
        return []
    found = list(_of_single(request))
    for table, asked in (request.get("RequestItems") or {}).items():
        found += _of_batch(str(table), asked)
    for item in request.get("TransactItems") or []:
        for member in _MEMBERS:
            found += _of_single(item.get(member) or {})
    return list(dict.fromkeys(found))


def _of_single(request: Request) -> Iterator[str]:
    name = request.get("TableName")
    key = _partition_key(str(name), request.get("IndexName")) if name else None
    if key is None:
        return
    for holder in (request.get("Key"), request.get("Item")):
        if holder and key in holder:
            yield _text(holder[key])
    yield from _of_query(request, key)


def _of_batch(table: str, asked: Any) -> Iterator[str]:
    key = _partition_key(table, None)
    if isinstance(asked, dict):
        holders = asked.get("Keys") or []
    else:
        holders = [
            (write.get("PutRequest") or {}).get("Item")
            or (write.get("DeleteRequest") or {}).get("Key")
            or {}
            for write in asked
        ]
    for holder in holders:
        if key in holder:
            yield _text(holder[key])


def _of_query(request: Request, key: str) -> Iterator[str]:
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    expression = request.get("KeyConditionExpression") or ""
    for name, value in re.findall(r"([#\w.-]+)\s*=\s*(:\w+)", expression):
        if names.get(name, name) == key and value in values:
            yield _text(values[value])
    legacy = (request.get("KeyConditions") or {}).get(key) or {}
    yield from (_text(value) for value in legacy.get("AttributeValueList") or [])


def _partition_key(table: str, index: str | None) -> str | None:
    found = dynamodb._tables.get(table.rpartition("/")[2])
    if not found:
        return None
    schema = found.get("KeySchema") or []
    if index:
        indexes = found.get("GlobalSecondaryIndexes") or []
        named = [each["KeySchema"] for each in indexes if each["IndexName"] == index]
        schema = named[0] if named else schema
    return next((str(each["AttributeName"]) for each in schema if each["KeyType"] == "HASH"), None)


def _text(value: Mapping[str, Any]) -> str:
    (content,) = value.values()
    return str(content)
