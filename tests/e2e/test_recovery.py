"""Rejected records come back, damaged stores are rebuilt, and an event is found on its way."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.e2e import broken_records
from tests.e2e.conftest import LOCAL, Corrections, Pipeline

FACTS = "SELECT * FROM retail.fact_sales ORDER BY event_id"
DIMENSIONS = {
    "dim_customer": "customer_id",
    "dim_product": "stock_code",
    "dim_date": "date_key",
}
# Both records with a quantity of 0: their invoices, by their place among the broken ones.
ZEROS = [
    f"8{place:05d}"
    for place, (_, reason, _) in enumerate(broken_records.BROKEN_FIELDS)
    if reason == "zero_quantity"
]
# The publish job dies between two batches of a rebuild, which the state machine then repeats.
DEATH = {
    "seed": 1,
    "faults": [
        {
            "id": "a rebuild dies between two batches",
            "caller": "glue:publish_transactions",
            "service": "dynamodb",
            "action": "BatchWriteItem",
            "effect": "kill_before",
            "skip": 40,
        }
    ],
}

Items = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Recovery:
    """What was seen on the way."""

    rejected: Counter[str] = field(default_factory=Counter)
    printed: dict[str, str] = field(default_factory=dict)
    traces: dict[str, dict[str, Any]] = field(default_factory=dict)
    lookups: list[Items] = field(default_factory=list)
    facts: list[list[dict[str, Any]]] = field(default_factory=list)
    fired: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    reconciled: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def recovery(
    pipeline: Pipeline, odd_run: Corrections, tmp_path_factory: pytest.TempPathFactory
) -> Recovery:
    """Correct a rejected record, damage both stores, rebuild them: one execution."""
    del odd_run  # it has filled the quarantine and the stores
    folder = tmp_path_factory.mktemp("recovery")
    counts = json.loads(pipeline.etl("quarantine", "show", "--json").stdout)["counts"]
    seen = Recovery(Counter({each["reason"]: 0 for each in counts}))
    seen.rejected.update(dict.fromkeys(seen.rejected, 0))
    for each in counts:
        seen.rejected[each["reason"]] += each["rows"]
    file = export_and_correct(pipeline, folder)
    for step, options in {"first": [], "again": [], "as it is": ["--as-is"]}.items():
        done = pipeline.etl("quarantine", "retry", str(file), *options, check=step != "again")
        seen.printed[step] = done.stdout + done.stderr
    seen.traces["sent"] = trace(pipeline)
    seen.lookups.append(lookups(pipeline))
    seen.facts.append(facts(pipeline))
    damage(pipeline, seen.lookups[0])
    plan = folder / "plan.json"
    plan.write_text(json.dumps(DEATH))
    pipeline.etl("faults", "load", str(plan))
    seen.printed["rebuild"] = pipeline.etl("rebuild", "all", "--yes").stdout
    pipeline.etl("faults", "clear")
    log = pipeline.state_dir / "faults" / "fired.jsonl"
    seen.fired = [json.loads(line) for line in log.read_text().splitlines()]
    seen.traces["rebuilt"] = trace(pipeline)
    seen.lookups.append(lookups(pipeline))
    seen.facts.append(facts(pipeline))
    seen.quarantine = json.loads(
        pipeline.etl(
            "quarantine", "show", "--reason", "zero_quantity", "--all", "--json"
        ).stdout
    )  # fmt: skip
    seen.reconciled = pipeline.reconcile()
    return seen


def export_and_correct(pipeline: Pipeline, folder: Path) -> Path:
    """Write the rows with a quantity of 0 into a file, and correct one of them."""
    file = folder / "rejected.csv"
    pipeline.etl("quarantine", "show", "--reason", "zero_quantity", "--out", str(file))
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        if row["InvoiceNo"] == ZEROS[0]:
            row |= {"Quantity": "3", "InvoiceLine": "1"}
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def trace(pipeline: Pipeline) -> dict[str, Any]:
    """Return where the corrected event is."""
    found: dict[str, Any] = json.loads(
        pipeline.etl("trace", f"{ZEROS[0]}#L1", "--json").stdout
    )  # fmt: skip
    return found


def lookups_table(pipeline: Pipeline) -> Any:
    name = pipeline.outputs["LookupsTable"]
    return boto3.resource("dynamodb", endpoint_url=pipeline.endpoint, **LOCAL).Table(name)


def lookups(pipeline: Pipeline) -> Items:
    """Return every item but the position, without the run that wrote it."""
    found: Items = {}
    request: dict[str, Any] = {}
    while True:
        page = lookups_table(pipeline).scan(**request)
        for item in page["Items"]:
            item.pop("rebuilt_by", None)
            found[item["pk"], item["sk"]] = item
        if "LastEvaluatedKey" not in page:
            found.pop(("PUBLISH", "POSITION"))
            return found
        request = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def warehouse(pipeline: Pipeline, sql: str, *options: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        pipeline.etl("warehouse", sql, "--format", "json", *options).stdout
    )
    return rows


def facts(pipeline: Pipeline) -> list[dict[str, Any]]:
    return warehouse(pipeline, FACTS)


def damage(pipeline: Pipeline, items: Items) -> None:
    """Change, lose and add items; double facts, change dimensions. The positions stay right."""
    table = lookups_table(pipeline)
    with table.batch_writer() as batch:
        for place, (partition, sort) in enumerate(sorted(items)):
            if place % 3 == 0:
                batch.delete_item(Key={"pk": partition, "sk": sort})
            if place % 3 == 1:
                batch.put_item(Item={"pk": partition, "sk": sort, "line_count": 1})
        for name in range(30):
            batch.put_item(Item={"pk": f"INVOICE#NONE{name}", "sk": "HEADER", "chunk_count": 1})
    for sql in (
        "INSERT INTO retail.fact_sales SELECT * FROM retail.fact_sales WHERE quantity > 5",
        "UPDATE retail.fact_sales SET line_amount = 0 WHERE quantity = 2",
        "DELETE FROM retail.dim_date",
        "INSERT INTO retail.dim_product SELECT 'NONE', 'WRONG', TRUE",
    ):
        pipeline.etl("warehouse", sql, "--as-admin")


def test_the_quarantine_counts_each_reason(recovery: Recovery) -> None:
    expected = Counter(reason for _, reason, _ in broken_records.BROKEN_FIELDS)
    assert recovery.rejected == expected | Counter({"unreadable_object": 1})


def test_a_corrected_record_is_sent_once_and_an_unchanged_one_only_when_asked(
    recovery: Recovery,
) -> None:
    assert "sent 1 corrected records, 1 held back" in recovery.printed["first"]
    assert "is unchanged (zero_quantity" in recovery.printed["first"]
    assert "1 records were sent before" in recovery.printed["again"]
    assert "nothing was sent" in recovery.printed["again"]
    assert "sent 1 corrected records, 0 held back" in recovery.printed["as it is"]


def test_what_became_of_each_is_told_by_the_row_that_it_was_sent_for(recovery: Recovery) -> None:
    by_fate = {row["retry"]["fate"] if row["retry"] else None: row for row in recovery.quarantine}
    assert by_fate.keys() == {"accepted", "rejected again", None}
    assert by_fate["rejected again"]["retry"]["successor"] == by_fate[None]["quarantine_id"]
    assert by_fate["rejected again"]["quarantine_id"] in by_fate[None]["raw_line"]


def test_an_event_is_found_at_every_stage(recovery: Recovery) -> None:
    sent, rebuilt = recovery.traces["sent"], recovery.traces["rebuilt"]
    assert (sent["stage"], sent["versions"]) == ("landed", [])
    assert [line["is_pending"] for line in sent["raw_lines"]] == [True]
    assert [row["reason"] for row in sent["rejected"]] == ["zero_quantity"]

    assert rebuilt["stage"] == "arrived"
    assert [version["outcome"] for version in rebuilt["versions"]] == ["winner"]
    assert [row["retry"] for row in rebuilt["rejected"]] == ["accepted"]
    assert rebuilt["since"]["run_id"] == rebuilt["versions"][0]["run_id"]
    assert rebuilt["lookups"]["contents"] == rebuilt["warehouse"]["contents"]
    assert rebuilt["lookups"]["position"] == rebuilt["warehouse"]["position"]


def test_the_rebuild_died_between_two_batches_and_was_repeated(recovery: Recovery) -> None:
    assert [fired["effect"] for fired in recovery.fired] == ["kill_before"]
    assert "after 1 failed" in recovery.printed["rebuild"]


def test_the_rebuilt_lookups_are_item_by_item_what_they_were(recovery: Recovery) -> None:
    before, after = recovery.lookups
    new = {("INVOICE#" + ZEROS[0], "HEADER"), ("INVOICE#" + ZEROS[0], "LINES#000001")}
    product = ("PRODUCT#" + broken_records.GOOD["StockCode"], "PRODUCT")
    assert after.keys() - before.keys() == new
    assert before.keys() - after.keys() == set()
    assert {where for where in before if before[where] != after[where]} == {product}
    assert after[product]["units_sold"] == before[product]["units_sold"] + 3


def test_the_rebuilt_warehouse_is_row_by_row_what_it_was(
    pipeline: Pipeline, recovery: Recovery
) -> None:
    before, after = recovery.facts
    assert [row for row in after if row["invoice_no"] != ZEROS[0]] == before
    assert [row["quantity"] for row in after if row["invoice_no"] == ZEROS[0]] == [3]
    for table, column in DIMENSIONS.items():
        told = warehouse(
            pipeline,
            f"SELECT COUNT(*) AS n, COUNT(DISTINCT d.{column}) AS different, "
            f"COUNT(DISTINCT f.{column}) AS used FROM retail.{table} d "
            f"LEFT JOIN retail.fact_sales f ON d.{column} = f.{column}",
        )[0]
        used = len({row[column] for row in after if row[column] is not None})
        assert (told["different"], told["used"]) == (used, used)


def test_all_stores_agree_afterwards_and_nothing_is_pending(
    pipeline: Pipeline, recovery: Recovery
) -> None:
    assert recovery.reconciled["differences"] == []
    stores = recovery.reconciled["stores"]
    amounts = {stores[name]["line_amount"] for name in ("transactions", "fact_sales", "lookups")}
    assert len(amounts) == 1
    assert Decimal(amounts.pop()) > 0
    assert pipeline.run()["execution"]["status"] == "NOTHING_PENDING"
