"""The sales report is one file that holds the warehouse's answers and nothing that could harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from cli.report.page import embedded_json
from cli.report.queries import Data
from cli.report.sales_page import headlines, render_sales
from tests.cli.report.html_page import Page
from tests.cli.report.sample_data import TRAP, TRAPS, sample_data

NOW = datetime(2026, 11, 22, 20, 59, tzinfo=UTC)
SOURCE = f"the stack {TRAP}"


def render(data: Data) -> Page:
    return Page(render_sales(data, SOURCE, NOW))


@pytest.fixture(scope="module")
def page() -> Page:
    return render(sample_data())


def test_the_page_holds_every_row_once_and_as_it_was_answered(page: Page) -> None:
    held = page.data["data"]

    for name, answer in sample_data().items():
        if name in held:
            wanted = [list(record.values()) for record in answer.records()]
            assert (held[name]["columns"], held[name]["rows"]) == (answer.columns, wanted)
    assert set(sample_data()) - set(held) == {"average_sales", "view_freshness"}


def test_money_in_the_data_is_text_with_all_its_digits(page: Page) -> None:
    amounts = [row[-1] for row in page.data["data"]["revenue_by_month"]["rows"]]
    assert amounts == ["-1234.5000", "1234567.8910", "2000.0049"]


def test_all_that_a_section_shows_is_in_its_rows(page: Page) -> None:
    document = page.data
    shown = [option for each in document["sections"].values() for option in each["options"]]

    assert len(shown) > len(document["sections"]) > 5
    for option in shown:
        columns = document["data"][option["rows"]]["columns"]
        assert {column["name"] for column in option["columns"]} <= set(columns)
        assert set(option["where"]) <= set(columns)


def test_products_are_shown_for_all_time_and_for_each_month(page: Page) -> None:
    options = page.soup.select("#products option")
    assert [option.get_text() for option in options] == [
        "All time",
        "February 2011",
        "January 2011",
    ]


def test_headline_numbers_are_exact() -> None:
    shown = {each.label: (each.value, each.exactly) for each in headlines(sample_data())}

    assert shown["Net revenue"] == ("1,235,333.40", "exactly 1,235,333.3959")
    assert shown["Average per invoice"][0] == "137,259.27"
    assert shown["Invoices"][0] == "9"
    assert shown["Cancellation rate"] == ("25.0\u202f%", "3 of 12 invoices")


def test_names_are_harmless_wherever_they_stand(page: Page) -> None:
    executed = [each.get_text() for each in page.soup.find_all("script", type=False)]

    assert len(executed) == 3
    assert not any("alert(1)" in code for code in executed)
    assert page.soup.find_all("b") == []
    assert TRAP in page.text
    names = [row[2] for row in page.data["data"]["top_products"]["rows"]]
    assert names == list(TRAPS)


@pytest.mark.parametrize("text", TRAPS)
def test_embedded_json_has_no_character_of_markup(text: str) -> None:
    embedded = str(embedded_json({text: [text]}))

    assert re.search("[<>&\u2028\u2029]", embedded) is None
    assert json.loads(embedded) == {text: [text]}


def test_the_page_refers_to_nothing_outside(page: Page) -> None:
    assert page.addresses() == []
    library = max((each.get_text() for each in page.soup.find_all("script")), key=len)
    ours = page.html.replace(library, "")
    assert len(ours) < len(page.html) / 5
    assert re.findall(r"https?:|url\(|@import", ours) == []


def test_the_policy_allows_the_pages_own_code_and_nothing_else(page: Page) -> None:
    assert page.policy == {
        "default-src": ["'none'"],
        "script-src": page.hashes("script"),
        "style-src": page.hashes("style"),
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    inline = [tag for tag in page.soup.find_all(True) if {"style", "onclick"} & set(tag.attrs)]
    assert inline == []


def test_every_chart_is_named_and_described_and_has_a_table(page: Page) -> None:
    figures = page.soup.select("section.figure:has(.chart)")

    assert {figure["id"] for figure in figures} == set(page.data["sections"])
    for figure in figures:
        chart = figure.select_one(".chart")
        assert chart is not None
        assert str(chart["aria-label"]).startswith(figure.select("h2, h3")[0].get_text())
        assert figure.find(id=str(chart["aria-describedby"])) is not None
        assert figure.select_one("details summary") is not None


def test_the_outline_has_landmarks_and_headings_in_order(page: Page) -> None:
    soup = page.soup
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]

    assert soup.html is not None
    assert soup.html["lang"] == "en"
    assert [len(soup.find_all(name)) for name in ("header", "main", "footer", "h1")] == [1] * 4
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_stored_views_that_lag_behind_are_said_to(page: Page) -> None:
    data = sample_data()
    lagging = [["2026-11-22 21:00:00", "2026-11-22 20:40:01", "false"]]
    late = render({**data, "view_freshness": replace(data["view_freshness"], rows=lagging)})

    said = "they do not show the latest load yet"
    assert (said in page.text, said in late.text) == (False, True)


def test_a_shop_of_one_day_and_guests_only_has_a_report() -> None:
    data = sample_data()
    only_first = ("revenue_by_day", "revenue_by_month", "revenue_by_year", "revenue_by_country")
    small = {name: replace(data[name], rows=data[name].rows[:1]) for name in only_first}
    empty = [name for name in data if "customer" in name or name.startswith(("cohort", "top_"))]
    nothing = {name: replace(data[name], rows=[]) for name in empty}

    page = render({**data, **small, **nothing})

    assert "No sale names its customer." in page.text
    assert page.soup.h1 is not None
    assert page.soup.h1.get_text() == "1 December 2010"
