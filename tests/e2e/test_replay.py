"""A lost object is found and taken; a changed rule reaches every store, whatever dies meanwhile."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from contracts.raw_zone import POSITION_ITEM
from contracts.replay import REPLAY_ITEM
from local_aws.faults import control
from tests.e2e import broken_records
from tests.e2e.conftest import LOCAL, Pipeline, Run
from tests.e2e.test_stores import api

TOKYO = "Asia/Tokyo"  # nine hours before UTC, in winter as in summer
HOUR = "2026-01-01T00"  # in which the tests drop files
RECEIVED = "2026-01-01T00:00:00.000Z"
# More than a day after its receipt in UTC, less in Tokyo; and too old in Tokyo only.
AHEAD, OLD = "2026-01-02T05:00:00", "1990-01-01T05:00:00"
LINES = {
    "710001": {"InvoiceLine": "1", "InvoiceDate": "2011-01-01T08:30:00"},
    "710002": {"InvoiceDate": "2011-01-01T08:30:00"},
    "710003": {"InvoiceDate": "2011-01-01T08:30:00Z"},
    "710004": {"InvoiceDate": AHEAD},
    "710005": {"InvoiceDate": OLD},
}
IN_UTC = {
    "710001": "2011-01-01 08:30:00",
    "710002": "2011-01-01 08:30:00",
    "710003": "2011-01-01 08:30:00",
    "710005": "1990-01-01 05:00:00",
}
IN_TOKYO = {
    "710001": "2010-12-31 23:30:00",
    "710002": "2010-12-31 23:30:00",
    "710003": "2011-01-01 08:30:00",
    "710004": "2026-01-01 20:00:00",
}
DIES_TWICE = {
    "id": "cleanse dies after its commit of cleansed, and again in the retry",
    "caller": "glue:cleanse_transactions",
    "service": "glue",
    "action": "UpdateTable",
    "resource": "*/cleansed",
    "effect": "kill_after",
    "times": 2,
}


@dataclass(frozen=True)
class Found:
    """What the stores hold of the dropped lines.

    Attributes
    ----------
    transactions, facts : moments by invoice, one a row.
    lookups : moments by invoice, of the API.
    rejected : invoices in quarantine.
    reconciled : what `etl reconcile` says.
    bookmark : Glue's bookmark and our position beside it.
    """

    transactions: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    lookups: dict[str, str]
    rejected: list[str]
    reconciled: dict[str, Any]
    bookmark: Any


def look(pipeline: Pipeline) -> Found:
    """Look into every store."""
    transactions = pipeline.athena(
        "select invoice_no, date_format(invoice_ts, '%Y-%m-%d %H:%i:%s') as moment "
        "from transactions where invoice_no between '710001' and '710005' order by 1"
    )
    facts = pipeline.etl(
        "warehouse",
        "SELECT invoice_no, TO_CHAR(invoice_ts, 'YYYY-MM-DD HH24:MI:SS') AS moment "
        "FROM retail.fact_sales WHERE invoice_no BETWEEN '710001' AND '710005' ORDER BY 1",
        "--format",
        "json",
    )
    rejected = pipeline.athena("select raw_line from quarantine where raw_object like '%lost.json'")
    return Found(
        [(row["invoice_no"], row["moment"]) for row in transactions],
        [(row["invoice_no"], row["moment"]) for row in json.loads(facts.stdout)],
        dict(_looked_up(pipeline)),
        [json.loads(row["raw_line"])["InvoiceNo"] for row in rejected],
        pipeline.reconcile(),
        bookmark(pipeline),
    )


def _looked_up(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    for invoice in LINES:
        try:
            moment = api(pipeline, f"/invoices/{invoice}")["invoice_ts"]
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            continue
        yield invoice, moment[:19].replace("T", " ")


def bookmark(pipeline: Pipeline) -> Any:
    """Return what the cleanse job has read, as Glue and as our position has it."""
    entry = pipeline.client("glue").get_job_bookmark(JobName=pipeline.outputs["CleanseJob"])
    return entry["JobBookmarkEntry"]["JobBookmark"], state(pipeline).get(POSITION_ITEM)


def state(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """Return the state table's items by name."""
    items = state_table(pipeline).scan(ConsistentRead=True)["Items"]
    return {str(item["item"]): item for item in items}


def state_table(pipeline: Pipeline) -> Any:
    """Return the state table."""
    dynamodb: Any = boto3.resource("dynamodb", endpoint_url=pipeline.endpoint, **LOCAL)
    return dynamodb.Table(pipeline.outputs["StateTable"])


@dataclass(frozen=True)
class Audit:
    """Objects that the bookmark passes over, before and after they were taken."""

    keys: list[str]
    reported: dict[str, Any]
    before: Any
    printed: str
    after: Found


@pytest.fixture(scope="module")
def audit(pipeline: Pipeline, first_run: Run) -> Audit:  # noqa: ARG001
    """Drop files that look older than what was read; take them by `etl replay --unprocessed`."""
    lines = (
        json.dumps(broken_records.GOOD | {"received_at": RECEIVED, "InvoiceNo": number} | fields)
        for number, fields in LINES.items()
    )
    position = state(pipeline)[POSITION_ITEM]
    keys = [
        pipeline.put_raw("damaged.gz", broken_records.TRUNCATED_GZIP),
        pipeline.put_raw("lost.json", "\n".join(lines).encode() + b"\n"),
    ]
    pipeline.put_raw("nothing.json", b"\n")
    # As if the newest object read had come an hour after these.
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="microseconds")
    state_table(pipeline).put_item(Item=position | {"high_water_mark": later})
    reported, before = pipeline.reconcile(), bookmark(pipeline)
    printed = pipeline.etl("replay", "--unprocessed", "--yes").stdout
    after = look(pipeline)
    state_table(pipeline).put_item(Item=position)
    return Audit(keys, reported, before, printed, after)


def test_reconcile_names_the_objects_that_no_run_takes(audit: Audit) -> None:
    named = [each for each in audit.reported["differences"] if "raw_object" in each]
    assert [each["raw_object"] for each in named] == audit.keys
    assert all("etl replay --unprocessed" in each["what"] for each in named)


def test_a_replay_takes_them_and_leaves_the_bookmark_alone(audit: Audit) -> None:
    assert "SUCCEEDED" in audit.printed
    assert audit.after.transactions == sorted(IN_UTC.items())
    assert audit.after.facts == sorted(IN_UTC.items())
    assert audit.after.lookups == IN_UTC
    assert audit.after.rejected == ["710004"]
    assert audit.after.reconciled["differences"] == []
    assert audit.after.bookmark == audit.before


@dataclass(frozen=True)
class Death:
    """A replay that was killed twice between its commits, and the compaction that waited for it."""

    execution: dict[str, Any]
    fired: list[Any]
    remembered: bool
    compaction: list[dict[str, Any]]
    replay_ended: datetime


@pytest.fixture(scope="module")
def death(pipeline: Pipeline, audit: Audit) -> Iterator[Death]:  # noqa: ARG001
    """Change the shop's time zone, replay, and compact while the replay runs and dies."""
    pipeline.etl("deploy", "--parameter", f"ShopTimeZone={TOKYO}")
    control.load(pipeline.state_dir, json.dumps({"faults": [DIES_TWICE]}))
    states = pipeline.client("stepfunctions")
    pipeline.etl("replay", "--from", HOUR, "--to", HOUR, "--yes", "--no-follow")
    (replay,) = states.list_executions(
        stateMachineArn=pipeline.outputs["StateMachineArn"], statusFilter="RUNNING"
    )["executions"]
    while "lock" not in state(pipeline):
        time.sleep(0.2)
    compaction = states.start_execution(
        stateMachineArn=pipeline.outputs["CompactStateMachineArn"], name="compact-after-death"
    )["executionArn"]
    for execution in (replay["executionArn"], compaction):
        while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
            time.sleep(0.2)
    ended = states.describe_execution(executionArn=replay["executionArn"])
    events = states.get_execution_history(executionArn=compaction, maxResults=1000)["events"]
    fired = control.fired(pipeline.state_dir)
    control.clear(pipeline.state_dir)
    yield Death(ended, fired, REPLAY_ITEM in state(pipeline), events, ended["stopDate"])
    pipeline.etl("deploy", "--parameter", "ShopTimeZone=UTC")


def test_a_replay_that_is_killed_fails_and_is_remembered(death: Death) -> None:
    assert death.execution["status"] == "FAILED"
    assert [each["effect"] for each in death.fired] == ["kill_after"] * 2
    assert death.remembered


def test_a_compaction_waits_for_the_replay_to_end(death: Death) -> None:
    began = next(
        event["timestamp"]
        for event in death.compaction
        if event.get("stateEnteredEventDetails", {}).get("name") == "CompactLake"
    )
    assert began >= death.replay_ended
    assert death.compaction[-1]["type"] == "ExecutionSucceeded"


@pytest.fixture(scope="module")
def completed(pipeline: Pipeline, death: Death) -> Found:  # noqa: ARG001
    """Run the pipeline as the schedule does."""
    pipeline.run()
    return look(pipeline)


def test_the_next_run_completes_it_in_every_store(pipeline: Pipeline, completed: Found) -> None:
    assert completed.transactions == sorted(IN_TOKYO.items())
    assert completed.facts == sorted(IN_TOKYO.items())
    assert completed.lookups == IN_TOKYO
    assert completed.rejected == ["710005"]
    assert completed.reconciled["differences"] == []
    assert REPLAY_ITEM not in state(pipeline)


@pytest.mark.usefixtures("completed")
def test_a_replay_of_hours_without_objects_says_so(pipeline: Pipeline) -> None:
    done = pipeline.etl("replay", "--from", "2020-01-01", "--to", "2020-12-31")
    assert "nothing to replay" in done.stderr
    assert pipeline.run()["execution"]["status"] == "NOTHING_PENDING"
