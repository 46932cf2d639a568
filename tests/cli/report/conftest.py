"""Pages of the report as files, and a Chromium to open them in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.report.run_page import render_run
from cli.report.sales_page import render_sales
from tests.cli.report.browser import Opened, find_chromium, opened
from tests.cli.report.sample_data import sample_data
from tests.cli.report.sample_runs import NOW, failed_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def sales_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small shop's report as a file."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    now = datetime(2026, 11, 22, 20, 59, tzinfo=UTC)
    file.write_text(render_sales(sample_data(), "the tests", now), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a failed run as a file."""
    file = tmp_path_factory.mktemp("run") / "run.html"
    file.write_text(render_run(failed_run(), "the tests", NOW), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return a headless Chromium; only `make test-extra` installs what it takes."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        # The sandbox needs privileges that CI's containers lack; the pages are our own.
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def desktop(chromium: Browser, sales_file: Path) -> Iterator[Opened]:
    """Return the report in a window of a desktop."""
    with opened(chromium, sales_file, viewport={"width": 1280, "height": 900}) as one:
        yield one


@pytest.fixture
def phone(chromium: Browser, sales_file: Path) -> Iterator[Opened]:
    """Return the report on a small phone."""
    small = {"width": 360, "height": 740}
    with opened(chromium, sales_file, viewport=small, is_mobile=True, has_touch=True) as one:
        yield one
