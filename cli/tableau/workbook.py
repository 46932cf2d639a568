"""The workbook: data sources, sheets, the dashboard and the windows that show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, pairwise
from xml.etree import ElementTree as ET

from cli.tableau.datasource import VERSION, Connection, datasource_element
from cli.tableau.sheets import DASHBOARD, DASHBOARD_ROWS, SHEETS
from cli.tableau.worksheet import (
    USER,
    BoundSheet,
    dependencies_element,
    simple_id,
    source_links,
    worksheet_element,
)
from cli.views import View

_SIZE = 1400, 1000  # of the dashboard in pixels
_WHOLE = 100_000  # a dashboard is measured in parts of its width and height
_FILTERS_FROM = 84_000
_TITLE_HEIGHT = 5_000
# Features of the format beyond its version that the workbook uses: identifiers of its parts.
_MANIFEST = ("SheetIdentifierTracking", "WindowsPersistSimpleIdentifiers")


def workbook_document(views: Mapping[str, View], connection: Connection) -> ET.Element:
    """Return the root of a .twb file.

    Parameters
    ----------
    views : all of them by name; each becomes a data source, used in a sheet or not.

    Raises
    ------
    KeyError : a sheet asks for a view or a column that is not there.
    """
    ET.register_namespace("user", USER)
    sheets = [BoundSheet(sheet, views[sheet.view]) for sheet in SHEETS]
    root = ET.Element(
        "workbook",
        {
            "original-version": VERSION,
            "source-build": "0.0.0 (0000.0.0.0)",  # as Tableau has it for what it has not written
            "source-platform": "win",
            "version": VERSION,
        },
    )
    manifest = ET.SubElement(root, "document-format-change-manifest")
    for feature in _MANIFEST:
        ET.SubElement(manifest, feature)
    ET.SubElement(root, "preferences")
    sources = ET.SubElement(root, "datasources")
    sources.extend(datasource_element(view, connection) for view in views.values())
    worksheets = ET.SubElement(root, "worksheets")
    worksheets.extend(worksheet_element(bound) for bound in sheets)
    ET.SubElement(root, "dashboards").append(_dashboard_element(sheets))
    windows = ET.SubElement(root, "windows", {"source-height": "30"})
    windows.append(_dashboard_window(sheets))
    windows.extend(_sheet_window(bound) for bound in sheets)
    return root


def document_text(root: ET.Element) -> str:
    """Return a document as it stands in its file."""
    ET.indent(root)
    return "<?xml version='1.0' encoding='utf-8' ?>\n" + ET.tostring(root, "unicode") + "\n"


def _dashboard_element(sheets: list[BoundSheet]) -> ET.Element:
    dashboard = ET.Element("dashboard", {"name": DASHBOARD})
    ET.SubElement(dashboard, "style")
    width, height = (str(length) for length in _SIZE)
    size = {"maxheight": height, "maxwidth": width, "minheight": height, "minwidth": width}
    ET.SubElement(dashboard, "size", size)
    dashboard.append(source_links(bound.view for bound in sheets if bound.sheet.filters))
    for bound in sheets:
        used = [bound.instance(bound.filter_use(each)) for each in bound.sheet.filters]
        dashboard.append(dependencies_element(bound.view, used))
    numbers = count(1)
    zones = ET.SubElement(dashboard, "zones")
    whole = _zone(zones, numbers, (0, 0, _WHOLE, _WHOLE), {"type-v2": "layout-basic"})
    _zone(whole, numbers, (0, 0, _WHOLE, _TITLE_HEIGHT), {"type-v2": "title"})
    by_title = {bound.sheet.title: bound for bound in sheets}
    _add_sheets(whole, numbers)
    _add_filters(whole, numbers, by_title.values())
    dashboard.append(simple_id("dashboard", DASHBOARD))
    return dashboard


def _add_sheets(parent: ET.Element, numbers: Iterator[int]) -> None:
    tops = _shares(_TITLE_HEIGHT, _WHOLE, len(DASHBOARD_ROWS))
    for (top, height), row in zip(tops, DASHBOARD_ROWS, strict=True):
        for (left, width), title in zip(_shares(0, _FILTERS_FROM, len(row)), row, strict=True):
            _zone(parent, numbers, (left, top, width, height), {"name": title})


def _add_filters(parent: ET.Element, numbers: Iterator[int], sheets: Iterable[BoundSheet]) -> None:
    filters = [(bound, each) for bound in sheets for each in bound.sheet.filters]
    places = _shares(_TITLE_HEIGHT, _WHOLE, len(filters))
    for (top, height), (bound, each) in zip(places, filters, strict=True):
        zone = _zone(
            parent,
            numbers,
            (_FILTERS_FROM, top, _WHOLE - _FILTERS_FROM, height),
            {
                "name": bound.sheet.title,
                "param": bound.full_name(bound.filter_use(each)),
                "type-v2": "filter",
            }
            | ({} if each.is_range else {"mode": "checkdropdown"}),
        )
        title = ET.SubElement(zone, "formatted-text")
        ET.SubElement(title, "run").text = each.title


def _zone(
    parent: ET.Element,
    numbers: Iterator[int],
    place: tuple[int, int, int, int],
    attributes: dict[str, str],
) -> ET.Element:
    left, top, width, height = map(str, place)
    where = {"h": height, "id": str(next(numbers)), "w": width, "x": left, "y": top}
    return ET.SubElement(parent, "zone", attributes | where)


def _shares(start: int, end: int, parts: int) -> list[tuple[int, int]]:
    """Return beginning and length of equal parts, the last one up to the end."""
    edges = [start + (end - start) * part // parts for part in range(parts + 1)]
    return [(edge, following - edge) for edge, following in pairwise(edges)]


def _dashboard_window(sheets: list[BoundSheet]) -> ET.Element:
    attributes = {"class": "dashboard", "maximized": "true", "name": DASHBOARD}
    window = ET.Element("window", attributes)
    viewpoints = ET.SubElement(window, "viewpoints")
    for bound in sheets:
        viewpoint = ET.SubElement(viewpoints, "viewpoint", {"name": bound.sheet.title})
        ET.SubElement(viewpoint, "zoom", {"type": "entire-view"})
    ET.SubElement(window, "active", {"id": "-1"})
    window.append(simple_id("window", DASHBOARD))
    return window


def _sheet_window(bound: BoundSheet) -> ET.Element:
    window = ET.Element("window", {"class": "worksheet", "name": bound.sheet.title})
    cards = ET.SubElement(window, "cards")
    left = ET.SubElement(cards, "edge", {"name": "left"})
    _strip(left, "160", [{"type": "pages"}, {"type": "filters"}, {"type": "marks"}])
    top = ET.SubElement(cards, "edge", {"name": "top"})
    for shelf in ("columns", "rows", "title"):
        _strip(top, "2147483647", [{"type": shelf}])
    right = ET.SubElement(cards, "edge", {"name": "right"})
    shown = [bound.full_name(bound.filter_use(each)) for each in bound.sheet.filters]
    _strip(right, "160", [{"param": name, "type": "filter"} for name in shown])
    window.append(simple_id("window", bound.sheet.title))
    return window


def _strip(edge: ET.Element, size: str, cards: list[dict[str, str]]) -> None:
    strip = ET.SubElement(edge, "strip", {"size": size})
    for card in cards:
        ET.SubElement(strip, "card", card)
