"""What a command is told about its target: the settings, and the cloud that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.settings import Settings

if TYPE_CHECKING:
    from cli.target import Target

Context = typer.Context


def settings_of(context: Context) -> Settings:
    """Return what the user chose before the command."""
    settings: Settings = context.obj
    return settings


def local_settings_of(context: Context) -> Settings:
    """Return the settings of a command that the local cloud alone has.

    Raises
    ------
    typer.BadParameter : AWS was chosen.
    """
    if settings_of(context).aws:
        raise typer.BadParameter("the local cloud has nothing to do with --aws")
    return settings_of(context)


def target_of(context: Context) -> Target:
    """Return the cloud that the settings name.

    Raises
    ------
    CliError : it cannot be reached.
    """
    from cli.target import open_target  # noqa: PLC0415 - see the package

    return open_target(settings_of(context))
