"""A sheet of the workbook in Tableau's words: <worksheet>, and the uses of fields in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from cli.tableau.datasource import caption, field_element, source_name
from cli.tableau.fields import Field, field_of
from cli.tableau.sheets import Derivation, Filter, Sheet, Use
from cli.views import View

USER = "http://www.tableausoftware.com/xml/user"
"""Namespace of attributes that say how a filter is shown."""

_TYPE_KEYS = {"nominal": "nk", "ordinal": "ok", "quantitative": "qk"}
_NAMES = uuid.UUID("0b9bd9f2-5b0c-5f7e-9d5e-5f6d1f0e8a11")


def simple_id(kind: str, name: str) -> ET.Element:
    """Return the identifier of a part of the workbook: the same from one writing to the next."""
    identifier = str(uuid.uuid5(_NAMES, f"{kind}/{name}")).upper()
    return ET.Element("simple-id", {"uuid": f"{{{identifier}}}"})


@dataclass(frozen=True)
class Instance:
    """A use of a field as Tableau names it: <column-instance>."""

    field: Field
    derivation: Derivation
    type: str

    @property
    def name(self) -> str:
        """Name within the data source, in brackets."""
        prefix = self.derivation.value[1]
        return f"[{prefix}:{self.field.column.name}:{_TYPE_KEYS[self.type]}]"

    def element(self) -> ET.Element:
        """Return the element <column-instance>."""
        return ET.Element(
            "column-instance",
            {
                "column": self.field.name,
                "derivation": self.derivation.value[0],
                "name": self.name,
                "pivot": "key",
                "type": self.type,
            },
        )


@dataclass(frozen=True)
class BoundSheet:
    """A sheet and the view that its columns are of."""

    sheet: Sheet
    view: View

    def instance(self, use: Use) -> Instance:
        """Return what a use is called.

        Raises
        ------
        KeyError : the view has no such column.
        """
        field = field_of(self.view.column(use.column))
        return Instance(field, use.derivation, _type_of(field, use))

    def full_name(self, use: Use) -> str:
        """Return the name of a use within the workbook."""
        return f"[{source_name(self.view)}].{self.instance(use).name}"

    def filter_use(self, chosen: Filter) -> Use:
        """Return the use of its column that a filter stands for."""
        return Use(chosen.column, continuous=chosen.is_range)

    def instances(self) -> list[Instance]:
        """Return every use in the sheet once."""
        sheet = self.sheet
        marks = [use for use in (sheet.color, sheet.label) if use]
        filters = [self.filter_use(each) for each in sheet.filters]
        uses = [*sheet.rows, *sheet.columns, *marks, *filters]
        return list(dict.fromkeys(self.instance(use) for use in uses))


def worksheet_element(bound: BoundSheet) -> ET.Element:
    """Return the element <worksheet>."""
    sheet = bound.sheet
    worksheet = ET.Element("worksheet", {"name": sheet.title})
    options = ET.SubElement(worksheet, "layout-options")
    alternative = ET.SubElement(ET.SubElement(options, "alt-text"), "formatted-text")
    ET.SubElement(alternative, "run").text = sheet.alternative
    table = ET.SubElement(worksheet, "table")
    table.append(_view_element(bound))
    table.append(_style_element(bound))
    ET.SubElement(table, "panes").append(_pane_element(bound))
    ET.SubElement(table, "rows").text = _shelf(bound, sheet.rows)
    ET.SubElement(table, "cols").text = _shelf(bound, sheet.columns)
    worksheet.append(simple_id("worksheet", sheet.title))
    return worksheet


def dependencies_element(view: View, instances: Iterable[Instance]) -> ET.Element:
    """Return the element that names the fields that are used of a data source."""
    element = ET.Element("datasource-dependencies", {"datasource": source_name(view)})
    used = list(instances)
    fields = dict.fromkeys(instance.field for instance in used)
    element.extend(field_element(field) for field in fields)
    element.extend(instance.element() for instance in used)
    return element


def source_links(views: Iterable[View]) -> ET.Element:
    """Return the element that names the data sources that are used."""
    element = ET.Element("datasources")
    for view in views:
        ET.SubElement(element, "datasource", {"caption": caption(view), "name": source_name(view)})
    return element


def _type_of(field: Field, use: Use) -> str:
    if use.continuous is not None:
        return "quantitative" if use.continuous else "ordinal" if _is_ordered(field) else "nominal"
    if use.derivation in {Derivation.SUM, Derivation.COUNT_DISTINCT}:
        return "quantitative"
    return field.type


def _is_ordered(field: Field) -> bool:
    return field.datatype not in {"string", "boolean"}


def _view_element(bound: BoundSheet) -> ET.Element:
    element = ET.Element("view")
    element.append(source_links([bound.view]))
    element.append(dependencies_element(bound.view, bound.instances()))
    element.extend(_filter_element(bound, each) for each in bound.sheet.filters)
    if bound.sheet.largest_first:
        ET.SubElement(
            element,
            "computed-sort",
            {
                "column": bound.full_name(bound.sheet.rows[-1]),
                "direction": "DESC",
                "using": bound.full_name(bound.sheet.columns[-1]),
            },
        )
    if bound.sheet.filters:
        slices = ET.SubElement(element, "slices")
        for each in bound.sheet.filters:
            ET.SubElement(slices, "column").text = bound.full_name(bound.filter_use(each))
    ET.SubElement(element, "aggregation", {"value": "true"})
    return element


def _filter_element(bound: BoundSheet, chosen: Filter) -> ET.Element:
    use = bound.filter_use(chosen)
    kind = "quantitative" if chosen.is_range else "categorical"
    element = ET.Element("filter", {"class": kind, "column": bound.full_name(use)})
    if chosen.between:
        element.set("included-values", "in-range")
        ET.SubElement(element, "min").text, ET.SubElement(element, "max").text = map(
            str, chosen.between
        )
    elif chosen.is_range:
        element.set("included-values", "all")
    else:
        ET.SubElement(
            element,
            "groupfilter",
            {
                "function": "level-members",
                "level": bound.instance(use).name,
                f"{{{USER}}}ui-enumeration": "all",
                f"{{{USER}}}ui-marker": "enumerate",
            },
        )
    return element


def _style_element(bound: BoundSheet) -> ET.Element:
    style = ET.Element("style")
    if bound.sheet.color:
        rule = ET.SubElement(style, "style-rule", {"element": "mark"})
        ET.SubElement(
            rule,
            "encoding",
            {
                "attr": "color",
                "field": bound.full_name(bound.sheet.color),
                "palette": "blue_10_0",
                "type": "interpolated",
            },
        )
    return style


def _pane_element(bound: BoundSheet) -> ET.Element:
    sheet = bound.sheet
    pane = ET.Element("pane", {"selection-relaxation-option": "selection-relaxation-allow"})
    ET.SubElement(ET.SubElement(pane, "view"), "breakdown", {"value": "auto"})
    ET.SubElement(pane, "mark", {"class": sheet.mark})
    if sheet.color or sheet.label:
        encodings = ET.SubElement(pane, "encodings")
        for name, use in (("color", sheet.color), ("text", sheet.label)):
            if use:
                ET.SubElement(encodings, name, {"column": bound.full_name(use)})
    if sheet.label:
        rule = ET.SubElement(ET.SubElement(pane, "style"), "style-rule", {"element": "mark"})
        ET.SubElement(rule, "format", {"attr": "mark-labels-show", "value": "true"})
        ET.SubElement(rule, "format", {"attr": "mark-labels-cull", "value": "true"})
    return pane


def _shelf(bound: BoundSheet, uses: tuple[Use, ...]) -> str:
    names = [bound.full_name(use) for use in uses]
    return names[0] if len(names) == 1 else f"({' / '.join(names)})"
