"""Athena's API around executions: states, results page by page, workgroups, cancelling."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import LocalCloud
from tests.local_aws.athena.conftest import (
    BUCKET,
    DATABASE,
    OUTPUT,
    SALES,
    Query,
    create_raw_table,
    wait,
)

# Far more than a second of work, without reading anything.
LONG = (
    "SELECT count(*) FROM UNNEST(sequence(1, 30000)) a(x) CROSS JOIN UNNEST(sequence(1, 30000)) "
    "b(y) CROSS JOIN UNNEST(sequence(1, 30000)) c(z) WHERE (x * y * z) % 7 = 3"
)


def start(athena: Any, sql: str, **request: Any) -> str:
    settings = {
        "QueryExecutionContext": {"Database": DATABASE},
        "ResultConfiguration": {"OutputLocation": OUTPUT},
        **request,
    }
    return str(athena.start_query_execution(QueryString=sql, **settings)["QueryExecutionId"])


def until_running(athena: Any, query_id: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        if found["Status"]["State"] == "RUNNING":
            return
        time.sleep(0.02)
    raise AssertionError(f"{query_id} does not run")


@pytest.fixture(scope="module")
def workgroup(athena: Any, lake: None) -> str:  # noqa: ARG001
    """Create a workgroup with a place of its own that it enforces, and a small limit of bytes."""
    name = "limited"
    athena.create_work_group(
        Name=name,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/limited/"},
        },
    )
    return name


def test_a_query_that_succeeds_tells_its_kind_and_what_it_cost(query: Query) -> None:
    found = query("SELECT sum(quantity) FROM sales").execution
    assert found["Status"]["State"] == "SUCCEEDED"
    assert found["Status"]["CompletionDateTime"] >= found["Status"]["SubmissionDateTime"]
    assert (found["StatementType"], found["SubstatementType"]) == ("DML", "SELECT")
    assert found["ResultConfiguration"]["OutputLocation"] == (
        f"{OUTPUT}{found['QueryExecutionId']}.csv"
    )
    assert found["Statistics"]["DataScannedInBytes"] > 0
    assert (
        found["Statistics"]["TotalExecutionTimeInMillis"]
        >= (found["Statistics"]["EngineExecutionTimeInMillis"])
        > 0
    )
    assert found["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"


def test_a_query_that_fails_tells_why_in_athena_s_form(query: Query) -> None:
    found = query("SELECT 1 FROM nope")
    reason = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.athena_tests.nope' does not exist"
    assert (found.state, found.reason) == ("FAILED", reason)
    error = found.execution["Status"]["AthenaError"]
    assert (error["ErrorCategory"], error["Retryable"], error["ErrorMessage"]) == (2, False, reason)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 FROM nope.sales", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"),
        (
            "SELECT 1 FROM other.athena_tests.sales",
            "CATALOG_NOT_FOUND: line 1:15: Catalog 'other' does not exist",
        ),
        ('SELECT 1 FROM "sales$manifests"', "NOT_SUPPORTED: "),
        (
            "SELECT quantity / (quantity - quantity) FROM sales",
            "DIVISION_BY_ZERO: Division by zero",
        ),
        ("SELECT cast(description AS integer) FROM sales", "INVALID_CAST_ARGUMENT: Cannot cast"),
        ("SELECT 1 FROM raw FOR VERSION AS OF 1", "NOT_SUPPORTED: "),
    ],
)
def test_errors_of_a_running_query_have_trino_s_names(query: Query, sql: str, reason: str) -> None:
    found = query(sql)
    assert found.state == "FAILED"
    assert found.reason.startswith(reason)


def test_a_text_that_is_no_sql_is_refused_at_once(athena: Any, lake: None) -> None:  # noqa: ARG001
    with pytest.raises(ClientError, match=r"line 1:1: mismatched input 'SELEC'") as caught:
        start(athena, "SELEC 1")
    assert caught.value.response["Error"]["Code"] == "InvalidRequestException"
    assert caught.value.response["AthenaErrorCode"] == "MALFORMED_QUERY"


def test_the_result_file_quotes_every_value_and_leaves_null_empty(
    query: Query, local_cloud: LocalCloud
) -> None:
    found = query("SELECT 1 AS a, 'say \"hi\",\nyou' AS \"B c\", NULL AS n, '' AS e")
    url = found.execution["ResultConfiguration"]["OutputLocation"]
    key = url.removeprefix(f"s3://{BUCKET}/")
    s3 = local_cloud.client("s3")
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() == (
        '"a","B c","n","e"\n"1","say ""hi"",\nyou",,""\n'
    )
    assert s3.head_object(Bucket=BUCKET, Key=f"{key}.metadata")
    assert found.rows == [("1", 'say "hi",\nyou', None, "")]


def test_results_come_page_by_page_with_the_header_first(athena: Any, query: Query) -> None:
    found = query("SELECT event_id, description FROM sales ORDER BY event_id LIMIT 2500")
    query_id = found.execution["QueryExecutionId"]
    rows, token, pages = [], None, 0
    while True:
        more = {"NextToken": token} if token else {}
        page = athena.get_query_results(QueryExecutionId=query_id, MaxResults=1000, **more)
        rows += [
            tuple(datum.get("VarCharValue") for datum in row["Data"])
            for row in page["ResultSet"]["Rows"]
        ]
        pages += 1
        token = page.get("NextToken")
        if not token:
            break
    assert pages == 3
    assert rows[0] == ("event_id", "description")
    assert len(rows) == len(set(rows)) == 2501
    assert rows[1:] == found.rows == sorted(found.rows, key=lambda row: row[0] or "")


def test_columns_have_athena_s_types(athena: Any, query: Query) -> None:
    found = query(
        "SELECT count(*) AS n, sum(unit_price) AS total, avg(quantity) AS mean, max(day) AS d, "
        "max(invoice_ts) AS t, current_timestamp AS z, 'abc' AS s, min(description) AS v, "
        "true AS b, 1 AS i, real_value AS r FROM sales "
        "CROSS JOIN (SELECT cast(1.5 AS real) AS real_value) GROUP BY real_value"
    )
    answer = athena.get_query_results(QueryExecutionId=found.execution["QueryExecutionId"])
    columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(item["Name"], item["Type"], item["Precision"], item["Scale"]) for item in columns] == [
        ("n", "bigint", 19, 0),
        ("total", "decimal", 38, 4),
        ("mean", "double", 17, 0),
        ("d", "date", 0, 0),
        ("t", "timestamp", 3, 0),
        ("z", "timestamp with time zone", 3, 0),
        ("s", "varchar", 3, 0),
        ("v", "varchar", 2147483647, 0),
        ("b", "boolean", 0, 0),
        ("i", "integer", 10, 0),
        ("r", "float", 17, 0),
    ]


def test_a_running_query_is_really_stopped(athena: Any, lake: None) -> None:  # noqa: ARG001
    query_id = start(athena, LONG)
    until_running(athena, query_id)
    with pytest.raises(ClientError, match="Current state: RUNNING"):
        athena.get_query_results(QueryExecutionId=query_id)
    athena.stop_query_execution(QueryExecutionId=query_id)
    assert wait(athena, query_id)["Status"]["State"] == "CANCELLED"
    # The engine is free again: as many queries as it runs at once come to their end.
    others = [start(athena, "SELECT 1") for _ in range(4)]
    assert {wait(athena, other)["Status"]["State"] for other in others} == {"SUCCEEDED"}


def test_a_queued_query_can_be_stopped(athena: Any, lake: None) -> None:  # noqa: ARG001
    running = [start(athena, LONG) for _ in range(5)]
    for query_id in reversed(running):
        athena.stop_query_execution(QueryExecutionId=query_id)
    states = [wait(athena, query_id)["Status"]["State"] for query_id in running]
    assert states == ["CANCELLED"] * 5


def test_queries_run_side_by_side_and_the_cloud_goes_on_answering(
    athena: Any,
    local_cloud: LocalCloud,
    lake: None,  # noqa: ARG001
) -> None:
    long = start(athena, LONG)
    until_running(athena, long)
    begun = time.monotonic()
    local_cloud.client("s3").list_buckets()
    with ThreadPoolExecutor(3) as pool:
        ids = list(
            pool.map(lambda n: start(athena, f"SELECT max(quantity) + {n} FROM sales"), range(6))
        )
    states = {wait(athena, query_id)["Status"]["State"] for query_id in ids}
    assert time.monotonic() - begun < 20
    assert states == {"SUCCEEDED"}
    still = athena.get_query_execution(QueryExecutionId=long)["QueryExecution"]
    assert still["Status"]["State"] == "RUNNING"
    athena.stop_query_execution(QueryExecutionId=long)
    assert wait(athena, long)["Status"]["State"] == "CANCELLED"


def test_a_workgroup_that_enforces_its_settings_decides_where_results_go(
    query: Query, workgroup: str
) -> None:
    found = query("SELECT 1", WorkGroup=workgroup)
    location = found.execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{BUCKET}/limited/{found.execution['QueryExecutionId']}.csv"
    assert found.execution["WorkGroup"] == workgroup


def test_a_query_that_scans_more_than_the_workgroup_allows_is_cancelled(
    query: Query, workgroup: str, local_cloud: LocalCloud
) -> None:
    create_raw_table(local_cloud.client("glue"), "large")
    line = json.dumps({"InvoiceNo": "1", "Description": "x" * 1_000}) + "\n"
    local_cloud.client("s3").put_object(
        Bucket=BUCKET,
        Key="raw/large/ingest_date=2026-01-01/plain",
        Body=line.encode() * (10_000_000 // len(line) + 1),
    )
    sql = "SELECT count(invoiceno) FROM large WHERE ingest_date {} date '2026-01-01'"
    assert query(sql.format("<"), WorkGroup=workgroup).rows == [("0",)]
    assert query(sql.format("=")).state == "SUCCEEDED"
    found = query(sql.format("="), WorkGroup=workgroup)
    assert (found.state, found.reason) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert found.scanned > 10_000_000


@pytest.mark.parametrize(
    ("request_changes", "message"),
    [
        ({"WorkGroup": "nope"}, "WorkGroup nope is not found"),
        ({"ResultConfiguration": {}}, "No output location provided"),
        (
            {"ResultConfiguration": {"OutputLocation": "s3://no-such-bucket-here/"}},
            "Unable to verify/create output bucket no-such-bucket-here",
        ),
        ({"ResultConfiguration": {"OutputLocation": "/tmp/x"}}, "not a valid S3 path"),
    ],
)
def test_a_request_that_cannot_be_run_is_refused(
    athena: Any,
    lake: None,  # noqa: ARG001
    request_changes: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(ClientError, match=message):
        start(athena, "SELECT 1", **request_changes)


def test_the_same_request_token_is_the_same_query(athena: Any, lake: None) -> None:  # noqa: ARG001
    token = uuid.uuid4().hex
    first = start(athena, "SELECT 1", ClientRequestToken=token)
    assert start(athena, "SELECT 1", ClientRequestToken=token) == first


def test_executions_are_listed_newest_first_and_found_in_batches(
    athena: Any, query: Query, workgroup: str
) -> None:
    older = query("SELECT 1", WorkGroup=workgroup).execution["QueryExecutionId"]
    newer = query("SELECT 2", WorkGroup=workgroup).execution["QueryExecutionId"]
    listed = athena.list_query_executions(WorkGroup=workgroup)["QueryExecutionIds"]
    assert listed[:2] == [newer, older]
    missing = str(uuid.uuid4())
    found = athena.batch_get_query_execution(QueryExecutionIds=[older, missing])
    assert [item["Query"] for item in found["QueryExecutions"]] == ["SELECT 1"]
    assert [item["QueryExecutionId"] for item in found["UnprocessedQueryExecutionIds"]] == [missing]
    statistics = athena.get_query_runtime_statistics(QueryExecutionId=older)
    assert statistics["QueryRuntimeStatistics"]["Rows"]["InputBytes"] == 0


def test_parameters_are_values_not_text(query: Query) -> None:
    found = query(
        "SELECT count(*), ? FROM sales WHERE event_id = ?",
        ExecutionParameters=["3.50", "'first#1'' OR 1=1'"],
    )
    assert found.rows == [("0", "3.50")]


@pytest.mark.parametrize(
    ("sql", "parameters"), [("SELECT ?", []), ("SELECT ?", ["1", "2"]), ("SELECT 1", ["1"])]
)
def test_each_question_mark_takes_one_parameter(
    query: Query, sql: str, parameters: list[str]
) -> None:
    given = {"ExecutionParameters": parameters} if parameters else {}
    assert query(sql, **given).reason.startswith("INVALID_PARAMETER_USAGE: ")


def test_a_prepared_statement_runs_with_its_parameters(athena: Any, query: Query) -> None:
    athena.create_prepared_statement(
        StatementName="by_id",
        WorkGroup="primary",
        QueryStatement="SELECT event_id FROM sales WHERE event_id = ?",
    )
    assert query("EXECUTE by_id USING 'first#3'").rows == [("first#3",)]
    assert query("EXECUTE by_id", ExecutionParameters=["'first#4'"]).rows == [("first#4",)]
    assert query("PREPARE mine FROM SELECT ? + 1").state == "SUCCEEDED"
    assert query("EXECUTE mine USING 41").rows == [("42",)]
    assert query("DEALLOCATE PREPARE mine").state == "SUCCEEDED"
    with pytest.raises(ClientError, match="PreparedStatement mine was not found"):
        query("EXECUTE mine USING 41")


def test_a_missing_table_has_no_metadata(athena: Any, lake: None) -> None:  # noqa: ARG001
    request = {"CatalogName": "AwsDataCatalog", "DatabaseName": DATABASE}
    found = athena.get_table_metadata(**request, TableName="sales")["TableMetadata"]
    assert [column["Name"] for column in found["Columns"]][:2] == ["event_id", "quantity"]
    with pytest.raises(ClientError, match="not found"):
        athena.get_table_metadata(**request, TableName="nope")


def test_the_database_may_come_with_the_table_s_name(query: Query) -> None:
    sql = f'SELECT count(*) FROM "AwsDataCatalog"."{DATABASE.upper()}".Sales s WHERE S.Quantity < 0'
    found = query(sql, QueryExecutionContext={})
    assert 0 < int(found.rows[0][0] or 0) < SALES
    unnamed = query("SELECT 1 FROM sales", QueryExecutionContext={})
    assert unnamed.reason.startswith("MISSING_SCHEMA_NAME: line 1:15: Schema must be specified")
