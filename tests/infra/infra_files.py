"""Reads the templates and state machines as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import load

CHECKOUT = Path(__file__).resolve().parents[2]


def read_template(name: str) -> dict[str, Any]:
    """Return a template with its short forms written out (`!Ref x` as `{"Ref": "x"}`)."""
    template: dict[str, Any] = load(str(CHECKOUT / "cloudformation" / f"{name}.yaml"))
    return template


def read_machine(name: str) -> dict[str, Any]:
    """Return a state machine's definition, its `${…}` as they stand in the file."""
    path = CHECKOUT / "state_machines" / f"{name}.asl.json"
    machine: dict[str, Any] = json.loads(path.read_text())
    return machine
