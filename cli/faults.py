"""`etl faults`: make calls of the running local cloud fail as a plan says, and see what fired."""

from __future__ import annotations

from pathlib import Path

from cli import console, local_cloud
from cli.errors import CliError, NotRunning
from cli.settings import Settings
from local_aws.faults import control
from local_aws.faults.plan import Fault, PlanError


def load(settings: Settings, file: Path) -> None:
    """Let the cloud follow the plan of a file from its next call on.

    Raises
    ------
    CliError : the plan is wrong or cannot be read, or the cloud does not run.
    """
    _require_running(settings)
    try:
        plan = control.load(settings.state_dir, file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read {file}: {error}") from error
    except PlanError as error:
        raise CliError(f"{file}: {error}") from error
    console.say(f"loaded {len(plan.faults)} fault(s), seed {plan.seed}; `etl faults clear` ends it")


def clear(settings: Settings) -> None:
    """End all faults; the log of what fired stays."""
    _require_running(settings)
    had_one = control.clear(settings.state_dir)
    console.say("the plan is cleared" if had_one else "no plan was loaded")


def show(settings: Settings, *, as_json: bool) -> None:
    """Print the plan's faults, how often each fired, and the last firings."""
    _require_running(settings)
    fired = control.fired(settings.state_dir)
    if as_json:
        console.print_json(fired)
        return
    try:
        plan = control.loaded(settings.state_dir)
    except PlanError as error:
        raise CliError(f"{control.plan_file(settings.state_dir)}: {error}") from error
    if plan is None:
        console.say("no plan is loaded")
    else:
        counts = [sum(line["id"] == fault.id for line in fired) for fault in plan.faults]
        rows = [_row(fault, count) for fault, count in zip(plan.faults, counts, strict=True)]
        columns = ("id", "caller", "call", "resource", "effect", "fired")
        title = f"Plan, seed {plan.seed}"
        console.out().print(console.table(title, columns, rows, numbers=("fired",)))
    if fired:
        names = ("at", "id", "caller", "run", "action", "resource")
        last = [[line[name] or "" for name in names] for line in fired[-10:]]
        console.out().print(console.table("Last firings", names, last))


def _row(fault: Fault, count: int) -> tuple[str, ...]:
    call = f"{fault.service} {fault.action}"
    of = "" if fault.times is None else f" of {fault.times}"
    return fault.id, fault.caller, call, fault.resource, fault.effect, f"{count}{of}"


def _require_running(settings: Settings) -> None:
    if settings.aws:
        raise CliError("faults are the local cloud's: on AWS nothing is made to fail by this")
    if not local_cloud.endpoints(settings):
        raise NotRunning("the local cloud does not run: start it with `etl up`")
