"""Reads a page of the report the way tests ask about it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup

VOID_OR_FRAGMENT = ("#", "data:,")


@dataclass(frozen=True)
class Page:
    """A parsed page."""

    html: str

    @property
    def soup(self) -> BeautifulSoup:
        """The page, parsed as browsers parse."""
        return BeautifulSoup(self.html, "lxml")

    @property
    def text(self) -> str:
        """What people read, white space collapsed."""
        soup = self.soup
        for hidden in soup(["script", "style"]):
            hidden.decompose()
        return " ".join(soup.get_text(" ").split())

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts read."""
        found = self.soup.find(id="page-data")
        assert found is not None
        document: dict[str, Any] = json.loads(found.get_text())
        return document

    @property
    def policy(self) -> dict[str, list[str]]:
        """The directives of the page's content security policy."""
        meta = self.soup.find("meta", {"http-equiv": "Content-Security-Policy"})
        assert meta is not None
        directives = (part.split() for part in str(meta["content"]).split(";"))
        return {name: values for name, *values in directives}

    def addresses(self) -> list[str]:
        """Return all that elements refer to, but for places in the page itself."""
        found = [
            str(tag[attribute])
            for attribute in ("src", "href", "srcset", "action", "data", "poster", "background")
            for tag in self.soup.find_all(attrs={attribute: True})
        ]
        return [each for each in found if not each.startswith(VOID_OR_FRAGMENT)]

    def hashes(self, tag: str) -> list[str]:
        """Return the hashes of the inline elements that a policy has to allow."""
        elements = self.soup.find_all(tag, type=False)
        digests = (hashlib.sha256(each.get_text().encode()).digest() for each in elements)
        return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
