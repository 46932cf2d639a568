"""Load, clear and look at the fault plan of a local cloud: files in its state folder."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from local_aws.faults.plan import Plan, parse_plan


def plan_file(state_dir: Path) -> Path:
    """Return where the plan is that the cloud of this state folder follows."""
    return state_dir / "faults" / "plan.json"


def fired_file(state_dir: Path) -> Path:
    """Return where the cloud writes a line for each firing."""
    return state_dir / "faults" / "fired.jsonl"


def load(state_dir: Path, text: str) -> Plan:
    """Let the cloud follow the plan from its next call on, with all counts at zero.

    The log of what fired begins anew.

    Raises
    ------
    PlanError : the plan is wrong; the one before stays.
    """
    plan = parse_plan(text)
    target = plan_file(state_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    fired_file(state_dir).unlink(missing_ok=True)
    # A file of its own each time: the cloud sees by its number that the plan is another.
    descriptor, unfinished = tempfile.mkstemp(dir=target.parent, prefix="plan-")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    Path(unfinished).replace(target)
    return plan


def clear(state_dir: Path) -> bool:
    """End all faults; return whether there was a plan. The log of what fired stays."""
    try:
        plan_file(state_dir).unlink()
    except FileNotFoundError:
        return False
    return True


def loaded(state_dir: Path) -> Plan | None:
    """Return the plan that the cloud follows, or None.

    Raises
    ------
    PlanError : somebody wrote a wrong one into the file; the cloud follows none.
    """
    try:
        return parse_plan(plan_file(state_dir).read_text())
    except FileNotFoundError:
        return None


def fired(state_dir: Path) -> list[dict[str, Any]]:
    """Return what has fired, oldest first: id, at, caller, run, service, action, resource, effect.

    A line that is being written just now is left out.
    """
    try:
        text = fired_file(state_dir).read_text()
    except FileNotFoundError:
        return []
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]
