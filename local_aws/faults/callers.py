"""Who makes a call: processes that the local cloud starts carry a name in their User-Agent.

Whoever starts such a process puts the name into its environment, where the SDKs look for an
application id (AWS_SDK_UA_APP_ID, at most 50 characters). The code that runs in it knows nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

CLIENT = "client"
FIREHOSE = "firehose"
REDSHIFT = "redshift"
STATES = "states"

APP_ID_VARIABLE = "AWS_SDK_UA_APP_ID"
"""Environment variable that the SDKs for Python and Java (2.x) read an application id from."""

_MOST_CHARACTERS = 50
_TOKEN_BYTES = 6
# Only characters that no SDK replaces. SDKs put `app/` before it.
_APP_ID = re.compile(r"\b(?:glue|lambda|aws)\.[A-Za-z0-9_-]+\.[0-9a-f]{12}\b")
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")
_BUILD = re.compile(r"-[0-9a-f]{16}$")  # what deployment appends to a script's name


@dataclass
class Caller:
    """A process that calls AWS, or an engine of ours that does.

    Attributes
    ----------
    name : as plans and the log call it.
    run : Glue run id, or the request id that a Lambda worker is at.
    kill : SIGKILLs it, if it is a process of its own.
    app_id : what its SDKs send.
    """

    name: str
    run: str | None = None
    kill: Callable[[], None] | None = None
    app_id: str = field(default="", init=False)


_known: dict[str, Caller] = {}


def glue_caller(script_stem: str, run_id: str) -> Caller:
    """Return a new caller for the run of a job's script; forget it when the run has ended."""
    return _new("glue", _BUILD.sub("", script_stem), run_id)


def lambda_caller(function_name: str, handler: str) -> Caller:
    """Return a new caller for a worker of a function.

    It is named after the package of its handler (`lambdas.ingest.handler.handle` is `ingest`),
    else like the function.
    """
    parts = handler.split(".")
    name = parts[1] if len(parts) > 2 and parts[0] == "lambdas" else function_name
    return _new("lambda", name, None)


def engine_caller(name: str) -> Caller:
    """Return a new caller for an engine of ours that calls other services."""
    caller = Caller(name)
    return _named(caller, "aws", name)


def forget(caller: Caller) -> None:
    """Drop a caller whose process has ended for good."""
    _known.pop(caller.app_id, None)


def find_caller(user_agent: str) -> Caller:
    """Return who sent a request with this User-Agent."""
    for found in _APP_ID.findall(user_agent):
        if found in _known:
            return _known[found]
    return Caller(CLIENT)


def _new(kind: str, name: str, run: str | None) -> Caller:
    return _named(Caller(f"{kind}:{name}", run), kind, name)


def _named(caller: Caller, kind: str, name: str) -> Caller:
    token = secrets.token_hex(_TOKEN_BYTES)
    room = _MOST_CHARACTERS - len(kind) - len(token) - 2
    caller.app_id = f"{kind}.{_UNFIT.sub('-', name)[:room]}.{token}"
    _known[caller.app_id] = caller
    return caller
