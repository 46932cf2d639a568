"""`etl deploy` and `destroy`, and the deployment that `etl up` makes."""

from __future__ import annotations

import time
from collections.abc import Mapping

from cli import console
from cli.deploy import Deployment, deploy, destroy
from cli.errors import CliError
from cli.send.journal import forget_sends
from cli.stacks import StackEvent
from cli.target import Target

# A person waits for their own file: on AWS few large objects are worth a minute, here they are not.
# Nobody but them reaches the APIs here, so curl may ask without a signature.
_LOCAL_PARAMETERS = {
    "FirehoseBufferSeconds": "3",
    "ApiAuthorization": "NONE",
    "HistoryAuthorization": "NONE",
}


def deploy_target(target: Target, parameters: Mapping[str, str]) -> Deployment:
    """Bring the target's stack to this checkout's artifacts, telling of each resource on the way.

    Raises
    ------
    StackError : the deployment failed.
    """
    settings = target.settings
    given = parameters if settings.aws else {**_LOCAL_PARAMETERS, **parameters}
    started = time.monotonic()
    with console.err().status(f"deploying {settings.stack_name}") as spinner:
        deployed = deploy(
            target.session,
            settings.project,
            settings.stage,
            given,
            lambda event: spinner.update(_line(event)),
        )
    took = console.seconds(time.monotonic() - started)
    what = f"deployed {deployed.stack}" if deployed.changed else f"{deployed.stack} is up to date"
    console.say(f"{what} ({took})")
    return deployed


def destroy_target(target: Target, *, delete_data: bool) -> None:
    """Delete the target's stack, and its data where that is asked for.

    Raises
    ------
    StackError : a resource could not be deleted.
    """
    settings = target.settings
    with console.err().status(f"deleting {settings.stack_name}") as spinner:
        destroy(
            target.session,
            settings.project,
            settings.stage,
            lambda event: spinner.update(_line(event)),
            delete_data=delete_data,
        )
    if delete_data:  # else reconcile would miss in raw/ what was sent before
        forget_sends(settings.sends_dir, target.name)
    kept = "with its data" if delete_data else "its buckets and tables are kept"
    console.say(f"deleted {settings.stack_name}, {kept}")


def parse_parameters(given: list[str]) -> dict[str, str]:
    """Return `Name=Value` pairs as a mapping.

    Raises
    ------
    CliError : one of them is no pair.
    """
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise CliError(f"a parameter is given as Name=Value, not as {each!r}")
        pairs[name] = value
    return pairs


def _line(event: StackEvent) -> str:
    return f"{event.stack}: {event.resource} {event.status}"
