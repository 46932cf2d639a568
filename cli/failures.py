"""Says in one line what went wrong, whatever it was."""

from __future__ import annotations

import sys

from cli.errors import CliError


def describe(error: Exception) -> str:
    """Return the line that a user sees of an error; errors of ours say all that is needed."""
    if isinstance(error, CliError):
        return str(error)
    if hasattr(error, "format_message"):  # a mistake in the command line, as typer words it
        return str(error.format_message())
    return _describe_aws(error) or f"{_unexpected(error)} (--debug shows where)"


def _unexpected(error: Exception) -> str:
    first_line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def _describe_aws(error: Exception) -> str | None:
    if "botocore.exceptions" not in sys.modules:  # then it cannot have raised this
        return None
    from botocore import exceptions  # noqa: PLC0415 - slow to import, and loaded already

    match error:
        case exceptions.ClientError():
            said = error.response.get("Error", {})
            code, message = said.get("Code", "an error"), said.get("Message", "")
            return f"AWS answered {code} to {error.operation_name}: {message}"
        case exceptions.EndpointConnectionError() if "127.0.0.1" in str(error):
            return f"{error} Start the local cloud with `etl up`"
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return "no AWS credentials are found: run `aws configure`, or name a --profile"
        case exceptions.BotoCoreError():
            return str(error)
    return None
