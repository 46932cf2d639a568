"""The role that a job runs with, as Glue assumes it."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id

from local_aws.iam.roles import CannotAssumeError, Session, assume

_SESSION = "GlueJobRunnerSession"  # as Glue names it


def job_role(job: dict[str, Any]) -> Session:
    """Return the session of a job's role, which the job may name by ARN or by name.

    Raises
    ------
    CannotAssumeError : there is no such role, or it does not trust Glue.
    """
    named = str(job.get("Role", ""))
    arn = named if named.startswith("arn:") else f"arn:aws:iam::{get_account_id()}:role/{named}"
    try:
        return assume(arn, "glue.amazonaws.com", _SESSION)
    except CannotAssumeError:
        message = f"Role {arn} should be given assume role permissions for Glue Service."
        raise CannotAssumeError(message) from None
