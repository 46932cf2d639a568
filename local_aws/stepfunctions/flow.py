"""One line of states that is under way: the execution itself, or a branch of it."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from ministack.core.responses import now_iso

from local_aws.stepfunctions.errors import ExecutionEnded
from local_aws.stepfunctions.jsonata_values import Scope


class History:
    """The events of an execution, as GetExecutionHistory returns them.

    Parameters
    ----------
    record : MiniStack's record of the execution, which holds the events.
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self._events: list[dict[str, Any]] = record["events"]
        self._lock = threading.Lock()
        self._closed = False

    def add(self, kind: str, previous: int, details: dict[str, Any] | None = None) -> int:
        """Add an event after event `previous` and return its id; nothing after the last event."""
        with self._lock:
            if self._closed:
                raise ExecutionEnded
            return self._append(kind, previous, details)

    def close(self, kind: str, details: dict[str, Any]) -> None:
        """Add the event that ends the execution."""
        with self._lock:
            self._closed = True
            self._append(kind, len(self._events), details)

    def close_by(self, stop: Callable[[], Any]) -> Any:
        """Let `stop` add the event that ends the execution, and return its answer."""
        with self._lock:
            before = len(self._events)
            answer = stop()
            if len(self._events) > before:
                self._closed = True
                self._events[-1]["previousEventId"] = before
            return answer

    def _append(self, kind: str, previous: int, details: dict[str, Any] | None) -> int:
        event = {"id": len(self._events) + 1, "type": kind, "timestamp": now_iso()}
        event["previousEventId"] = previous
        self._events.append({**event, **(details or {})})
        return len(self._events)


class Flow:
    """A line of states: where it stands, what it knows, and whether it should go on.

    Parameters
    ----------
    record : MiniStack's record of the execution.
    history : the execution's events.
    context : the context object without its State.
    ended : done when the execution, or this branch, is stopped from outside.
    """

    def __init__(
        self,
        record: dict[str, Any],
        history: History,
        context: dict[str, Any],
        ended: Future[None],
    ) -> None:
        self.record = record
        self.history = history
        self.context = context
        self.ended = ended
        self.variables: dict[str, Any] = {}
        self._last_event = len(record["events"])

    def branch(self, **context: Any) -> Flow:
        """Return a line of states inside this one.

        It sees this one's variables, but what it assigns stays inside, and it ends with this one.
        """
        ended: Future[None] = Future()
        self.ended.add_done_callback(lambda _: end(ended))
        inner = copy.copy(self)
        inner.ended = ended
        inner.context = {**self.context, **context}
        inner.variables = dict(self.variables)
        return inner

    def event(self, kind: str, details: dict[str, Any] | None = None) -> None:
        """Add an event to the history.

        Raises
        ------
        ExecutionEnded : the states should not go on.
        """
        if self.ended.done():
            raise ExecutionEnded
        self._last_event = self.history.add(kind, self._last_event, details)

    def sleep(self, seconds: float) -> None:
        """Wait; an end of the execution cuts it short and raises ExecutionEnded."""
        wait([self.ended], timeout=seconds)
        if self.ended.done():
            raise ExecutionEnded

    def await_result(self, work: Future[Any], seconds: float | None) -> Any:
        """Return the result of `work`.

        Raises
        ------
        TimeoutError : it took longer than `seconds`.
        ExecutionEnded : the execution ended before.
        """
        wait([work, self.ended], timeout=seconds, return_when=FIRST_COMPLETED)
        if self.ended.done():
            raise ExecutionEnded
        if not work.done():
            raise TimeoutError
        return work.result()

    def scope(self, data: Any) -> Scope:
        """Return what the expressions of the current state can refer to."""
        return Scope({"input": data, "context": self.context}, self.variables)

    def enter(self, name: str, kind: str, data: str) -> None:
        """Begin a state."""
        self.context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        self.event(
            f"{kind}StateEntered", {"stateEnteredEventDetails": {"name": name, "input": data}}
        )

    def leave(self, name: str, kind: str, output: str, assigned: dict[str, Any]) -> None:
        """End a state: its variables get their values."""
        details: dict[str, Any] = {"name": name, "output": output}
        if assigned:
            details["assignedVariables"] = {k: json.dumps(v) for k, v in assigned.items()}
        self.variables.update(assigned)
        self.event(f"{kind}StateExited", {"stateExitedEventDetails": details})


def end(ended: Future[None]) -> None:
    """Mark a line of states as ended, once."""
    if not ended.done():
        ended.set_result(None)
