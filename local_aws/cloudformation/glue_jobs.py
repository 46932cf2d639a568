"""The properties of a Glue job that MiniStack's CloudFormation drops."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.patching import PatchError

_DROPPED: dict[str, Any] = {
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
    "ExecutionClass": "STANDARD",
    "JobMode": "SCRIPT",
    "JobRunQueuingEnabled": False,
    "MaintenanceWindow": "",
    "NotificationProperty": {},
}


def install() -> None:
    """Add the properties, with their defaults, to those that are passed on.

    Raises
    ------
    PatchError : MiniStack passes one of them on by now.
    """
    known = provisioners._GLUE_JOB_DEFAULTS
    if set(_DROPPED) & set(known):
        raise PatchError("MiniStack passes on more properties of a Glue job now")
    known.update(_DROPPED)
