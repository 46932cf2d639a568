"""A stack of its own for each test, deployed and deleted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

if TYPE_CHECKING:
    from conftest import LocalCloud

CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
QUICKLY = {"Delay": 0.05, "MaxAttempts": 400}


@dataclass
class Stack:
    """A stack by name; resources in it use the name, too."""

    client: Any
    name: str

    def deploy(self, resources: dict[str, Any], **rest: Any) -> dict[str, str]:
        """Create or update it and return its outputs."""
        parameters = rest.pop("given", {})
        arguments: dict[str, Any] = {
            "StackName": self.name,
            "TemplateBody": json.dumps({"Resources": resources, **rest}),
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            "Capabilities": CAPABILITIES,
        }
        if self.status() is None:
            self.client.create_stack(**arguments)
            self._wait("stack_create_complete")
        else:
            self.client.update_stack(**arguments)
            self._wait("stack_update_complete")
        described = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}

    def status(self) -> str | None:
        """Return its status; None when there is none."""
        try:
            found = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        except self.client.exceptions.ClientError:
            return None
        return str(found["StackStatus"])

    def events(self, stack: str | None = None) -> list[dict[str, Any]]:
        """Return the events, oldest first, of this stack or of one nested in it."""
        found = self.client.describe_stack_events(StackName=stack or self.name)["StackEvents"]
        return list(reversed(found))

    def delete(self) -> None:
        """Delete it."""
        self.client.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    def _wait(self, waiter: str) -> None:
        try:
            self.client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig=QUICKLY)
        except WaiterError as error:
            reasons = [e.get("ResourceStatusReason") for e in self.events()]
            raise AssertionError(f"{waiter}: {[r for r in reasons if r]}") from error


@pytest.fixture
def stack(local_cloud: LocalCloud) -> Iterator[Stack]:
    stack = Stack(local_cloud.client("cloudformation"), f"test-{uuid.uuid4().hex[:8]}")
    yield stack
    if stack.status() not in {None, "DELETE_COMPLETE"}:
        stack.delete()
