"""A Firehose stream's configuration is checked when a stack is updated, too."""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.handlers import Created, Properties, demand, wrap_handler
from local_aws.firehose.api import refuse_unsupported

TYPE = "AWS::KinesisFirehose::DeliveryStream"


def install() -> None:
    """Put the check before the update; a creation goes through Firehose's own call."""
    wrap_handler(TYPE, "update", _updating, pin="94ab81ee8250")


def _updating(original: Any) -> Any:
    def update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
        refusal = refuse_unsupported(new)
        if refusal is not None:
            demand(TYPE, refusal)
        updated: Created = original(physical_id, old, new, stack)
        return updated

    return update
