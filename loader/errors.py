"""The errors of the loaders, drawn as a tree.

::

    LoadError
    └── RetryableLoadError   the same load may succeed later, and is safe to repeat
        └── StoreBusy        the store had no room for as long as we tried
"""

from __future__ import annotations


class LoadError(Exception):
    """A store could not be brought to the lake's state; the message says why."""


class RetryableLoadError(LoadError):
    """The same load may succeed later; what it has written so far does no harm."""


class StoreBusy(RetryableLoadError):  # noqa: N818
    """The store throttled, or gave no answer, for as long as we tried."""
