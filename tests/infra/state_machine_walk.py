"""Walks a JSONata state machine with given task results: which states, with what arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jsonata import Jsonata

EXECUTION = {
    "Id": "arn:aws:states:us-east-1:123456789012:execution:etl-dev-retail-etl:run-1",
    "Name": "run-1",
    "StartTime": "2026-11-22T10:15:00.000Z",
}


class TaskError(Exception):
    """What a task fails with: Step Functions' Error and Cause."""

    def __init__(self, error: str, cause: str | None = "because") -> None:
        super().__init__(error)
        self.output = {"Error": error} | ({"Cause": cause} if cause is not None else {})


Task = Callable[[str, Any], Any]
"""Given a task state's name and arguments, returns its result or raises TaskError."""


@dataclass
class Walk:
    """A walk's end.

    Attributes
    ----------
    states : names in the order entered.
    calls : the tasks' states and what they were called with, in their order.
    output : of the Succeed state; for a Fail state its Error and Cause.
    """

    states: list[str] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    output: Any = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What each task was called with last, by state."""
        return dict(self.calls)


def evaluate(template: Any, states: dict[str, Any], variables: dict[str, Any]) -> Any:
    """Evaluate all `{% … %}` in a value; what is undefined is an error, as in Step Functions."""
    if isinstance(template, dict):
        return {name: evaluate(value, states, variables) for name, value in template.items()}
    if isinstance(template, list):
        return [evaluate(value, states, variables) for value in template]
    if not (isinstance(template, str) and template.startswith("{%") and template.endswith("%}")):
        return template
    expression = Jsonata(template[2:-2].strip())
    for name, value in {"states": states, **variables}.items():
        expression.assign(name, value)
    result = expression.evaluate(None)
    if result is None:
        raise AssertionError(f"{template} is undefined")
    return result


def walk(machine: dict[str, Any], task: Task, execution_input: Any) -> Walk:
    """Walk a machine to its end; errors are caught at once, as after the last retry."""
    done = Walk()
    variables: dict[str, Any] = {}
    context = {"Execution": {**EXECUTION, "Input": execution_input}}
    name, at = machine["StartAt"], execution_input
    while True:
        state = machine["States"][name]
        done.states.append(name)
        states: dict[str, Any] = {"input": at, "context": context}
        if state["Type"] == "Succeed":
            done.output = at
            return done
        if state["Type"] == "Fail":
            done.output = evaluate(
                {"Error": state["Error"], "Cause": state["Cause"]}, states, variables
            )
            return done
        if state["Type"] == "Choice":
            choices = state["Choices"]
            rules = (c for c in choices if evaluate(c["Condition"], states, variables) is True)
            taken = next(rules, {"Next": state["Default"]})
            variables |= evaluate(taken.get("Assign", {}), states, variables)
            name = taken["Next"]
            continue
        if state["Type"] in {"Pass", "Wait"}:
            variables |= evaluate(state.get("Assign", {}), states, variables)
            at = evaluate(state["Output"], states, variables) if "Output" in state else at
            name = state["Next"]
            continue
        arguments = evaluate(state["Arguments"], states, variables)
        done.calls.append((name, arguments))
        try:
            states["result"] = task(name, arguments)
            after = state
            at = states["result"]
        except TaskError as error:
            states["errorOutput"] = error.output
            after = state["Catch"][0]
            assert after["ErrorEquals"] == ["States.ALL"]
        if "Output" in after:
            at = evaluate(after["Output"], states, variables)
        variables |= evaluate(after.get("Assign", {}), states, variables)
        name = after["Next"]
