"""What the engines do when the local cloud has started and before it stops."""

from __future__ import annotations

import logging
from collections.abc import Callable

Hook = Callable[[], None]

_logger = logging.getLogger(__name__)
_at_start: list[Hook] = []
_at_stop: list[Hook] = []
_at_exit: list[Hook] = []


def at_start(hook: Hook) -> None:
    """Run `hook` once the saved state is loaded and the API answers, before clients are told.

    It runs in a thread, so it may call the API. An exception stops the start.
    """
    _at_start.append(hook)


def at_stop(hook: Hook) -> None:
    """Run `hook` at a graceful stop, last registered first, while the API still answers.

    It runs in a thread. An exception is logged and the stop goes on.
    """
    _at_stop.append(hook)


def at_exit(hook: Hook) -> None:
    """Run `hook` once no request is served any more, last registered first.

    An exception is logged and the end goes on.
    """
    _at_exit.append(hook)


def run_start_hooks() -> None:
    """Run every start hook in the order in which they were registered."""
    for hook in _at_start:
        hook()


def run_stop_hooks() -> None:
    """Run every stop hook, last registered first."""
    _run_all(_at_stop)


def run_exit_hooks() -> None:
    """Run every exit hook, last registered first."""
    _run_all(_at_exit)


def _run_all(hooks: list[Hook]) -> None:
    """Run hooks, last registered first; one that fails does not keep the others back."""
    for hook in reversed(hooks):
        try:
            hook()
        except Exception:
            _logger.exception("A hook of %s failed", hook.__module__)
