"""After corrections, views and saved queries show what the sent sales say, row by row."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest

from loader.warehouse_views import views
from tests.e2e import broken_records
from tests.e2e.conftest import Corrections, Pipeline
from tests.loader.views.comparison import differences, shown
from tests.loader.views.independent import Row, answers, text

FRESHNESS = "view_freshness"
NAMES = [view.name for view in views() if view.name != FRESHNESS]


@pytest.fixture(scope="module")
def wanted(
    sales: Path, odd_run: Corrections, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Row]]:
    """Return what the views must show of the file as it was corrected and added to."""
    with sales.open(encoding="iso-8859-1", newline="") as file:
        rows = list(csv.DictReader(file))
    at = rows.index(odd_run.before)
    rows[at] = {**odd_run.before, "InvoiceDate": "1/31/2010 10:00"}
    tutorial = {"InvoiceNo": "699999", "InvoiceDate": "12/1/2010 8:26", "CustomerID": "17850"}
    rows.append({**odd_run.before, **tutorial})
    rows += [broken_records.GOOD] * 963
    path = tmp_path_factory.mktemp("corrected") / "sales.csv"
    with path.open("w", encoding="iso-8859-1", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return answers(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_view_shows_what_was_sent(
    name: str, sql_client: Any, wanted: dict[str, list[Row]]
) -> None:
    rows = sql_client.execute(f"SELECT * FROM retail.{name}").fetchall()
    found = shown([text(value) for value in row] for row in rows)
    assert differences(found, wanted[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_query_answers_the_same_on_the_lake(
    name: str, pipeline: Pipeline, wanted: dict[str, list[Row]]
) -> None:
    assert differences(saved_answer(pipeline, name), wanted[name]) == []


def saved_answer(pipeline: Pipeline, name: str) -> list[Row]:
    """Run a saved query of the stack's workgroup as a console does; return its rows."""
    athena = pipeline.client("athena")
    group = pipeline.outputs["WorkGroup"]
    ids = athena.list_named_queries(WorkGroup=group)["NamedQueryIds"]
    saved = athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]
    (query,) = (each for each in saved if each["Name"] == name)
    query_id = athena.start_query_execution(
        QueryString=query["QueryString"],
        QueryExecutionContext={"Database": query["Database"]},
        WorkGroup=group,
    )["QueryExecutionId"]
    state = "QUEUED"
    while state in {"QUEUED", "RUNNING"}:
        time.sleep(0.03)
        status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
        state = status["State"]
    assert state == "SUCCEEDED", status
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
    return shown([datum.get("VarCharValue") for datum in row] for row in rows[1:])


def test_the_command_lists_saved_queries_and_runs_them(
    pipeline: Pipeline, wanted: dict[str, list[Row]]
) -> None:
    listed = json.loads(pipeline.etl("athena", "--list-named", "--format", "json").stdout)
    assert [each["name"] for each in listed] == NAMES
    assert all(each["answers"] for each in listed)
    run = pipeline.etl("athena", "--named", "revenue_by_year", "--format", "csv").stdout
    assert shown(list(csv.reader(run.splitlines()[1:]))) == wanted["revenue_by_year"]
    unknown = pipeline.etl("athena", "--named", "revenue_by_yaer", check=False)
    assert unknown.returncode == 1
    assert "did you mean revenue_by_year?" in unknown.stderr


def test_every_load_was_followed_by_its_views(odd_run: Corrections, sql_client: Any) -> None:
    assert odd_run.run.ledger["load_warehouse"]["views"] == "CURRENT"
    ((is_current,),) = sql_client.execute(f"SELECT is_current FROM retail.{FRESHNESS}").fetchall()
    assert is_current is True
