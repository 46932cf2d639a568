"""HTTP requests are told apart as the calls that SDKs make."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.config import Config

from local_aws.faults.requests import HttpRequest

CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
RECORD = {"Data": b"x"}
PUT = {"PutRequest": {"Item": {"k": {"S": "x"}}}}
SQL = {"Database": "dev", "WorkgroupName": "wgp"}


def _sent(service: str, operation: str, arguments: dict[str, Any]) -> tuple[HttpRequest, bytes]:
    """Return what boto3 would send for a call."""
    sent: list[Any] = []

    def keep(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise _KeptError

    client = boto3.client(service, endpoint_url="http://127.0.0.1:9", **CREDENTIALS)
    client.meta.events.register("before-send", keep)
    with pytest.raises(_KeptError):
        getattr(client, operation)(**arguments)
    (request,) = sent
    url = urlsplit(request.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    body = body if isinstance(body, bytes) else body.read()
    return HttpRequest(request.method, unquote(url.path), url.query, headers), body


class _KeptError(Exception):
    pass


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "call"),
    [
        (
            "s3",
            "put_object",
            {"Bucket": "bkt", "Key": "a/b c", "Body": b"x"},
            "PutObject bkt/a/b c",
        ),
        ("s3", "get_object", {"Bucket": "bkt", "Key": "k"}, "GetObject bkt/k"),
        ("s3", "head_object", {"Bucket": "bkt", "Key": "k"}, "HeadObject bkt/k"),
        ("s3", "delete_object", {"Bucket": "bkt", "Key": "k"}, "DeleteObject bkt/k"),
        ("s3", "list_objects_v2", {"Bucket": "bkt", "Prefix": "p/"}, "ListObjectsV2 bkt/p/"),
        ("s3", "list_objects_v2", {"Bucket": "bkt"}, "ListObjectsV2 bkt"),
        (
            "s3",
            "delete_objects",
            {"Bucket": "bkt", "Delete": {"Objects": [{"Key": "k"}]}},
            "DeleteObjects bkt",
        ),
        (
            "s3",
            "create_multipart_upload",
            {"Bucket": "bkt", "Key": "k"},
            "CreateMultipartUpload bkt/k",
        ),
        (
            "s3",
            "upload_part",
            {"Bucket": "bkt", "Key": "k", "PartNumber": 1, "UploadId": "u", "Body": b"x"},
            "UploadPart bkt/k",
        ),
        (
            "s3",
            "complete_multipart_upload",
            {"Bucket": "bkt", "Key": "k", "UploadId": "u"},
            "CompleteMultipartUpload bkt/k",
        ),
        ("s3", "list_buckets", {}, "ListBuckets "),
        ("dynamodb", "put_item", {"TableName": "tbl", "Item": {}}, "PutItem tbl"),
        (
            "dynamodb",
            "batch_write_item",
            {"RequestItems": {"two": [PUT], "one": [PUT]}},
            "BatchWriteItem one,two",
        ),
        (
            "dynamodb",
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": "tbl", "Item": {}}}]},
            "TransactWriteItems tbl",
        ),
        ("glue", "get_table", {"DatabaseName": "db", "Name": "tbl"}, "GetTable db/tbl"),
        (
            "glue",
            "update_table",
            {"DatabaseName": "db", "TableInput": {"Name": "tbl"}},
            "UpdateTable db/tbl",
        ),
        ("glue", "get_database", {"Name": "db"}, "GetDatabase db"),
        ("glue", "start_job_run", {"JobName": "job"}, "StartJobRun job"),
        (
            "firehose",
            "put_record_batch",
            {"DeliveryStreamName": "stream", "Records": [RECORD]},
            "PutRecordBatch stream",
        ),
        (
            "lambda",
            "invoke",
            {"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:fn"},
            "Invoke fn",
        ),
        ("lambda", "invoke", {"FunctionName": "fn"}, "Invoke fn"),
        ("redshift-data", "execute_statement", {"Sql": "select 1", **SQL}, "ExecuteStatement wgp"),
        ("redshift-data", "describe_statement", {"Id": "x" * 36}, f"DescribeStatement {'x' * 36}"),
        (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:machine"},
            "StartExecution machine",
        ),
        (
            "athena",
            "start_query_execution",
            {"QueryString": "select 1", "WorkGroup": "wg"},
            "StartQueryExecution wg",
        ),
        ("secretsmanager", "get_secret_value", {"SecretId": "sec"}, "GetSecretValue sec"),
        ("cloudformation", "describe_stacks", {"StackName": "stk"}, "DescribeStacks stk"),
        ("iam", "get_role", {"RoleName": "rol"}, "GetRole rol"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_call_of_boto3_is_named(
    service: str, operation: str, arguments: dict[str, Any], call: str
) -> None:
    request, body = _sent(service, operation, arguments)

    signing_name = {"stepfunctions": "states"}.get(service, service)
    assert request.service == signing_name
    assert " ".join(request.name(body)) == call


def test_a_request_to_an_http_api_is_named_by_method_and_route() -> None:
    request = HttpRequest("POST", "/_aws/execute-api/abc123/$default/transactions", "", {})

    assert request.service == "execute-api"
    assert request.name(b"") == ("POST", "/transactions")


def test_a_presigned_request_is_of_the_service_that_it_is_signed_for() -> None:
    signing = Config(signature_version="s3v4")
    s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:9", config=signing, **CREDENTIALS)
    url = urlsplit(s3.generate_presigned_url("get_object", {"Bucket": "bkt", "Key": "k"}))

    request = HttpRequest("GET", url.path, url.query, {})

    assert (request.service, *request.name(b"")) == ("s3", "GetObject", "bkt/k")


def test_a_request_of_nobody_who_signs_is_no_call() -> None:
    assert HttpRequest("GET", "/_ministack/health", "", {}).service is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", json.dumps("x").encode()])
def test_a_broken_body_names_nothing(body: bytes) -> None:
    target = {"x-amz-target": "AWSGlue.GetTable", "authorization": "Credential=a/b/c/glue/x"}

    assert HttpRequest("POST", "/", "", target).name(body) == ("GetTable", "")
