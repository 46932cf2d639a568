"""What properties a resource type has and of which type: refuse others, convert values.

`resource_schemas.json` holds the part of CloudFormation's resource schemas that is needed for it:
names, types and which are required. `schema_source` makes it from the schemas that cfn-lint ships.

A schema is a type name ("string", "integer", "number", "boolean", or "any" where more than one is
allowed), a list with the items' schema, or {"properties": {...}, "required": [...]}.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

Schema = Any
SCHEMAS_FILE = Path(__file__).with_name("resource_schemas.json")
_BOOLEANS = {"true": True, "false": False}


@functools.cache
def resource_schemas() -> dict[str, Schema]:
    """Return the schemas by resource type."""
    schemas: dict[str, Schema] = json.loads(SCHEMAS_FILE.read_text())
    return schemas


def find_fault(type_name: str, properties: Any) -> str | None:
    """Return what is wrong with a resource's properties as the template writes them, or None.

    What an intrinsic function will give is not known yet and not judged.
    """
    schema = resource_schemas().get(type_name)
    if schema is None:
        return "this type is not supported by the local cloud"
    return _fault(schema, properties, "Properties")


def convert(type_name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return resolved properties with each value in the type that its property has.

    CloudFormation's parameters are texts: "30" becomes 30 for an integer property.

    Raises
    ------
    ValueError : a property is unknown, missing or not of its type.
    """
    schema = resource_schemas().get(type_name)
    if schema is None:  # Custom::… and what is provisioned without a template check
        return properties
    fault = _fault(schema, properties, "Properties")
    if fault is not None:
        raise ValueError(f"Property validation failure: {fault}")
    converted: dict[str, Any] = _convert(schema, properties, "Properties")
    return converted


def _fault(schema: Schema, value: Any, path: str) -> str | None:
    if _is_intrinsic(value):
        return None
    if isinstance(schema, dict) and isinstance(value, dict):
        return _object_fault(schema, value, path)
    if isinstance(schema, list) and isinstance(value, list):
        faults = (_fault(schema[0], item, f"{path}/{i}") for i, item in enumerate(value))
        return next(filter(None, faults), None)
    if isinstance(schema, dict | list) or (schema != "any" and isinstance(value, dict | list)):
        return f"{path} is not of the type that CloudFormation expects"
    return None


def _object_fault(schema: Schema, value: dict[str, Any], path: str) -> str | None:
    known = schema["properties"]
    unknown = sorted(set(value) - set(known))
    if unknown:
        return f"extraneous key [{unknown[0]}] is not permitted at {path}"
    missing = [name for name in schema["required"] if name not in value]
    if missing:
        return f"required key [{missing[0]}] not found at {path}"
    faults = (_fault(known[name], inner, f"{path}/{name}") for name, inner in value.items())
    return next(filter(None, faults), None)


def _is_intrinsic(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name: str = next(iter(value))
    return name == "Ref" or name.startswith("Fn::")


def _convert(schema: Schema, value: Any, path: str) -> Any:
    if isinstance(schema, dict) and isinstance(value, dict):
        known = schema["properties"]
        return {k: _convert(known[k], inner, f"{path}/{k}") for k, inner in value.items()}
    if isinstance(schema, list) and isinstance(value, list):
        return [_convert(schema[0], item, f"{path}/{i}") for i, item in enumerate(value)]
    return _convert_scalar(schema, value, path)


def _convert_scalar(schema: Schema, value: Any, path: str) -> Any:
    try:
        if schema == "integer" and not isinstance(value, bool):
            return int(value)
        if schema == "number" and not isinstance(value, bool):
            return value if isinstance(value, int | float) else float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Property validation failure: {path} must be a number") from error
    if schema == "boolean" and isinstance(value, str):
        if value.lower() not in _BOOLEANS:
            raise ValueError(f"Property validation failure: {path} must be true or false")
        return _BOOLEANS[value.lower()]
    if schema == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
