"""In a real browser the report draws the right numbers, asks for nothing, and serves everybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.report.browser import Opened, opened
from tests.cli.report.sample_data import MONTHS, NET, TRAP, sample_data

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.extra

MINUS = "\N{MINUS SIGN}"
AA = 4.5
SECTIONS = (
    "revenue",
    "products",
    "countries",
    "basket",
    "cancellations",
    "segments",
    "scores",
    "cohorts",
    "returning",
)


def test_the_page_is_drawn_without_a_complaint_and_without_the_network(desktop: Opened) -> None:
    for section in SECTIONS:
        assert desktop.page.locator(f"#{section} .chart svg").count() == 1
    assert desktop.complaints == []
    assert desktop.requests == []


def test_the_policy_forbids_all_other_code_and_the_network(desktop: Opened) -> None:
    blocked = desktop.page.evaluate(
        """async () => {
          const tried = [];
          // Not at once: what a debugger evaluates is exempt from the policy.
          await new Promise((resolve) => setTimeout(() => {
            try { new Function("return 1")(); } catch (error) { tried.push(error.name); }
            resolve();
          }));
          try { await fetch("http://127.0.0.1:9/"); } catch (error) { tried.push(error.name); }
          const script = document.createElement("script");
          script.textContent = "window.injected = true";
          document.body.append(script);
          return [...tried, window.injected === undefined];
        }"""
    )

    assert blocked == ["EvalError", "TypeError", True]


def test_charts_hold_the_numbers_of_the_warehouse(desktop: Opened) -> None:
    rows = desktop.drawn_in("revenue")

    assert [row["net_revenue"] for row in rows] == [float(net) for net in NET]
    countries = [(row["country"], row["net_revenue"]) for row in desktop.drawn_in("countries")]
    assert countries == [("United Kingdom", 1235333.3959), (TRAP, 1000.0)]
    cells = {(row["recency_score"], row["frequency_score"]): row["customers"]
             for row in desktop.drawn_in("scores")}  # fmt: skip
    assert cells == {(1, 1): 1, (5, 4): 2, (5, 5): 1}


def test_bars_are_as_long_as_their_numbers(desktop: Opened) -> None:
    month = sample_data()["revenue_by_month"].records()

    for layer, field in enumerate(("gross_sales", "cancellations", "net_revenue")):
        drawn = desktop.bars_of("revenue", layer)
        wanted = [sorted((0.0, float(each[field]))) for each in month]
        assert [pytest.approx(ends, abs=0.01) for ends in wanted] == drawn


def test_charts_name_months_right_in_any_time_zone(desktop: Opened) -> None:
    words = desktop.words_of("basket")
    months = [word for word in words if word[:3] in {"Nov", "Dec", "Jan", "Feb", "Mar"}]
    assert months == ["Dec2010", "Jan2011", "Feb"]
    assert "Dec 2010" in desktop.words_of("cohorts")


def test_charts_write_what_they_show(desktop: Opened) -> None:
    assert {"37%", "33%", "67%"} & set(desktop.words_of("cohorts")) == {"33%", "67%"}
    assert "3 customers \N{MIDDLE DOT} 3,000" in desktop.words_of("segments")
    assert "99.9% \N{MIDDLE DOT} 1,235,333" in desktop.words_of("countries")
    assert "500" in desktop.words_of("products")


@pytest.mark.parametrize(("grain", "rows"), [("Day", 4), ("Year", 2)], ids=["by day", "by year"])
def test_revenue_switches_between_days_months_and_years(
    desktop: Opened, grain: str, rows: int
) -> None:
    desktop.choose("revenue", grain)

    name = f"revenue_by_{grain.lower()}"
    wanted = [float(row[-1] or 0) for row in sample_data()[name].rows]
    assert [row["net_revenue"] for row in desktop.drawn_in("revenue")] == wanted
    assert len(wanted) == rows
    assert desktop.complaints == []


def test_products_of_a_month_can_be_chosen(desktop: Opened) -> None:
    desktop.choose("products", "January 2011")

    rows = desktop.drawn_in("products")
    assert [(row["month"], row["stock_code"], row["net_revenue"]) for row in rows] == [
        (MONTHS[1], "10001", 500.25),
        (MONTHS[1], "10009", 7.0),
    ]


def test_the_first_country_can_be_left_out(desktop: Opened) -> None:
    desktop.choose("countries", "Without United Kingdom")

    assert [row["country"] for row in desktop.drawn_in("countries")] == [TRAP]


def test_tables_are_exact_to_the_last_digit(desktop: Opened) -> None:
    head, *rows = desktop.table_of("revenue")

    assert head == ["Month", "Net revenue", "Gross sales", "Cancellations", "Invoices"]
    assert [row[:2] for row in rows] == [
        ["December 2010", f"{MINUS}1,234.5000"],
        ["January 2011", "1,234,567.8910"],
        ["February 2011", "2,000.0049"],
    ]


def test_tables_write_shares_as_per_cent_and_say_what_is_unknown(desktop: Opened) -> None:
    _, first, second, third = desktop.table_of("cancellations")

    space = "\N{NARROW NO-BREAK SPACE}"
    assert first[1:3] == [f"100.00{space}%", "\N{EN DASH}"]
    assert second[1:3] == [f"25.00{space}%", f"0.00{space}%"]
    assert third[1:3] == [f"14.29{space}%", f"2.06{space}%"]


def test_an_open_table_follows_what_is_chosen(desktop: Opened) -> None:
    assert len(desktop.table_of("products")) == 6
    desktop.choose("products", "February 2011")

    assert desktop.page.locator("#products .numbers tbody tr").count() == 1


def test_names_are_shown_as_they_are(desktop: Opened) -> None:
    rows = desktop.table_of("products")

    assert rows[1][1] == TRAP
    assert desktop.page.locator("#largest td").first.text_content() == TRAP
    assert TRAP.startswith(desktop.words_of("products")[0].rstrip("\N{HORIZONTAL ELLIPSIS}"))


def test_the_mouse_reads_values_in_full(desktop: Opened) -> None:
    chart = desktop.page.locator("#revenue .chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    desktop.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    tip = desktop.page.locator("#tip")
    assert tip.is_visible()
    assert "January 2011" in tip.inner_text()
    assert "1,234,567.891\n" in tip.inner_text()
    desktop.page.keyboard.press("Escape")
    assert tip.is_hidden()
    desktop.page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2)
    desktop.page.mouse.move(5, 5)
    assert tip.is_hidden()


def test_the_keyboard_reads_values_aloud(desktop: Opened) -> None:
    page = desktop.page
    readout = page.locator("#revenue .readout")
    page.locator("#revenue .chart").focus()
    page.keyboard.press("ArrowRight")
    first = readout.inner_text()
    page.keyboard.press("End")

    assert first.startswith(f"December 2010, Net revenue {MINUS}1,234.50, Gross sales")
    assert readout.inner_text().startswith("February 2011")
    assert readout.get_attribute("role") == "status"
    cursor = "() => document.querySelector('#revenue .chart').view.signal('cursor')"
    assert page.evaluate(cursor) == 2
    page.keyboard.press("Tab")
    assert page.evaluate(cursor) == -1


def test_all_that_can_be_used_is_reached_by_the_tab_key(desktop: Opened) -> None:
    page = desktop.page
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(e => `${e.closest('section[id]')?.id ?? ''} ${e.classList[0] || e.tagName}`)"
                "(document.activeElement)"
            )
        )

    for section in SECTIONS:
        assert f"{section} chart" in reached
        assert f"{section} SUMMARY" in reached
    assert reached[0] == " skip"
    assert "products SELECT" in reached
    assert "revenue INPUT" in reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_level_aa(
    chromium: Browser, sales_file: Path, scheme: str
) -> None:
    with opened(chromium, sales_file, color_scheme=scheme) as one:
        contrasts = one.contrasts()

        assert len(contrasts) > 100
        assert [each for each in contrasts if each[0] < AA] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_in_a_heat_map_can_be_read_on_every_shade(
    chromium: Browser, sales_file: Path, scheme: str
) -> None:
    with opened(chromium, sales_file, color_scheme=scheme) as one:
        assert one.contrast("--ink", "--cell-low") >= AA
        assert one.contrast("--ink", "--cell-high") >= AA


def test_colours_that_are_switched_at_once_leave_one_drawing(desktop: Opened) -> None:
    button = desktop.page.locator("#theme")
    for _ in range(4):
        button.click()
    desktop.choose("revenue", "Day")

    assert desktop.page.locator(".chart svg").count() == len(SECTIONS)
    assert desktop.complaints == []


def test_the_system_chooses_dark_and_the_button_overrules_it(
    chromium: Browser, sales_file: Path
) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    label = (
        "document.querySelector('#revenue .chart svg .role-axis-label text').getAttribute('fill')"
    )
    with opened(chromium, sales_file, color_scheme="dark") as one:
        dark = one.page.evaluate(paper), one.page.evaluate(label)
        button = one.page.get_by_role("button", name="Switch to light colours")
        button.click()
        one.page.wait_for_function(f"{label} !== '{dark[1]}'")
        light = one.page.evaluate(paper), one.page.evaluate(label)

        assert dark[0] == "rgb(21, 23, 26)"
        assert light[0] == "rgb(251, 250, 247)"
        assert one.page.get_by_role("button", name="Switch to dark colours").count() == 1
        assert one.complaints == []


def test_on_a_phone_nothing_is_cut_off(phone: Opened) -> None:
    assert phone.overflow() == 0
    for chart in phone.page.locator(".chart svg").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
    phone.table_of("countries")
    assert phone.overflow() == 0


def test_a_finger_reads_values(phone: Opened) -> None:
    chart = phone.page.locator("#basket .chart")
    chart.scroll_into_view_if_needed()
    chart.tap()

    assert "January 2011" in phone.page.locator("#tip").inner_text()


def test_charts_follow_the_window(desktop: Opened) -> None:
    svg = desktop.page.locator("#revenue .chart svg")
    before = svg.bounding_box()
    desktop.page.set_viewport_size({"width": 700, "height": 900})
    desktop.page.wait_for_function(
        "document.querySelector('#revenue .chart svg').getBoundingClientRect().width < 700"
    )

    assert before is not None
    assert before["width"] > 1000
    assert desktop.overflow() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("file", ["sales_file", "run_file"])
def test_axe_finds_nothing_that_bars_anybody(
    chromium: Browser, request: pytest.FixtureRequest, file: str, scheme: str
) -> None:
    with opened(chromium, request.getfixturevalue(file), color_scheme=scheme) as one:
        for summary in one.page.locator("summary").all():
            summary.click()
        found = one.axe()

    assert len(found["passes"]) > 20
    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]] == []


def test_a_runs_page_is_drawn_without_a_complaint_on_a_phone(
    chromium: Browser, run_file: Path
) -> None:
    small = {"width": 360, "height": 740}
    with opened(chromium, run_file, viewport=small, is_mobile=True, color_scheme="dark") as one:
        one.page.get_by_role("button", name="Switch to light colours").click()

        assert one.complaints == []
        assert one.requests == []
        assert one.overflow() == 0
        assert [each for each in one.contrasts() if each[0] < AA] == []


def test_a_runs_timeline_is_drawn_to_scale(chromium: Browser, run_file: Path) -> None:
    with opened(chromium, run_file, viewport={"width": 1280, "height": 900}) as one:
        lanes = one.page.locator("td.lane svg")
        cleanse = lanes.nth(1).locator("rect.good").bounding_box()
        whole = lanes.nth(1).bounding_box()

    assert cleanse is not None
    assert whole is not None
    # 28.5 of 50.1 seconds.
    assert cleanse["width"] / whole["width"] == pytest.approx(28.5 / 50.1, abs=0.01)
