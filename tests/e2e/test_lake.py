"""From a CSV file to a queryable lake: arrivals, repeats, corrections, broken records."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64encode
from decimal import Decimal
from pathlib import Path

import awswrangler as wr
import boto3
import pytest

from cli.artifacts import build
from tests.e2e import broken_records, oracle
from tests.e2e.conftest import LOCAL, ROWS, Corrections, Pipeline, Run, run_pipeline

CHECKOUT = Path(__file__).parents[2]


def test_every_row_of_the_file_is_in_the_lake_with_its_amount(
    pipeline: Pipeline, sales: Path, first_run: Run
) -> None:
    expected = oracle.by_type(sales)

    found = pipeline.athena(
        "select transaction_type, count(*) as n, sum(line_amount) as amount "
        "from transactions group by transaction_type"
    )

    assert {
        row["transaction_type"]: (int(row["n"]), Decimal(row["amount"])) for row in found
    } == expected
    assert sum(rows for rows, _ in expected.values()) == ROWS
    stores = first_run.reconciled["stores"]
    total = f"{sum(amount for _, amount in expected.values()):.4f}"
    for store in ("sent", "raw", "cleansed", "transactions"):
        assert stores[store]["rows"] == ROWS, store
        assert stores[store]["line_amount"] == total, store
    assert stores["quarantine"]["rows"] == 0
    assert first_run.reconciled["differences"] == []


def test_the_ledger_says_what_each_stage_did(first_run: Run) -> None:
    assert first_run.ledger["execution"]["status"] == "SUCCEEDED"
    assert first_run.ledger["cleanse"]["rows_in"] == ROWS
    assert first_run.ledger["partition"]["inserted"] == ROWS


@pytest.mark.usefixtures("first_run")
def test_what_runs_is_what_was_built(pipeline: Pipeline) -> None:
    built = {artifact.key: artifact.sha256 for artifact in build(CHECKOUT).artifacts}
    s3, glue = pipeline.client("s3"), pipeline.client("glue")
    functions = pipeline.client("lambda").list_functions()["Functions"]
    machine = pipeline.client("stepfunctions").describe_state_machine(
        stateMachineArn=pipeline.outputs["StateMachineArn"]
    )

    for job in ("CleanseJob", "PartitionJob", "CompactJob"):
        definition = glue.get_job(JobName=pipeline.outputs[job])["Job"]
        for location in (
            definition["Command"]["ScriptLocation"],
            definition["DefaultArguments"]["--extra-py-files"],
        ):
            bucket, _, key = location.removeprefix("s3://").partition("/")
            deployed = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            assert b64encode(hashlib.sha256(deployed).digest()).decode() == built[key]
    packages = {digest for key, digest in built.items() if key.startswith("lambdas/")}
    assert {function["CodeSha256"] for function in functions} == packages
    source = (CHECKOUT / "state_machines" / "retail_etl.asl.json").read_text()
    assert json.loads(machine["definition"]).keys() == json.loads(source).keys()


def test_a_query_on_one_month_reads_a_part_of_what_the_whole_table_takes(
    pipeline: Pipeline,
    session: boto3.Session,
    sales: Path,
    first_run: Run,  # noqa: ARG001
) -> None:
    months = oracle.months(sales)
    month, rows = months[len(months) // 2]
    athena = pipeline.client("athena")

    def scanned(sql: str) -> tuple[int, int]:
        query = wr.athena.start_query_execution(
            sql,
            database=pipeline.outputs["Database"],
            workgroup=pipeline.outputs["WorkGroup"],
            boto3_session=session,
            wait=True,
        )
        result = athena.get_query_results(QueryExecutionId=query["QueryExecutionId"])
        count = int(result["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"])
        return count, query["Statistics"]["DataScannedInBytes"]

    whole = scanned("select count(distinct description) from transactions")
    count, of_month = scanned(
        f"select count(quantity) from transactions where invoice_ts >= timestamp '{month}-01' "
        f"and invoice_ts < timestamp '{month}-01' + interval '1' month"
    )

    assert count == rows
    assert 0 < of_month < whole[1]


@pytest.fixture
def session(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """Return a session for awswrangler, which takes endpoints from its own configuration."""
    for service in ("athena", "s3", "glue", "sts"):
        monkeypatch.setattr(wr.config, f"{service}_endpoint_url", pipeline.endpoint)
    return boto3.Session(**LOCAL)


@pytest.mark.parametrize("table", ["transactions", "cleansed", "raw_transactions"])
@pytest.mark.usefixtures("first_run")
def test_awswrangler_reads_every_table(
    pipeline: Pipeline, session: boto3.Session, table: str
) -> None:
    frame = wr.athena.read_sql_query(
        f"select count(*) as n from {table}",
        database=pipeline.outputs["Database"],
        workgroup=pipeline.outputs["WorkGroup"],
        ctas_approach=False,
        boto3_session=session,
    )

    assert int(frame["n"][0]) >= ROWS


def test_a_run_with_nothing_new_says_so_and_starts_no_job(
    pipeline: Pipeline, repeated_run: Run
) -> None:
    jobs_before = pipeline.job_runs()

    empty = run_pipeline(pipeline)

    assert empty.ledger["execution"]["status"] == "NOTHING_PENDING"
    assert pipeline.job_runs() == jobs_before
    assert empty.data_files == repeated_run.data_files


def test_the_same_file_again_is_counted_and_changes_nothing(
    first_run: Run, repeated_run: Run
) -> None:
    assert repeated_run.ledger["partition"]["duplicates"] == ROWS
    assert repeated_run.ledger["partition"]["inserted"] == 0
    assert (
        repeated_run.reconciled["stores"]["transactions"]
        == first_run.reconciled["stores"]["transactions"]
    )
    assert repeated_run.data_files == first_run.data_files
    assert repeated_run.reconciled["differences"] == []


def test_the_latest_version_of_a_corrected_line_is_the_truth_once(
    pipeline: Pipeline, odd_run: Corrections
) -> None:
    event = f"{odd_run.before['InvoiceNo']}#L1"

    truth = pipeline.athena(
        "select quantity, cast(invoice_ts as varchar) as moment from transactions "
        f"where event_id = '{event}'"
    )
    versions = pipeline.athena(f"select quantity from cleansed where event_id = '{event}'")

    quantity = odd_run.before["Quantity"]
    assert [(str(row["quantity"]), row["moment"][:16]) for row in truth] == [
        (quantity, "2010-01-31 10:00")
    ]
    assert sorted(str(row["quantity"]) for row in versions) == sorted(
        [quantity, quantity, "77", quantity, "5"]
    )
    assert odd_run.run.ledger["partition"]["corrections"] == 1
    assert odd_run.run.ledger["partition"]["older_versions"] == 2


def test_time_travel_shows_the_line_as_it_was(
    pipeline: Pipeline, repeated_run: Run, odd_run: Corrections
) -> None:
    event = f"{odd_run.before['InvoiceNo']}#L1"

    was = pipeline.athena(
        "select cast(invoice_ts as varchar) as moment from transactions "
        f"for timestamp as of timestamp '{repeated_run.finished}' where event_id = '{event}'"
    )

    assert len(was) == 1
    assert not was[0]["moment"].startswith("2010-01-31")


def test_an_event_posted_as_pandas_writes_it_is_the_same_event(
    pipeline: Pipeline, odd_run: Corrections
) -> None:
    found = pipeline.athena(
        "select customer_id, cast(invoice_ts as varchar) as moment, quantity, unit_price "
        "from transactions where invoice_no = '699999'"
    )

    assert len(found) == 1
    assert str(found[0]["customer_id"]) == "17850"
    assert found[0]["moment"].startswith("2010-12-01 08:26:00")
    assert str(found[0]["quantity"]) == odd_run.before["Quantity"]
    assert Decimal(found[0]["unit_price"]) == Decimal(odd_run.before["UnitPrice"])


def test_the_good_records_arrive_and_each_broken_one_is_accounted_for_once(
    pipeline: Pipeline, odd_run: Corrections
) -> None:
    good = pipeline.athena("select count(*) as n from transactions where invoice_no = '700000'")
    intact = pipeline.athena("select description from transactions where event_id = '700000#L963'")
    rejected = pipeline.athena("select reason, field, detail, raw_line, raw_object from quarantine")

    assert int(good[0]["n"]) == 963
    assert intact[0]["description"] == broken_records.INTACT["Description"]
    assert [status for status, _ in odd_run.api] == [202] * 5
    refused = odd_run.api[3][1]["refused"]
    assert [each["index"] for each in refused] == [963, 964, 965]
    expected = sorted((reason, field) for _, reason, field in broken_records.BROKEN_FIELDS)
    lines = [row for row in rejected if row["reason"] != "unreadable_object"]
    assert sorted((row["reason"], row["field"]) for row in lines) == expected
    assert len([row for row in rejected if row["raw_object"].endswith("truncated.gz")]) == 1
    assert len(refused) + len(rejected) == 37
    assert all(row["detail"] for row in rejected)
    assert odd_run.run.reconciled["differences"] == []


def test_compaction_keeps_every_row_and_leaves_nothing_pending(
    pipeline: Pipeline, odd_run: Corrections
) -> None:
    states = pipeline.client("stepfunctions")
    execution = states.start_execution(
        stateMachineArn=pipeline.outputs["CompactStateMachineArn"], name="compact-1"
    )["executionArn"]

    while (ended := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.5)

    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert pipeline.ledger("compact-1")["compact"]["status"] == "SUCCEEDED"
    assert pipeline.reconcile()["stores"] == odd_run.run.reconciled["stores"]
    assert pipeline.run()["execution"]["status"] == "NOTHING_PENDING"
