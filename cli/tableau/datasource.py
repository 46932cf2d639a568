"""Data sources: a view behind a connection, as Tableau writes it in .tds and .twb files.

The structure is that of Tableau's published schema of workbooks (tableau-document-schemas on
GitHub); attributes of connections, which it leaves open, are those of Tableau's own samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from cli.tableau.fields import TYPES, Field, field_of
from cli.views import SCHEMA, Column, View

VERSION = "18.1"
"""Of the format: Tableau has kept it since 2018.1; newer features are named in a manifest."""


@dataclass(frozen=True)
class Connection:
    """Where the views are.

    Attributes
    ----------
    kind : Tableau's class of connections: `redshift` or `hyper`.
    caption : name that people read.
    attributes : of the connection.
    """

    kind: str
    caption: str
    attributes: dict[str, str]

    @property
    def name(self) -> str:
        """Name by which relations point to it."""
        return f"{self.kind}.{SCHEMA}"


def redshift(server: str, port: int, database: str, *, encrypted: bool) -> Connection:
    """Return a connection to a Redshift endpoint; Tableau asks for user and password."""
    attributes = {
        "class": "redshift",
        "dbname": database,
        "odbc-connect-string-extras": "",
        "one-time-sql": "",
        "port": str(port),
        "schema": SCHEMA,
        "server": server,
        "single-node": "no",
        "sslmode": "require" if encrypted else "",
        "username": "",
    }
    return Connection("redshift", f"Amazon Redshift, {server}", attributes)


def extract(file: str) -> Connection:
    """Return a connection to an extract that `etl extract` wrote."""
    attributes = {
        "authentication": "auth-none",
        "class": "hyper",
        "dbname": file,
        "default-settings": "yes",
        "schema": SCHEMA,
        "sslmode": "",
        "username": "tableau_internal_user",
    }
    return Connection("hyper", f"Extract, {file}", attributes)


def source_name(view: View) -> str:
    """Return the name of a view's data source within a workbook."""
    return f"federated.{view.name}"


def caption(view: View) -> str:
    """Return the name of a view's data source that people read."""
    return view.name.replace("_", " ").capitalize()


def datasource_element(view: View, connection: Connection) -> ET.Element:
    """Return the element <datasource> of a view in a workbook."""
    element = ET.Element(
        "datasource",
        {"caption": caption(view), "inline": "true", "name": source_name(view), "version": VERSION},
    )
    element.append(_connection_element(view, connection))
    ET.SubElement(element, "aliases", {"enabled": "yes"})
    element.extend(field_element(field_of(column)) for column in view.columns)
    ET.SubElement(
        element,
        "layout",
        {
            "dim-ordering": "alphabetic",
            "measure-ordering": "alphabetic",
            "show-structure": "true",
        },
    )
    return element


def datasource_document(view: View, connection: Connection) -> ET.Element:
    """Return the root of a .tds file: the data source of a view."""
    root = datasource_element(view, connection)
    root.set("formatted-name", root.attrib.pop("name"))
    root.set("source-platform", "win")
    return root


def field_element(field: Field) -> ET.Element:
    """Return the element <column> that describes a field."""
    attributes = {
        "caption": field.caption,
        "datatype": field.datatype,
        "name": field.name,
        "role": field.role,
        "type": field.type,
    }
    if field.default_format:
        attributes["default-format"] = field.default_format
    if field.semantic_role:
        attributes["semantic-role"] = field.semantic_role
    return ET.Element("column", attributes)


def _connection_element(view: View, connection: Connection) -> ET.Element:
    element = ET.Element("connection", {"class": "federated"})
    named = ET.SubElement(
        ET.SubElement(element, "named-connections"),
        "named-connection",
        {"caption": connection.caption, "name": connection.name},
    )
    ET.SubElement(named, "connection", connection.attributes)
    ET.SubElement(
        element,
        "relation",
        {
            "connection": connection.name,
            "name": view.name,
            "table": f"[{SCHEMA}].[{view.name}]",
            "type": "table",
        },
    )
    records = ET.SubElement(element, "metadata-records")
    records.extend(_record(view, number, column) for number, column in enumerate(view.columns, 1))
    return element


def _record(view: View, number: int, column: Column) -> ET.Element:
    """Return what Tableau remembers of a column of the connection."""
    kind = TYPES[column.type]
    values = {
        "remote-name": column.name,
        "remote-type": str(kind.remote_type),
        "local-name": f"[{column.name}]",
        "parent-name": f"[{view.name}]",
        "remote-alias": column.name,
        "ordinal": str(number),
        "local-type": kind.datatype,
        "aggregation": kind.aggregation,
    }
    if column.precision:
        values |= {"precision": str(column.precision), "scale": str(column.scale)}
    values["contains-null"] = "true"
    record = ET.Element("metadata-record", {"class": "column"})
    for name, value in values.items():
        ET.SubElement(record, name).text = value
    return record
