"""What happens to every resource: its values get their types, and no change leaves no trace."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers, stacks

from local_aws.cloudformation.handlers import Created, Properties
from local_aws.cloudformation.schemas import convert
from local_aws.patching import replace, wrap

_untouched: set[tuple[str, str]] = set()


def install() -> None:
    """Put the steps around MiniStack's provisioning."""
    wrap(stacks, "_provision_resource", _provisioning, pin="3b8f01fb1871")
    wrap(stacks, "_update_resource", _updating, pin="21b9b1207f59")
    wrap(stacks, "_add_event", _recording, pin="0adea13d13a6")
    wrap(helpers, "_resolve_document", _reading_virtual_hosts, pin="9ad9addb675b")
    # A template with roles needs an acknowledged capability on AWS, so it needs it here.
    replace(handlers, "_capabilities_enforced", lambda: True, pin="1e9f89808193")


def _provisioning(original: Any) -> Any:
    def provision(type_name: str, logical_id: str, properties: Properties, stack: str) -> Created:
        created: Created = original(type_name, logical_id, convert(type_name, properties), stack)
        return created

    return provision


def _updating(original: Any) -> Any:
    def update(
        type_name: str, physical_id: str, old: Properties, new: Properties, *place: Any
    ) -> Created:
        stack_name, logical_id = place[0], place[1]
        if old == new:
            _forget_start(stack_name, logical_id)
            _untouched.add((stack_name, logical_id))
        old, new = convert(type_name, old), convert(type_name, new)
        updated: Created = original(type_name, physical_id, old, new, *place)
        return updated

    return update


def _recording(original: Any) -> Any:
    """Leave out the end of an update whose start was forgotten."""

    def add_event(
        stack_id: str,
        stack_name: str,
        logical_id: str,
        kind: str,
        status: str,
        *rest: Any,
        **details: Any,
    ) -> None:
        place = (stack_name, logical_id)
        if status == "UPDATE_COMPLETE" and place in _untouched:
            _untouched.discard(place)
            return
        original(stack_id, stack_name, logical_id, kind, status, *rest, **details)

    return add_event


def _forget_start(stack_name: str, logical_id: str) -> None:
    """Drop the event of an update that turns out to change nothing, as AWS never writes it."""
    events = cloudformation._stack_events[cloudformation._stacks[stack_name]["StackId"]]
    last = events[-1] if events else {}
    is_start = last.get("ResourceStatus") == "UPDATE_IN_PROGRESS"
    if is_start and last["LogicalResourceId"] == logical_id:
        events.pop()


def _reading_virtual_hosts(original: Any) -> Any:
    """Read `https://bucket.s3.region.amazonaws.com/key` too: MiniStack reads path style only."""

    def resolve(params: Any, body_key: str, url_key: str, label: str) -> Any:
        url = helpers._p(params, url_key)
        host, _, key = url.removeprefix("https://").partition("/")
        bucket, dot, service = host.partition(".s3.")
        if url.startswith("https://") and dot and service.endswith("amazonaws.com"):
            params = {**params, url_key: [f"https://s3.amazonaws.com/{bucket}/{key}"]}
        return original(params, body_key, url_key, label)

    return resolve
