"""Evaluate the `{% JSONata %}` expressions in a state's fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import stepfunctions

from local_aws.stepfunctions.errors import DATA_LIMIT_EXCEEDED, QUERY_FAILED, TaskError

MAX_PAYLOAD_BYTES = 262_144
_MAX_MILLISECONDS = 1000
_jsonata = stepfunctions.jsonata
_NULL = _jsonata.utils.Utils.NULL_VALUE


class Scope:
    """What expressions can refer to: `$states` and the workflow's variables.

    Parameters
    ----------
    states : members of `$states` that exist at this place (input, result, errorOutput, context).
    variables : the workflow's variables, by name.
    """

    def __init__(self, states: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self.states = dict(states)
        self.variables = variables

    def with_result(self, result: Any) -> Scope:
        """Return the scope of Output and Assign after a success."""
        return Scope({**self.states, "result": result}, self.variables)

    def with_error(self, error: str, cause: str | None) -> Scope:
        """Return the scope of a catcher's Output and Assign."""
        output = {"Error": error, "Cause": cause} if cause is not None else {"Error": error}
        return Scope({**self.states, "errorOutput": output}, self.variables)

    def fill(self, template: Any) -> Any:
        """Return the template with every expression in it replaced by its value.

        Raises
        ------
        TaskError : States.QueryEvaluationError.
        """
        if isinstance(template, str):
            return self._evaluate(template) if is_expression(template) else template
        if isinstance(template, dict):
            return {key: self.fill(value) for key, value in template.items()}
        if isinstance(template, list):
            return [self.fill(value) for value in template]
        return template

    def fill_as(self, field: str, template: Any, kind: type | tuple[type, ...]) -> Any:
        """Return the value of a field that must be of a kind, for instance Condition and bool."""
        value = self.fill(template)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            message = f"The field '{field}' has a value of an unexpected type: {json.dumps(value)}"
            raise TaskError(QUERY_FAILED, message)
        return value

    def _evaluate(self, template: str) -> Any:
        expression = template[2:-2].strip()
        names = {name: _NULL if v is None else v for name, v in self.variables.items()}
        bindings = {**names, "states": self.states}
        try:
            value = _compile(expression).evaluate(None, bindings)
            is_undefined = value is None and not _is_defined(expression, bindings)
            result = json.loads(json.dumps(value, allow_nan=False))
        except Exception as error:
            code = getattr(error, "error", None)
            message = f"{code}: {error}" if isinstance(code, str) and code else str(error)
            raise TaskError(QUERY_FAILED, f"{message} in expression: {expression}") from error
        if is_undefined:
            message = f"The expression did not return a result: {expression}"
            raise TaskError(QUERY_FAILED, message)
        return result


def is_expression(value: Any) -> bool:
    """Tell whether a field's value is an expression."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def as_payload(value: Any) -> str:
    """Return a state's input or output as JSON.

    Raises
    ------
    TaskError : States.DataLimitExceeded, above 256 KiB.
    """
    text = json.dumps(value, ensure_ascii=False)
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        message = "The state/task returned a result with a size exceeding the maximum number of "
        raise TaskError(DATA_LIMIT_EXCEEDED, f"{message}bytes service limit.")
    return text


def _compile(expression: str) -> Any:
    compiled = _jsonata.Jsonata.jsonata(expression, timeout=_MAX_MILLISECONDS)
    stepfunctions._register_sfn_jsonata_functions(compiled)
    compiled.register_lambda("eval", _no_eval)
    return compiled


def _no_eval(*_: Any) -> None:
    raise ValueError("$eval is not supported by Step Functions; use $parse")


def _is_defined(expression: str, bindings: dict[str, Any]) -> bool:
    return bool(_compile(f"$exists(({expression}))").evaluate(None, bindings))
