"""The role that a function runs with, as Lambda assumes it."""

from __future__ import annotations

from typing import Any

from ministack.core import lambda_runtime as pool

from local_aws.iam.roles import CannotAssumeError, Session, assume, is_enforced


def execution_role(config: dict[str, Any]) -> Session:
    """Return the session of a function's role.

    Raises
    ------
    CannotAssumeError : there is no such role, or it does not trust Lambda.
    """
    if not is_enforced():
        theirs = pool.execution_credentials(config)
        keys = (theirs["AWS_ACCESS_KEY_ID"], theirs["AWS_SECRET_ACCESS_KEY"])
        return Session("", "", *keys, token=theirs["AWS_SESSION_TOKEN"] or None)
    try:
        return assume(config["Role"], "lambda.amazonaws.com", config["FunctionName"])
    except CannotAssumeError:
        message = "The role defined for the function cannot be assumed by Lambda."
        raise CannotAssumeError(message) from None
