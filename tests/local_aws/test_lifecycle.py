"""Hooks run in their order, and one that fails does not keep the others from stopping."""

from __future__ import annotations

import pytest

from local_aws import lifecycle


@pytest.fixture(autouse=True)
def _no_other_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_at_start", "_at_stop", "_at_exit"):
        monkeypatch.setattr(lifecycle, name, [])


def test_start_hooks_run_in_order_and_stop_hooks_in_the_opposite() -> None:
    ran: list[str] = []
    for name in ("first", "second"):
        lifecycle.at_start(lambda name=name: ran.append(f"start {name}"))
        lifecycle.at_stop(lambda name=name: ran.append(f"stop {name}"))
        lifecycle.at_exit(lambda name=name: ran.append(f"exit {name}"))
    lifecycle.run_start_hooks()
    lifecycle.run_stop_hooks()
    lifecycle.run_exit_hooks()
    assert ran == [
        *("start first", "start second"),
        *("stop second", "stop first"),
        *("exit second", "exit first"),
    ]


def test_a_stop_hook_that_fails_does_not_keep_the_others_back() -> None:
    ran: list[str] = []

    def fail() -> None:
        raise RuntimeError("broken")

    lifecycle.at_stop(lambda: ran.append("stopped"))
    lifecycle.at_stop(fail)
    lifecycle.run_stop_hooks()
    assert ran == ["stopped"]


def test_a_start_hook_that_fails_stops_the_start() -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    lifecycle.at_start(fail)
    with pytest.raises(RuntimeError, match="broken"):
        lifecycle.run_start_hooks()
