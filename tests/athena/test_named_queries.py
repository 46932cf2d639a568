"""Every saved query answers on the lake what its view answers in the warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.artifacts import build
from loader.warehouse_views import views
from local_aws.settings import CHECKOUT
from tests.athena.conftest import Ask
from tests.conftest import LocalCloud
from tests.infra.infra_files import read_template
from tests.loader.views.comparison import differences
from tests.loader.views.conftest import FRESHNESS
from tests.loader.views.independent import Row, answers

FILES = sorted((CHECKOUT / "athena").glob("*.sql"))
NAMES = [path.stem for path in FILES]


@pytest.fixture(scope="module")
def wanted(sales: Path) -> dict[str, list[Row]]:
    return answers(sales)


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_query_answers_what_the_view_of_its_name_shows(
    name: str, ask: Ask, wanted: dict[str, list[Row]]
) -> None:
    found = ask((CHECKOUT / "athena" / f"{name}.sql").read_text())
    assert differences(found, wanted[name]) == []


def test_there_is_a_saved_query_for_every_question_that_a_view_answers() -> None:
    assert [view.name for view in views() if view.name != FRESHNESS] == NAMES


def saved() -> dict[str, dict[str, Any]]:
    resources = read_template("catalog")["Resources"].values()
    queries = [each for each in resources if each["Type"] == "AWS::Athena::NamedQuery"]
    return {each["Properties"]["Name"]: each["Properties"] for each in queries}


def test_the_template_saves_each_file_under_its_name() -> None:
    assert {name: each["QueryString"] for name, each in saved().items()} == {
        name: f"athena/{name}.sql" for name in NAMES
    }


def test_what_is_deployed_holds_each_files_text_and_no_path_to_it() -> None:
    template = build(CHECKOUT).named("CatalogTemplateUrl").content.decode()
    for path in FILES:
        assert f"QueryString: {json.dumps(path.read_text())}\n" in template
    assert "QueryString: athena/" not in template


def test_saved_queries_are_listed_by_workgroup_page_by_page(local_cloud: LocalCloud) -> None:
    athena = local_cloud.client("athena")
    athena.create_work_group(Name="saved-here")
    made = {
        athena.create_named_query(
            Name=f"q{number}", Database="d", QueryString="SELECT 1", WorkGroup="saved-here"
        )["NamedQueryId"]
        for number in range(3)
    }
    pages = athena.get_paginator("list_named_queries").paginate(
        WorkGroup="saved-here", PaginationConfig={"PageSize": 2}
    )
    found = [page["NamedQueryIds"] for page in pages]
    assert [len(page) for page in found] == [2, 1]
    assert {query_id for page in found for query_id in page} == made
    assert made.isdisjoint(athena.list_named_queries()["NamedQueryIds"])  # of `primary`
