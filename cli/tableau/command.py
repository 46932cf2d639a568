"""`etl tableau`: writes a data source for each view, and a workbook on all of them."""

from __future__ import annotations

from pathlib import Path

from cli import console, warehouse
from cli.tableau.datasource import Connection, datasource_document, extract, redshift
from cli.tableau.workbook import document_text, workbook_document
from cli.target import Target
from cli.views import View, read_views, view_names

WORKBOOK, SOURCES = "retail.twb", "datasources"


def write_files(
    target: Target, folder: Path, extract_file: Path | None, server: str | None
) -> None:
    """Write the files and say where they are.

    Parameters
    ----------
    extract_file : what `etl extract` wrote, to be shown instead of the warehouse.
    server : `host:port` of the warehouse where Tableau runs; the deployment's own by default.
    """
    snapshot = read_views(target, rows=False)
    views = {name: snapshot.view(name) for name in view_names()}
    if extract_file is None:
        connection = _redshift(target, server)
    else:
        connection = extract(str(extract_file.resolve()))
    (folder / SOURCES).mkdir(parents=True, exist_ok=True)
    for name, text in documents(views, connection).items():
        (folder / name).write_text(text, encoding="utf-8")
    console.say(
        f"wrote {folder / WORKBOOK} and {len(views)} data sources in {folder / SOURCES}, "
        f"for {connection.caption}"
    )


def documents(views: dict[str, View], connection: Connection) -> dict[str, str]:
    """Return the contents of all files by their names."""
    sources = {
        f"{SOURCES}/{view.name}.tds": document_text(datasource_document(view, connection))
        for view in views.values()
    }
    return {WORKBOOK: document_text(workbook_document(views, connection)), **sources}


def _redshift(target: Target, server: str | None) -> Connection:
    own, _, database = warehouse.address(target).partition("/")
    host, _, port = (server or own).partition(":")
    is_local = target.endpoint is not None and server is None  # which speaks no TLS
    return redshift(host, int(port or own.partition(":")[2]), database, encrypted=not is_local)
