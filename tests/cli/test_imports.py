"""What a source imports is read from it, with and without what is imported later."""

from __future__ import annotations

import pytest

from cli.imports import imports_of

SOURCE = """
from typing import TYPE_CHECKING
import a.b
from c import d
from . import near
from .beside import e
from ..above import f
if TYPE_CHECKING:
    import checked
else:
    import unchecked
try:
    import tried
except ImportError:
    tried = None
class Kind:
    import in_class
    def method(self):
        import in_method
def function():
    from later import g
"""


def test_all_that_is_imported_at_the_start_and_nothing_else():
    found = imports_of(SOURCE, "top.package", at_start=True)
    assert sorted(found.modules) == [
        "a.b", "c", "in_class", "top.above", "top.package", "top.package.beside", "tried",
        "typing", "unchecked",
    ]  # fmt: skip
    assert "c.d" in found.members
    assert "top.package.near" in found.members


@pytest.mark.parametrize("name", ["checked", "in_method", "later"])
def test_all_that_may_ever_be_imported(name: str):
    assert name in imports_of(SOURCE, "top.package").modules
