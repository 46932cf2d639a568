"""Policy variables such as `${aws:userid}`, which MiniStack's evaluator takes for plain text."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from ministack.core import iam_evaluator

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*", "?", "$"}
_UNMATCHABLE = "\0"  # no value of a request holds it


def resolved(statement: Any, context: Any) -> Any:
    """Return a statement with its variables replaced by the request's values.

    A variable without a value matches nothing (IAM user guide, "Policy variables").
    """
    if not has_variables(statement):
        return statement
    return dataclasses.replace(
        statement,
        resources=[_filled(each, context) for each in statement.resources],
        not_resources=[_filled(each, context) for each in statement.not_resources],
        conditions=_filled(statement.conditions, context),
    )


def has_variables(statement: Any) -> bool:
    """Return whether a statement of a policy names a variable."""
    known = statement.__dict__.get("has_variables")
    if known is None:
        texts = [statement.resources, statement.not_resources, statement.conditions]
        known = statement.__dict__["has_variables"] = "${" in json.dumps(texts)
    return bool(known)


def _filled(value: Any, context: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, context) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, context) for each in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda found: _value(found[1], context), value)


def _value(name: str, context: Any) -> str:
    """Return a variable's value; one that would match more than itself counts as none."""
    name, _, default = name.partition(",")
    if name in _LITERALS:
        # The evaluator knows no way to write a literal star: refuse instead of matching more.
        return "$" if name == "$" else _UNMATCHABLE
    found = iam_evaluator._resolve_condition_key(name.strip(), context)
    if found is None or isinstance(found, list):
        return default.strip().strip("'") or _UNMATCHABLE
    return _UNMATCHABLE if re.search(r"[*?]", str(found)) else str(found)
