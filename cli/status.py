"""`etl up` and `etl status`: bring the local cloud up with the stack, and show what there is."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import RenderableType

from cli import console, local_cloud, warehouse
from cli.deployment import deploy_target, parse_parameters
from cli.errors import NotDeployed
from cli.lake_tables import table_sizes
from cli.settings import Settings
from cli.target import Target, open_target


def bring_up(settings: Settings, parameters: Sequence[str] = ()) -> Target:
    """Start the local cloud, deploy the stack to it, print the addresses; return the target.

    Raises
    ------
    CliError : it does not come up, or the deployment fails.
    """
    given = parse_parameters(list(parameters))
    started = time.monotonic()
    with console.err().status("starting the local cloud"):
        is_new = local_cloud.start(settings)
    took = console.seconds(time.monotonic() - started)
    console.say(f"the local cloud is up ({took})" if is_new else "the local cloud runs already")
    target = open_target(settings)
    deploy_target(target, given)
    console.out().print(_addresses(target))
    return target


def show_status(settings: Settings) -> None:
    """Print what runs, what is deployed and what the lake's tables hold.

    Raises
    ------
    NotRunning : the local cloud does not run.
    """
    target = open_target(settings)
    console.out().print(_addresses(target))
    try:
        outputs = target.outputs
    except NotDeployed as error:
        console.say(str(error))
        return
    rows = sorted(outputs.items())
    console.out().print(console.table(f"Stack {settings.stack_name}", ("output", "value"), rows))
    console.out().print(_lake(target))


def _addresses(target: Target) -> RenderableType:
    settings = target.settings
    rows = [("region", target.region)]
    if target.endpoint is not None:
        process = local_cloud.endpoints(settings).get("pid", "?")
        rows = [
            ("AWS API", target.endpoint),
            ("process", process),
            ("state", str(settings.state_dir)),
            ("logs", str(settings.state_dir / "logs")),
        ]
        if local_cloud.has_faults(settings):
            rows.append(("faults", "calls fail as a plan says: `etl faults show`"))
    if "ApiId" in _outputs_if_any(target):
        rows.append(("POST to", target.transactions_url))
    if "HistoryApiId" in _outputs_if_any(target):
        rows.append(("GET histories", target.history_url))
    if "Workgroup" in _outputs_if_any(target):
        rows.append(("warehouse", warehouse.address(target)))
    title = "Local cloud" if target.endpoint else "AWS"
    return console.table(title, ("what", "where"), rows)


def _outputs_if_any(target: Target) -> Sequence[str]:
    try:
        return list(target.outputs)
    except NotDeployed:
        return []


def _lake(target: Target) -> RenderableType:
    rows = [
        (each.name, console.count(each.rows), console.count(each.files), console.size(each.size))
        for each in table_sizes(target)
    ]
    if not rows:
        return "The lake has no tables yet: `etl run` makes them."
    columns = ("table", "rows", "files", "size")
    return console.table("Lake", columns, rows, numbers=columns[1:])
