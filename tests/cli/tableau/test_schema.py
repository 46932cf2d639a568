"""Tableau's files have the structure that Tableau's published schema of workbooks demands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from local_aws.settings import CHECKOUT

pytestmark = pytest.mark.extra

FOLDER = CHECKOUT / "tableau"
FILES = [FOLDER / "retail.twb", *sorted((FOLDER / "datasources").glob("*.tds"))]
VERSIONS = ("2026.1.0", "2026.2.0")

# The schema imports two namespaces without saying where they are: Tableau's validator
# (workbook_validation in the same repository) puts such stand-ins there too.
_OPEN_NAMESPACES = {
    "http://www.tableausoftware.com/xml/user": (
        '<xs:attributeGroup name="UserAttributes-AG"><xs:anyAttribute '
        'namespace="http://www.tableausoftware.com/xml/user" processContents="skip"/>'
        "</xs:attributeGroup>"
    ),
    "http://www.w3.org/XML/1998/namespace": '<xs:attribute name="base" type="xs:anyURI"/>',
}
# It does not look into connections, though it describes what is in them; and it has no root for
# a file of a data source.
_MORE_ROOTS = """
  <xs:complexType name="Relations"><xs:group ref="Relation-G"/></xs:complexType>
  <xs:complexType name="Records"><xs:group ref="Metadata-G"/></xs:complexType>
  <xs:element name="datasource" type="DataSource-CT"/>
  <xs:element name="relations" type="Relations"/>
  <xs:element name="records" type="Records"/>
</xs:schema>"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the schemas as a pinned package of PyPI ships them."""
    folder = tmp_path_factory.mktemp("schemas")
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet"]
    pinned = str(Path(__file__).with_name("schema.lock"))
    options = ["--no-deps", "--require-hashes", "--target", str(folder), "-r", pinned]
    subprocess.run([*command, *options], check=True, timeout=120)
    return folder


@pytest.fixture(scope="module", params=VERSIONS)
def schema(request: pytest.FixtureRequest, published: Path) -> Any:
    (file,) = published.rglob(f"twb_{request.param}.xsd")
    text = file.read_text("utf-8").replace("</xs:schema>", _MORE_ROOTS)
    for number, (namespace, content) in enumerate(_OPEN_NAMESPACES.items()):
        stub = file.with_name(f"stub{number}.xsd")
        stub.write_text(
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
            f'targetNamespace="{namespace}">{content}</xs:schema>'
        )
        imported = f'<xs:import namespace="{namespace}"/>'
        assert imported in text
        text = text.replace(imported, f'{imported[:-2]} schemaLocation="{stub}"/>')
    return etree.XMLSchema(etree.fromstring(text.encode()))


def errors(schema: Any, element: Any) -> list[str]:
    """Return what the schema finds wrong, but for the one thing that it demands wrongly.

    Every workbook lacks `explain-data` until somebody changes that setting: Tableau's validator
    knows the gap and passes over it too.
    """
    schema.validate(etree.ElementTree(element))
    return [
        error.message
        for error in schema.error_log
        if not ("Missing child element(s)" in error.message and "explain-data" in error.message)
    ]


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_file_is_as_the_schema_demands(schema: Any, file: Path) -> None:
    root = etree.fromstring(file.read_bytes())

    assert errors(schema, root) == []


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_what_is_in_its_connections_is_too(schema: Any, file: Path) -> None:
    root = etree.fromstring(file.read_bytes())
    for name, wrapper in (("relation", "relations"), ("metadata-records", "records")):
        found = list(root.iter(name))
        assert found
        for element in found:
            whole = etree.Element(wrapper)
            whole.append(element)
            assert errors(schema, whole) == []


def test_the_schema_refuses_what_is_not_in_it(schema: Any) -> None:
    root = etree.fromstring(FILES[0].read_bytes())
    root.find("worksheets/worksheet/table/panes/pane/mark").set("class", "Barchart")
    etree.SubElement(root.find("datasources/datasource"), "colour")

    found = errors(schema, root)

    assert any("'Barchart' is not an element of the set" in error for error in found)
    assert any("'colour': This element is not expected" in error for error in found)
