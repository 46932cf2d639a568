"""`etl up`, `down` and `status`: where the command meets the local cloud's process."""

from __future__ import annotations

from cli import console
from cli.errors import CliError
from cli.settings import Settings
from local_aws import cloud
from local_aws.faults import control
from local_aws.jars import JarsError, fetch_jars
from local_aws.java import JavaNotFoundError
from local_aws.settings import default_jars_dir


def start(settings: Settings) -> bool:
    """Start the local cloud; return whether it did not run before.

    Raises
    ------
    CliError : it does not come up, or its jars cannot be had.
    """
    before = cloud.status(settings.state_dir)
    try:
        if fetch_jars(default_jars_dir()):
            console.say("fetched the jars of Spark's S3A and Iceberg")
        cloud.up(settings.state_dir, default_jars_dir())
    except (cloud.CloudError, JarsError, JavaNotFoundError) as error:
        raise CliError(str(error)) from error
    return not before.running


def stop(settings: Settings) -> bool:
    """Stop the local cloud, its state kept; return whether it ran.

    Raises
    ------
    CliError : it does not stop.
    """
    try:
        return cloud.down(settings.state_dir)
    except cloud.CloudError as error:
        raise CliError(str(error)) from error


def endpoints(settings: Settings) -> dict[str, str]:
    """Return the addresses of the running local cloud, none when it does not run."""
    return cloud.status(settings.state_dir).endpoints


def has_faults(settings: Settings) -> bool:
    """Return whether the local cloud follows a plan of faults."""
    return control.plan_file(settings.state_dir).exists()
