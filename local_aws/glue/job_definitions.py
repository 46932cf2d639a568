"""Keeps what MiniStack drops of a job's definition: its limit of concurrent runs."""

from __future__ import annotations

from typing import Any

from ministack.services import glue
from ministack.services.cloudformation import provisioners

from local_aws.patching import wrap

_KEPT = "ExecutionProperty"
_DEFAULT = {"MaxConcurrentRuns": 1}


def put_in_place() -> None:
    """Let CreateJob, UpdateJob and AWS::Glue::Job keep ExecutionProperty."""
    wrap(glue, "_create_job", lambda original: _keeping(original, "Name", None), "a6e2c6ef3e8e")
    wrap(
        glue,
        "_update_job",
        lambda original: _keeping(original, "JobName", "JobUpdate"),
        "e31cf7aa93c7",
    )
    # CloudFormation copies the properties that are named here.
    provisioners._GLUE_JOB_DEFAULTS[_KEPT] = dict(_DEFAULT)


def _keeping(original: Any, name: str, within: str | None) -> Any:
    def call(request: dict[str, Any]) -> Any:
        response = original(request)
        if response[0] == 200:
            job = glue._jobs[request[name]]
            given = (request.get(within) if within else request) or {}
            glue._jobs[request[name]] = {
                **job,
                _KEPT: given.get(_KEPT) or job.get(_KEPT) or dict(_DEFAULT),
            }
        return response

    return call
