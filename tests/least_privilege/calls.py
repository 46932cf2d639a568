"""The very call behind an action, made with a role's credentials; what comes of it is not asked.

Authorisation comes before all else: a call that is allowed may still fail, for instance because
what it names is not there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.least_privilege.requests import Request

DENIED = {"AccessDenied", "AccessDeniedException", "403"}


@dataclass(frozen=True)
class Asked:
    """A recorded request, taken apart for a call.

    Attributes
    ----------
    name : last part of the resource's ARN, after its kind.
    """

    request: Request
    client: Callable[[str], Any]
    keys: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.request.resource.split(":", 5)[5]

    @property
    def context(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.request.context)
        return found

    @property
    def bucket(self) -> str:
        return self.name.partition("/")[0]

    @property
    def key(self) -> str:
        return self.name.partition("/")[2]

    @property
    def table(self) -> str:
        return self.name.split("/")[1]

    @property
    def item(self) -> dict[str, Any]:
        """A whole key of the DynamoDB table, with the partition that was recorded."""
        leading = self.context.get("dynamodb:LeadingKeys") or ["probe"]
        names = self.keys[self.table].split(",")
        return dict(zip(names, ({"S": text} for text in (leading[0], "probe")), strict=False))


def is_denied(act: Callable[[], Any]) -> bool:
    """Make a call; return whether it was refused for want of a permission."""
    try:
        act()
    except ClientError as refused:
        return refused.response["Error"]["Code"] in DENIED
    return False


def make(asked: Asked) -> Any:
    """Make the call of a recorded request."""
    service, operation = asked.request.action.split(":")
    maker = {"s3": _s3, "dynamodb": _dynamodb, "glue": _glue, "logs": _logs}.get(service)
    if maker is not None:
        return maker(asked, operation)
    if service == "firehose":
        records = [{"Data": b"{}\n"}]
        return asked.client(service).put_record_batch(
            DeliveryStreamName=asked.table, Records=records
        )
    assert asked.request.action == "states:DescribeExecution", f"no call for {asked.request.action}"
    return asked.client("stepfunctions").describe_execution(executionArn=asked.request.resource)


def _s3(asked: Asked, operation: str) -> Any:
    s3, place = asked.client("s3"), {"Bucket": asked.bucket}
    if operation == "ListBucket":
        prefix = asked.context.get("s3:prefix", "")
        return s3.list_objects_v2(**place, Prefix=prefix, MaxKeys=1)
    if operation == "GetBucketLocation":
        return s3.get_bucket_location(**place)
    place["Key"] = asked.key
    calls = {
        "GetObject": lambda: s3.get_object(**place),
        "PutObject": lambda: s3.put_object(**place, Body=b""),
        "DeleteObject": lambda: s3.delete_object(**place),
        "AbortMultipartUpload": lambda: s3.abort_multipart_upload(**place, UploadId="none"),
    }
    return calls[operation]()


def _dynamodb(asked: Asked, operation: str) -> Any:
    client, table, key = asked.client("dynamodb"), asked.table, asked.item
    (name, value), *_ = key.items()
    calls: dict[str, Callable[[], Any]] = {
        "GetItem": lambda: client.get_item(TableName=table, Key=key),
        "PutItem": lambda: client.put_item(TableName=table, Item=key),
        "DeleteItem": lambda: client.delete_item(TableName=table, Key=key),
        "UpdateItem": lambda: client.update_item(TableName=table, Key=key),
        "Scan": lambda: client.scan(TableName=table, Limit=1),
        "BatchGetItem": lambda: client.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        "BatchWriteItem": lambda: client.batch_write_item(
            RequestItems={table: [{"DeleteRequest": {"Key": key}}]}
        ),
        "Query": lambda: client.query(
            TableName=table,
            **({"IndexName": asked.name.split("/")[3]} if "/index/" in asked.name else {}),
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": name},
            ExpressionAttributeValues={":value": value},
        ),
    }
    return calls[operation]()


def _glue(asked: Asked, operation: str) -> Any:
    """Call for a table of the deployed database, whichever of its three resources is asked for."""
    glue, database = asked.client("glue"), "etl_local_retail"
    name = asked.name.split("/")[-1] if asked.name.startswith("table/") else "transactions"
    calls: dict[str, Callable[[], Any]] = {
        "GetDatabase": lambda: glue.get_database(Name=database),
        "GetTable": lambda: glue.get_table(DatabaseName=database, Name=name),
        "GetTables": lambda: glue.get_tables(DatabaseName=database),
        "CreateTable": lambda: glue.create_table(
            DatabaseName=database, TableInput={"Name": "probe"}
        ),
        "UpdateTable": lambda: glue.update_table(
            DatabaseName=database, TableInput={"Name": "probe"}
        ),
        "GetJobRuns": lambda: glue.get_job_runs(JobName=asked.table),
    }
    return calls[operation]()


def _logs(asked: Asked, operation: str) -> Any:
    logs = asked.client("logs")
    group, _, stream = asked.name.removeprefix("log-group:").partition(":log-stream:")
    event = {"timestamp": int(time.time() * 1000), "message": "probe"}
    names = {"logGroupName": group}
    calls: dict[str, Callable[[], Any]] = {
        "CreateLogGroup": lambda: logs.create_log_group(**names),
        "CreateLogStream": lambda: logs.create_log_stream(**names, logStreamName="probe"),
        "PutLogEvents": lambda: logs.put_log_events(
            **names, logStreamName=stream or "probe", logEvents=[event]
        ),
    }
    return calls[operation]()
