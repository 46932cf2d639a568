"""No value of a customer's gets into a line that a function writes, whatever goes wrong.

What Lambda's runtime writes of an error and its trace counts as well.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.history import handler as history
from lambdas.ingest import handler as ingest
from lambdas.pending_work import handler as pending_work
from lambdas.run_lock import handler as run_lock
from lambdas.warehouse_load import handler as warehouse_load
from loader.warehouse import Batch, batch_key
from tests.lambdas.invocation import Invoked, invoke

NAME, CUSTOMER, INVOICE, PRICE = "Jane Doe-M\u00fcller", "917850017", "C99536365", "4711.0815"
# Any part of any of them, also as JSON or Python writes it.
VALUES = ("Jane", "Doe-M", "17850017", "9536365", "11.0815", base64.b64encode(b"Jane Doe").decode())
RECORD = {"InvoiceNo": INVOICE, "Description": NAME, "CustomerID": CUSTOMER, "UnitPrice": PRICE}

ARN = "arn:aws:states:us-east-1:123456789012:execution:etl-dev-retail-etl:"
SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "METRICS_NAMESPACE": "etl-dev",
    "DELIVERY_STREAM": "transactions",
    "STATE_TABLE": "state",
    "LEDGER_TABLE": "ledger",
    "LOOKUPS_TABLE": "lookups",
    "LAKE_BUCKET": "lake",
    "DATABASE": "retail",
    "GLUE_JOBS": "etl-dev-cleanse-transactions",
    "COPY_ROLE": "arn:aws:iam::123456789012:role/copy",
    "AUTHORIZER": "jwt",
    "CUSTOMER_CLAIM": "customer_id",
    "STAFF_CLAIM": "scope",
    "STAFF_VALUE": "history/read",
}
CACHES = (
    ingest._firehose,
    history._settings,
    history._lookups,
    run_lock._lock,
    run_lock._ledger_reader,
    pending_work._client,
    warehouse_load._client,
)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make an account in memory that has the lake, the state table and the ledger."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for cache in CACHES:
        cache.cache_clear()
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lake")
        for table, keys in {"state": ["item"], "ledger": ["run_id", "stage"]}.items():
            boto3.client("dynamodb").create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind}
                    for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        yield
    for cache in CACHES:
        cache.cache_clear()


class Quoting:
    """A service that quotes in its error all that it was sent."""

    def __init__(self, raised: type[Exception]) -> None:
        self.raised = raised

    def __getattr__(self, name: str) -> Any:
        def refuse(**request: Any) -> Any:
            message = f"Invalid value in {request} of {NAME}, {CUSTOMER}, {INVOICE}, {PRICE}"
            if self.raised is ClientError:
                error = {"Error": {"Code": "ValidationException", "Message": message}}
                raise ClientError(error, name)  # type: ignore[arg-type]
            raise self.raised(message)

        return refuse


def check(done: Invoked) -> None:
    """Check that something was written, with the invocation's id, and no value is in it."""
    assert [value for value in VALUES if value in done.written] == []
    assert done.lines
    assert {line["request_id"] for line in done.lines} == {"invocation-1"}


def posted(body: bytes, **headers: str) -> dict[str, Any]:
    return {"headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


BODIES = {
    "a record": json.dumps(RECORD).encode(),
    "names as field names": json.dumps({NAME: CUSTOMER, INVOICE: PRICE}).encode(),
    "no JSON": f"{NAME};{CUSTOMER};{INVOICE}".encode(),
    "numbers that are none": f'{{"{NAME}": NaN}}\n{{"{INVOICE}": Infinity}}'.encode(),
    "a text": json.dumps(f"{NAME} {CUSTOMER}").encode(),
    "bytes": b"\xff\xfe" + NAME.encode("utf-16-le"),
    "a lone surrogate": b'{"Description": "Jane \\ud800"}',
    "nothing": b"",
}


@pytest.mark.parametrize("kind", BODIES)
def test_ingest_writes_nothing_of_a_body(monkeypatch: pytest.MonkeyPatch, kind: str):
    for packed in ({}, {"content-encoding": "gzip"}):
        body = gzip.compress(BODIES[kind]) if packed else BODIES[kind]
        done = invoke(monkeypatch, ingest, posted(body, **packed))
        assert done.status == "ok"
        check(done)


@pytest.mark.parametrize("header", ["x-request-id", "content-encoding", "user-agent"])
def test_ingest_writes_nothing_of_a_header(monkeypatch: pytest.MonkeyPatch, header: str):
    event = posted(BODIES["a record"], **{header: f"{NAME} {CUSTOMER}"})
    check(invoke(monkeypatch, ingest, event))


@pytest.mark.parametrize("raised", [ClientError, ValueError, KeyError])
def test_ingest_writes_nothing_that_firehose_quotes(
    monkeypatch: pytest.MonkeyPatch, raised: type[Exception]
):
    monkeypatch.setattr(ingest, "_firehose", lambda: Quoting(raised))
    check(invoke(monkeypatch, ingest, posted(BODIES["a record"])))


def asked(route: str, claims: Any = None, query: Any = None, **path: str) -> dict[str, Any]:
    claims = {"customer_id": CUSTOMER} if claims is None else claims
    return {
        "routeKey": route,
        "rawPath": f"/{NAME}/{CUSTOMER}",
        "requestContext": {"requestId": "api-1", "authorizer": {"jwt": {"claims": claims}}},
        "pathParameters": path,
        "queryStringParameters": query or {},
    }


HISTORY = "GET /customers/{customer_id}/invoices"
QUESTIONS = {
    "a customer": asked(HISTORY, customer_id=CUSTOMER),
    "another customer": asked(HISTORY, customer_id=f"{CUSTOMER}0"),
    "a name": asked(HISTORY, customer_id=NAME),
    "a claim": asked(HISTORY, {"customer_id": NAME, "scope": [NAME]}, customer_id=CUSTOMER),
    "a parameter": asked(HISTORY, query={NAME: CUSTOMER}, customer_id=CUSTOMER),
    "a date": asked(HISTORY, query={"from": NAME}, customer_id=CUSTOMER),
    "a cursor": asked(HISTORY, query={"cursor": NAME}, customer_id=CUSTOMER),
    "an invoice": asked("GET /invoices/{invoice_no+}", invoice_no=INVOICE),
    "a product": asked("GET /products/{stock_code+}", stock_code=NAME),
    "a route": asked(f"GET /{NAME}/{CUSTOMER}"),
}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_history_writes_nothing_of_a_question(monkeypatch: pytest.MonkeyPatch, kind: str):
    check(invoke(monkeypatch, history, QUESTIONS[kind]))


@pytest.mark.parametrize("raised", [ClientError, ValueError])
def test_history_writes_nothing_that_the_table_quotes(
    monkeypatch: pytest.MonkeyPatch, raised: type[Exception]
):
    broken = history.Lookups(Quoting(raised), "lookups")  # type: ignore[arg-type]
    monkeypatch.setattr(history, "_lookups", lambda: broken)
    done = invoke(monkeypatch, history, QUESTIONS["a customer"])
    assert (done.status, done.answer["errorType"]) == ("error", "UnexpectedError")
    check(done)


@pytest.mark.parametrize(
    "event",
    [
        {"action": NAME, "execution": f"{ARN}run-1"},
        {"action": ["release", NAME], "execution": f"{ARN}run-1"},
        {"action": "release", "execution": f"{ARN}{NAME}"},
        {"action": "acquire", "execution": CUSTOMER},
        {"action": "acquire", "execution": {NAME: CUSTOMER}},
    ],
    ids=["action", "list", "name", "number", "object"],
)
def test_run_lock_writes_nothing_of_an_event(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
):
    check(invoke(monkeypatch, run_lock, event))


def test_run_lock_writes_nothing_that_the_ledger_holds(monkeypatch: pytest.MonkeyPatch):
    boto3.client("dynamodb").put_item(
        TableName="state", Item={"item": {"S": "lock"}, "owner": {"S": f"{ARN}run-1"}}
    )

    class Ledger:
        def query(self, **request: Any) -> dict[str, Any]:
            rejects = {"M": {NAME: {"N": "1"}, "too_long": {"N": INVOICE}}}
            item = {"stage": {"S": "cleanse"}, "rows_in": {"N": "2"}, "rejects": rejects}
            return {"Items": [{**item, "run_id": {"S": str(request)}}]}

    monkeypatch.setattr(run_lock, "_ledger_reader", Ledger)
    done = invoke(monkeypatch, run_lock, {"action": "release", "execution": f"{ARN}run-1"})
    assert done.answer == {"released": True}
    check(done)


def put_table(metadata: bytes) -> None:
    boto3.client("s3").put_object(Bucket="lake", Key="changed.json", Body=metadata)
    location = {"metadata_location": "s3://lake/changed.json", "table_type": "ICEBERG"}
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "retail"})
    for table in ("changed_invoices", "transactions", "cleansed"):
        glue.create_table(DatabaseName="retail", TableInput={"Name": table, "Parameters": location})


@pytest.mark.parametrize(
    "metadata",
    [
        f"{NAME} {CUSTOMER}".encode(),
        b"\xff" + NAME.encode("utf-16-le"),
        json.dumps([NAME]).encode(),
        json.dumps({"current-snapshot-id": NAME, "snapshots": [{"snapshot-id": NAME}]}).encode(),
        json.dumps({"current-snapshot-id": 1, "snapshots": [{NAME: CUSTOMER}]}).encode(),
    ],
    ids=["text", "bytes", "list", "snapshot", "field"],
)
def test_pending_work_writes_nothing_of_the_lake(monkeypatch: pytest.MonkeyPatch, metadata: bytes):
    put_table(metadata)
    check(invoke(monkeypatch, pending_work, {}))


@pytest.mark.parametrize(
    "event", [{"only": NAME}, {"only": {"a": NAME}}, {"run_id": f"{NAME} 1"}, {"force": NAME}],
    ids=["only", "object", "run_id", "force"],
)  # fmt: skip
def test_pending_work_writes_nothing_of_an_event(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
):
    check(invoke(monkeypatch, pending_work, event))


def ended(step: str, error: str = "", **changes: Any) -> dict[str, Any]:
    end = {"step": step, "statement_id": "id-1", "succeeded": False, "error": error, **changes}
    return {"phase": "load", "run_id": "run-1", "ended": end}


MESSAGE = (
    f'ERROR: invalid input syntax for type numeric: "{PRICE} {NAME}"\n'
    f"DETAIL: Key (customer_id)=({CUSTOMER}) of {INVOICE}"
)
ROWS = [[{"LongValue": NAME}, {"StringValue": CUSTOMER}]]
ENDINGS = {
    "a failed load": ended("inspect", MESSAGE),
    "a failed preparation": {**ended("migrate", MESSAGE), "phase": "prepare"},
    "failed views": ended("refresh", MESSAGE),
    "other rows": {**ended("inspect", rows=ROWS, succeeded=True), "phase": "prepare"},
    "other rows of the views": ended("look", rows=ROWS, succeeded=True),
    "another step": ended(NAME),
    "another field": ended("load", **{NAME: CUSTOMER}),
    "another phase": {**ended("load"), "phase": {NAME: 1}},
    "no run": {**ended("load"), "run_id": f"{NAME} {CUSTOMER}"},
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_warehouse_load_writes_nothing_that_redshift_quotes(
    monkeypatch: pytest.MonkeyPatch, kind: str
):
    batch = Batch(0, 1, 7, "s3://lake/s.manifest", "s3://lake/i.manifest")
    key = batch_key("run-1", "batch.json")
    boto3.client("s3").put_object(Bucket="lake", Key=key, Body=json.dumps(asdict(batch)))
    check(invoke(monkeypatch, warehouse_load, ENDINGS[kind]))


def test_warehouse_load_writes_nothing_of_a_batch(monkeypatch: pytest.MonkeyPatch):
    key = batch_key("run-1", "batch.json")
    boto3.client("s3").put_object(Bucket="lake", Key=key, Body=json.dumps({NAME: CUSTOMER}))
    check(invoke(monkeypatch, warehouse_load, ended("load", "ERROR")))


@pytest.mark.parametrize("handler", [ingest, history, run_lock, pending_work, warehouse_load])
def test_an_event_of_no_form_at_all_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, handler: ModuleType
):
    for event in ({NAME: CUSTOMER}, [NAME], NAME, {"headers": NAME, "ended": NAME, "body": 1}):
        check(invoke(monkeypatch, handler, event))
