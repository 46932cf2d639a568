"""Replace functions of MiniStack, each pinned to the source that it replaces.

MiniStack has no plug-in API, so we put our functions in place of its own before it serves. Each
replacement names a pin: a hash of the source that it was written against. When an upgrade changes
that source, the local cloud refuses to start and names the function, instead of running on with a
patch that no longer fits. Get a pin with `pin_of(function)`.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any


class PatchError(Exception):
    """MiniStack's source is not what a patch of ours was written against."""


def pin_of(original: Any) -> str:
    """Return the pin of a function, class or text of MiniStack: 12 hex digits of its hash."""
    source = original if isinstance(original, str) else inspect.getsource(original)
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def pinned(module: ModuleType, name: str, pin: str) -> Any:
    """Return `module.name`, once it is found to be what a patch was written against.

    Raises
    ------
    PatchError : it is missing or has changed.
    """
    original = getattr(module, name, None)
    where = f"{module.__name__}.{name}"
    if original is None:
        raise PatchError(f"{where} does not exist in this version of MiniStack")
    if pin_of(original) != pin:
        raise PatchError(f"{where} has changed (pin {pin_of(original)}, expected {pin})")
    return original


def replace(module: ModuleType, name: str, replacement: Any, pin: str) -> None:
    """Put `replacement` in place of `module.name`, if that has the pin; else PatchError."""
    pinned(module, name, pin)
    setattr(module, name, replacement)


def wrap(module: ModuleType, name: str, around: Callable[[Any], Any], pin: str) -> None:
    """Put `around(original)` in place of `module.name`, if that has the pin; else PatchError."""
    setattr(module, name, around(pinned(module, name, pin)))
