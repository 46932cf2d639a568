"""`iam:PassRole`: who gives a role to a service needs a permission for that role.

Source: the dependent actions of each call in the Service Authorization Reference. StartJobRun is
none of them: a Glue job's role was passed when the job was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Request = Mapping[str, Any]

ACTION = "iam:PassRole"
SERVICE_KEY = "iam:PassedToService"
SERVICES = {"glue", "states", "firehose", "lambda", "scheduler"}
_MEMBERS = {
    "glue:CreateJob": ("glue", "Role"),
    "glue:UpdateJob": ("glue", "JobUpdate.Role"),
    "states:CreateStateMachine": ("states", "roleArn"),
    "states:UpdateStateMachine": ("states", "roleArn"),
    "firehose:CreateDeliveryStream": ("firehose", "ExtendedS3DestinationConfiguration.RoleARN"),
    "firehose:UpdateDestination": ("firehose", "ExtendedS3DestinationUpdate.RoleARN"),
    "lambda:CreateFunction": ("lambda", "Role"),
    "lambda:UpdateFunctionConfiguration": ("lambda", "Role"),
    "scheduler:CreateSchedule": ("scheduler", "Target.RoleArn"),
    "scheduler:UpdateSchedule": ("scheduler", "Target.RoleArn"),
}


def passed_role(action: str, request: Request, account: str) -> tuple[str, str] | None:
    """Return the ARN of the role that a call passes, and the service that gets it."""
    service, path = _MEMBERS.get(action, ("", ""))
    value: Any = request
    for member in path.split("."):
        value = value.get(member) if isinstance(value, Mapping) else None
    if not isinstance(value, str) or not value:
        return None
    # Glue takes a role's name as well.
    arn = value if value.startswith("arn:") else f"arn:aws:iam::{account}:role/{value}"
    return arn, f"{service}.amazonaws.com"
