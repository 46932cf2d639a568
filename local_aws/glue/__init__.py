"""Glue that really runs jobs, with bookmarks, in place of MiniStack's."""

from __future__ import annotations

from local_aws import lifecycle
from local_aws.glue import api, job_definitions, step_functions
from local_aws.glue.bookmarks import Bookmarks
from local_aws.glue.job_runs import JobRuns
from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Put job runs and bookmarks in place of MiniStack's."""
    runs = JobRuns(settings)
    job_definitions.put_in_place()
    api.put_in_place(runs, Bookmarks())
    step_functions.register(runs)
    lifecycle.at_start(runs.fail_orphans)
    lifecycle.at_stop(runs.end_all)
