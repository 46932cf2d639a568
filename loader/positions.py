"""Up to which change of the lake each store is: snapshot ids of the table `changed_invoices`.

The lookups table holds its own position. The warehouse's is in Redshift, in the transaction of
each load; the state table holds a copy of it for those who ask without waking Redshift. A copy
may be behind, never ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.lookup_items import key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WAREHOUSE_ITEM = "position#warehouse"

_LOOKUPS_KEY = key("PUBLISH", "POSITION")
_WAREHOUSE_KEY = {"item": {"S": WAREHOUSE_ITEM}}


def read_lookups_position(client: DynamoDBClient, table: str) -> int | None:
    """Return the snapshot that is published to the lookups table; None before the first."""
    found = client.get_item(TableName=table, Key=_LOOKUPS_KEY, ConsistentRead=True).get("Item")
    return int(found["snapshot_id"]["N"]) if found else None


def write_lookups_position(client: DynamoDBClient, table: str, snapshot_id: int) -> None:
    """Set the position: call it after the items that it stands for are written."""
    client.put_item(TableName=table, Item={**_LOOKUPS_KEY, "snapshot_id": {"N": str(snapshot_id)}})


def forget_lookups_position(client: DynamoDBClient, table: str) -> None:
    """Say that it is not known what the lookups table holds: the next publish rebuilds it."""
    client.delete_item(TableName=table, Key=_LOOKUPS_KEY)


def read_warehouse_position(client: DynamoDBClient, state_table: str) -> int | None:
    """Return the snapshot that the warehouse held when it was last looked at; None before a load.

    A warehouse before its first load stands at 0, which is no snapshot.
    """
    found = client.get_item(TableName=state_table, Key=_WAREHOUSE_KEY, ConsistentRead=True)
    item = found.get("Item")
    return (int(item["snapshot_id"]["N"]) or None) if item else None


def note_warehouse_position(client: DynamoDBClient, state_table: str, snapshot_id: int) -> None:
    """Copy the warehouse's position: call it with what Redshift has said or committed."""
    client.put_item(
        TableName=state_table, Item={**_WAREHOUSE_KEY, "snapshot_id": {"N": str(snapshot_id)}}
    )
