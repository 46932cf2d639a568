"""EventBridge Scheduler acts with the role of each schedule's target."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import eventbridge

from local_aws.iam.roles import AccessDeniedError, assume
from local_aws.patching import wrap

_logger = logging.getLogger(__name__)
_SERVICES = {"aws.scheduler": "scheduler.amazonaws.com"}
_ACTIONS = {"states": "states:StartExecution", "lambda": "lambda:InvokeFunction"}


def install() -> None:
    """Ask the role before a schedule's target is called."""
    wrap(eventbridge, "_invoke_target", _authorized, "550e304af080")


def _authorized(original: Any) -> Any:
    def invoke(target: Mapping[str, Any], event: Mapping[str, Any], *rest: Any) -> None:
        service = _SERVICES.get(str(event.get("Source")))
        try:
            if service is not None:
                check_target(service, target)
        except AccessDeniedError as refused:
            # As on AWS, nobody but the log and the dead-letter queue learns of it.
            _logger.warning("Schedule of %s: %s", target.get("Arn"), refused)
            return
        original(target, event, *rest)

    return invoke


def check_target(service: str, target: Mapping[str, Any]) -> None:
    """Check that the target's role may call it.

    Source of the key: "Confused deputy prevention" in the EventBridge Scheduler guide.

    Raises
    ------
    AccessDeniedError : the role does not trust the scheduler, or may not call the target.
    """
    arn = str(target.get("Arn"))
    context = {"aws:SourceAccount": get_account_id()}
    session = assume(str(target.get("RoleArn")), service, "schedule", context)
    action = _ACTIONS.get(arn.split(":")[2])
    if action is None:
        raise AccessDeniedError(f"The LOCAL engine knows no permission for a target such as {arn}")
    session.check(action, arn)
