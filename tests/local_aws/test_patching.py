"""A patch is refused when what it replaces is not what it was written against."""

from __future__ import annotations

from types import ModuleType

import pytest

from local_aws.patching import PatchError, pin_of, pinned, replace, wrap


def original() -> str:
    return "theirs"


def changed() -> str:
    return "theirs, changed"


@pytest.fixture
def module() -> ModuleType:
    module = ModuleType("a_module_of_ministack")
    module.answer = original  # type: ignore[attr-defined]  # a module takes any attribute
    return module


def test_replaces_and_wraps_what_has_the_pin(module: ModuleType) -> None:
    wrap(module, "answer", lambda theirs: lambda: theirs() + " and ours", pin_of(original))
    assert module.answer() == "theirs and ours"
    module.answer = original  # type: ignore[attr-defined]
    replace(module, "answer", lambda: "ours", pin_of(original))
    assert module.answer() == "ours"


def test_refuses_a_source_that_changed(module: ModuleType) -> None:
    module.answer = changed  # type: ignore[attr-defined]
    with pytest.raises(PatchError, match=r"a_module_of_ministack\.answer has changed"):
        replace(module, "answer", lambda: "ours", pin_of(original))
    assert module.answer is changed


def test_refuses_a_name_that_is_gone(module: ModuleType) -> None:
    with pytest.raises(PatchError, match="does not exist"):
        pinned(module, "no_such_name", pin_of(original))
