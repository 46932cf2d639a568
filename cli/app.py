"""The `etl` command: which cloud it speaks to, and how it ends; the commands are in `commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from cli.commands import asking, auditing, clouds, running, sending
from cli.settings import read_settings

app = typer.Typer(
    name="etl",
    help="Batch ETL for e-commerce transactions, on AWS and on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _commands in (clouds, sending, running, asking, auditing):
    app.add_typer(_commands.app)

_FLAGS = ("--aws", "--debug")
_VALUES = ("--project", "--stage", "--profile", "--region")
_INTERRUPTED = 130  # what typer makes of Ctrl-C


@app.callback()
def choose_target(  # noqa: PLR0913, PLR0917 - options are parameters
    context: typer.Context,
    aws: Annotated[
        bool, typer.Option("--aws", help="Speak to AWS, not to the local cloud.")
    ] = False,
    project: Annotated[str | None, typer.Option(help="Project of the stack; default etl.")] = None,
    stage: Annotated[
        str | None, typer.Option(help="Stage of the stack; default local, with --aws dev.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="AWS profile; needs --aws.")] = None,
    region: Annotated[str | None, typer.Option(help="AWS region; needs --aws.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Batch ETL for e-commerce transactions, on AWS and on this machine."""
    if not aws and (profile or region):
        raise typer.BadParameter("--profile and --region need --aws")
    context.obj = read_settings(
        aws=aws, project=project, stage=stage, profile=profile, region=region
    )
    del debug  # read in main(), which has to know it before the command line is parsed


def main() -> None:
    """Run the command line: the entry point `etl`."""
    arguments = hoist_global_options(sys.argv[1:])
    try:
        status = app(args=arguments, standalone_mode=False)
    except typer.Abort:  # a question was answered with no
        print("etl: nothing was done", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # who reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if "--debug" in arguments:
            raise
        from cli.failures import describe  # noqa: PLC0415 - only what fails needs it

        print(f"etl: {describe(error)}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    if status == _INTERRUPTED:
        print("etl: stopped", file=sys.stderr)
    sys.exit(status if isinstance(status, int) else 0)


def hoist_global_options(arguments: Iterable[str]) -> list[str]:
    """Move the options that choose the target to the front: they may stand anywhere."""
    hoisted: list[str] = []
    others: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            others += [argument, *rest]
            break
        if argument in _VALUES and rest:
            hoisted += [argument, rest.pop(0)]
        elif argument in _FLAGS or argument.partition("=")[0] in _VALUES:
            hoisted.append(argument)
        else:
            others.append(argument)
    return hoisted + others


if __name__ == "__main__":
    main()
