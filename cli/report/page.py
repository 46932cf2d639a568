"""Makes one HTML file that needs nothing else: its styles, scripts and data are inside.

A policy in the page allows its own two or three scripts and its style, by their hashes, and nothing
else: no network, no inline handler, no evaluation of text as code.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cli.report import figures

_ASSETS = Path(__file__).parent / "assets"
# Read as markup these would end the script, or open a comment in it.
_NOT_IN_JSON = {each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}


def render(template: str, *, scripts: tuple[str, ...], **values: object) -> str:
    """Return a page made from a template of this package.

    Parameters
    ----------
    scripts : names of its scripts, in their order: files of `assets/`, or `vega`, the library
        that draws charts.
    values : what the template shows; text is escaped.
    """
    style = _asset("styles.css")
    codes = [_library() if name == "vega" else _asset(name) for name in scripts]
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            style=Markup(style),  # noqa: S704 - ours, from this checkout
            scripts=[Markup(code) for code in codes],  # noqa: S704 - the same
            policy=_policy(style, codes),
        )
    )


def embedded_json(document: object) -> Markup:
    """Return JSON for a script element: nothing in its texts can end the element."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _NOT_IN_JSON.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704 - no character is left that markup is made of


def _policy(style: str, codes: list[str]) -> str:
    hashes = " ".join(f"'{_hash(code)}'" for code in codes)
    return (
        f"default-src 'none'; script-src {hashes}; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


@cache
def _library() -> str:
    code: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    if "</script" in code or "<!--" in code:
        raise ValueError("the charting library holds text that cannot stand in a page")
    return code


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cli.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    people: dict[str, Any] = {
        name: getattr(figures, name)
        for name in (
            "count",
            "money",
            "exact",
            "percent",
            "day",
            "moment",
            "duration",
            "plural",
            "words",
        )
    }
    environment.filters.update(people)
    return environment
