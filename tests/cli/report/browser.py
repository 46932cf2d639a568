"""A page in a real Chromium, which notes all that it complains of and all that it asks for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Debian's names of it; ETL_CHROMIUM names another.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# From a colour's text to the relative luminance, and the contrast of two, as WCAG 2 defines them.
_CONTRAST = """(texts) => {
  const luminance = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((each) => each / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const [light, dark] = texts.map(luminance).sort((one, other) => other - one);
  return (light + 0.05) / (dark + 0.05);
}"""
_VARIABLES = f"""(names) => {{
  const probe = document.body.appendChild(document.createElement("i"));
  const colours = names.map((name) => {{
    probe.style.color = `var(${{name}})`;
    return getComputedStyle(probe).color;
  }});
  probe.remove();
  return ({_CONTRAST})(colours);
}}"""
_CONTRASTS = (
    "() => {\n  const contrast = "
    + _CONTRAST
    + """;
  const backgroundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && [...element.childNodes].some((node) =>
      node.nodeType === Node.TEXT_NODE && node.textContent.trim()));
  return texts.map((element) => {
    const isSvg = element.namespaceURI.endsWith("svg");
    const colour = getComputedStyle(element)[isSvg ? "fill" : "color"];
    return [contrast([colour, backgroundOf(element)]), element.textContent.trim().slice(0, 40)];
  });
}"""
)

_ITEMS = """(view) => {
  const items = (mark) => mark.items.flatMap((item) =>
    item.items ? item.items.flatMap(items) : [{ item, name: mark.name }]);
  return items(view.scenegraph().root);
}"""
_DRAWN = f"""(section) => {{
  const view = document.querySelector(`#${{section}} .chart`).view;
  const rows = new Map();
  for (const {{ item }} of ({_ITEMS})(view)) {{
    if (item.datum && item.datum.row !== undefined) rows.set(item.datum.row, {{ ...item.datum }});
  }}
  return [...rows.values()].sort((one, other) => one.row - other.row);
}}"""
_BARS = f"""([section, layer]) => {{
  const view = document.querySelector(`#${{section}} .chart`).view;
  const value = view.scale("y").invert;
  return ({_ITEMS})(view).filter((each) => each.name === `layer_${{layer}}_marks`)
    .map(({{ item }}) => [value(item.y + item.height), value(item.y)]);
}}"""


@dataclass
class Opened:
    """A page that is open.

    Attributes
    ----------
    complaints : errors and warnings of the console, among them violations of the policy.
    requests : addresses of all that was asked for after the page itself.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def drawn_in(self, section: str) -> list[dict[str, Any]]:
        """Return the rows whose marks a section's chart shows, as the marks hold them."""
        rows: list[dict[str, Any]] = self.page.evaluate(_DRAWN, section)
        return rows

    def bars_of(self, section: str, layer: int) -> list[list[float]]:
        """Return the values at the two ends of each bar of a layer, by the chart's own scale."""
        ends: list[list[float]] = self.page.evaluate(_BARS, [section, layer])
        return ends

    def words_of(self, section: str) -> list[str]:
        """Return the words drawn in a section's chart."""
        return self.page.locator(f"#{section} .chart svg text").all_text_contents()

    def choose(self, section: str, label: str) -> None:
        """Choose one of a section's pictures and wait until it is drawn."""
        drawn = "id => document.querySelector(`#${id} .chart`).view"
        before = self.page.evaluate_handle(drawn, section)
        if self.page.locator(f"#{section} select").count():
            self.page.select_option(f"#{section} select", label=label)
        else:
            self.page.locator(f"#{section} fieldset").get_by_text(label, exact=True).click()
        self.page.wait_for_function(
            "([id, before]) => document.querySelector(`#${id} .chart`).view !== before",
            arg=[section, before],
        )

    def table_of(self, section: str) -> list[list[str]]:
        """Open the table of a section and return its cells, the head first."""
        self.page.locator(f"#{section} summary").click()
        rows = self.page.locator(f"#{section} .numbers tr")
        rows.first.wait_for()
        return [row.locator("th, td").all_text_contents() for row in rows.all()]

    def contrasts(self) -> list[tuple[float, str]]:
        """Return the contrast of each text on the page with what lies behind it, worst first."""
        return sorted((ratio, text) for ratio, text in self.page.evaluate(_CONTRASTS))

    def contrast(self, *variables: str) -> float:
        """Return the contrast of two of the style sheet's colours."""
        ratio: float = self.page.evaluate(_VARIABLES, variables)
        return ratio

    def axe(self) -> dict[str, Any]:
        """Return what axe-core finds by the rules of WCAG 2.2, level AA, and by good practice."""
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - `extra` only

        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        response: dict[str, Any] = Axe().run(self.page, options={"runOnly": rules}).response
        return response

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        pixels: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return pixels


def find_chromium() -> str:
    """Return the path of Chromium.

    Raises
    ------
    FileNotFoundError : there is none.
    """
    named = os.environ.get("ETL_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise FileNotFoundError("no Chromium is found: install it, or name it in ETL_CHROMIUM")
    return found


@contextmanager
def opened(browser: Browser, file: Path, **settings: Any) -> Iterator[Opened]:
    """Open a file as users do, by its path, and wait until its charts are drawn.

    Parameters
    ----------
    settings : of the browser context: viewport, color_scheme, …
    """
    context = browser.new_context(**{"timezone_id": "America/Los_Angeles", **settings})
    page = context.new_page()
    one = Opened(page)
    page.on("console", lambda message: one.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: one.complaints.append(f"error: {error}"))
    page.on("request", lambda request: one.requests.append(request.url))
    page.goto(file.as_uri())
    if "page-data" in file.read_text(encoding="utf-8"):
        page.locator("html[data-drawn]").wait_for(state="attached")
    one.requests.remove(file.as_uri())
    try:
        yield one
    finally:
        context.close()
