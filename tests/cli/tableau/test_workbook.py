"""The workbook hangs together: whatever one part of it names, another part is."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from cli.tableau.sheets import DASHBOARD, DASHBOARD_ROWS, SHEETS
from loader.warehouse_views import views
from local_aws.settings import CHECKOUT

FOLDER = CHECKOUT / "tableau"
_REFERENCE = re.compile(r"\[(federated\.\w+)\]\.(\[[^\]]+\])")


@pytest.fixture(scope="module")
def workbook() -> ET.Element:
    return ET.parse(FOLDER / "retail.twb").getroot()


def sources(workbook: ET.Element) -> dict[str, ET.Element]:
    return {each.attrib["name"]: each for each in workbook.findall("datasources/datasource")}


def sheets(workbook: ET.Element) -> dict[str, ET.Element]:
    return {each.attrib["name"]: each for each in workbook.findall("worksheets/worksheet")}


def references(element: ET.Element) -> set[tuple[str, str]]:
    """Return all uses of fields below an element: data source and name."""
    texts = [text for each in element.iter() for text in (each.text or "", *each.attrib.values())]
    return {found for text in texts for found in _REFERENCE.findall(text)}


def test_every_view_is_a_data_source_and_has_a_file_of_its_own(workbook: ET.Element) -> None:
    names = [view.name for view in views()]
    assert list(sources(workbook)) == [f"federated.{name}" for name in names]
    assert sorted(path.name for path in (FOLDER / "datasources").iterdir()) == [
        f"{name}.tds" for name in names
    ]


def test_every_sheet_is_in_the_workbook_on_the_dashboard_and_in_a_window(
    workbook: ET.Element,
) -> None:
    titles = {sheet.title for sheet in SHEETS}
    zones = workbook.findall(f"dashboards/dashboard[@name='{DASHBOARD}']//zone")
    windows = {window.attrib["name"] for window in workbook.findall("windows/window")}
    assert set(sheets(workbook)) == titles
    assert {title for row in DASHBOARD_ROWS for title in row} == titles
    assert {zone.attrib["name"] for zone in zones if "type-v2" not in zone.attrib} == titles
    assert windows == {*titles, DASHBOARD}


@pytest.mark.parametrize("title", [sheet.title for sheet in SHEETS])
def test_a_sheet_uses_fields_that_it_declares_and_its_data_source_has(
    workbook: ET.Element, title: str
) -> None:
    sheet = sheets(workbook)[title]
    (dependencies,) = sheet.findall("table/view/datasource-dependencies")
    source = sources(workbook)[dependencies.attrib["datasource"]]
    known = {column.attrib["name"]: column.attrib for column in source.findall("column")}
    declared = {column.attrib["name"]: column.attrib for column in dependencies.findall("column")}
    instances = {each.attrib["name"]: each for each in dependencies.findall("column-instance")}
    used = references(sheet)

    assert declared == {name: known[name] for name in declared}
    assert {each.attrib["column"] for each in instances.values()} == set(declared)
    assert used == {(source.attrib["name"], name) for name in instances}


def test_no_measure_is_summed_that_cannot_be(workbook: ET.Element) -> None:
    """A share or an average of several rows is not their sum: such sheets show one row a mark."""
    for sheet in SHEETS:
        element = sheets(workbook)[sheet.title]
        summed = {
            each.attrib["column"]
            for each in element.iter("column-instance")
            if each.attrib["derivation"] == "Sum"
        }
        not_additive = {name for name in summed if "share" in name or "retention" in name}
        if not_additive:
            shown = {use.column for use in (*sheet.rows, *sheet.columns)}
            assert shown >= {"cohort_month", "months_since"} or "country" in shown


def test_the_dashboard_shows_the_filters_of_its_sheets(workbook: ET.Element) -> None:
    zones = workbook.findall("dashboards/dashboard//zone[@type-v2='filter']")
    shown = {(zone.attrib["name"], zone.attrib["param"]) for zone in zones}
    have = {
        (title, each.attrib["column"])
        for title, sheet in sheets(workbook).items()
        for each in sheet.iter("filter")
    }
    assert shown == have
    assert len(zones) == len(shown)


def test_identifiers_of_zones_and_parts_are_unique(workbook: ET.Element) -> None:
    zones = [zone.attrib["id"] for zone in workbook.iter("zone")]
    parts = [part.attrib["uuid"] for part in workbook.iter("simple-id")]
    assert len(set(zones)) == len(zones)
    assert len(set(parts)) == len(parts) == 2 * (len(SHEETS) + 1)


def test_the_parts_of_the_dashboard_lie_side_by_side_within_it(workbook: ET.Element) -> None:
    whole = 100_000
    area = 0
    for zone in workbook.findall("dashboards/dashboard/zones/zone/zone"):
        left, top, width, height = (int(zone.attrib[name]) for name in ("x", "y", "w", "h"))
        assert left + width <= whole
        assert top + height <= whole
        area += width * height
    assert area == whole * whole
