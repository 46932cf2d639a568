"""Reads the commands and programs of a page, and what they are shown to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_RUN = ("sh", "python")


@dataclass(frozen=True)
class Snippet:
    """A block that a reader would run.

    Attributes
    ----------
    language : sh or python.
    text : the block.
    shown : what the page shows below it, None where it shows nothing.
    line : of the page.
    """

    language: str
    text: str
    shown: str | None
    line: int


def snippets(page: Path) -> list[Snippet]:
    """Return the blocks to be run, in order.

    Raises
    ------
    ValueError : a block is of no known kind, or shows output of nothing.
    """
    text = page.read_text("utf-8")
    found: list[Snippet] = []
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        if block["language"] in _RUN:
            found.append(Snippet(block["language"], block["text"], None, line))
        elif block["language"] == "text" and found and found[-1].shown is None:
            last = found.pop()
            found.append(Snippet(last.language, last.text, block["text"], last.line))
        else:
            raise ValueError(f"{page.name}, line {line}: a block that is neither run nor shown")
    return found
