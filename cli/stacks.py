"""Brings a CloudFormation stack to a template by change sets, and follows what happens."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.errors import CliError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_CAPABILITIES: Any = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")  # roles; the language extensions
_NESTED = "AWS::CloudFormation::Stack"

_FAILED_CREATIONS = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"}
_NOT_CREATED_YET = {"REVIEW_IN_PROGRESS"}
_SETTLED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_REACHED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")

# A local stack is ready within a second; CloudFormation throttles who asks more than that.
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 3.0


class StackError(CliError):
    """The stack could not be brought to the template; the message names resource and reason."""


@dataclass(frozen=True)
class StackEvent:
    """One step of one resource.

    Attributes
    ----------
    at : when, with time zone.
    stack, resource, kind : stack's name, logical id and type of the resource.
    status, reason : as CloudFormation gives them.
    """

    at: datetime
    stack: str
    resource: str
    kind: str
    status: str
    reason: str

    @property
    def is_failure(self) -> bool:
        """Return whether the resource itself failed, rather than what follows from a failure."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason.lower()


Progress = Callable[[StackEvent], None]


@dataclass(frozen=True)
class Stack:
    """One root stack by name."""

    client: CloudFormationClient
    name: str

    def describe(self) -> Mapping[str, Any] | None:
        """Return the stack's description; None when there is no such stack."""
        try:
            return self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def clear_failed_creation(self, progress: Progress) -> bool:
        """Delete the stack if its creation failed, and return whether it did.

        Such a stack can only be deleted; it holds nothing, or what its rollback left.
        """
        found = self.describe()
        if found is None or found["StackStatus"] not in _FAILED_CREATIONS:
            return False
        self.delete(progress)
        return True

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs by name; empty when it is not there."""
        described = self.describe() or {}
        return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}

    def apply(
        self,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        progress: Progress,
    ) -> bool:
        """Create or update the stack; return whether there was something to change.

        Parameters that are not given keep their value, or take the template's default where
        the stack is new. Tags that are not given stay; CloudFormation passes all of them on to
        the stack's resources.

        Raises
        ------
        StackError : it failed, or another deployment is under way.
        """
        found = self.describe()
        if found is None or found["StackStatus"] in _NOT_CREATED_YET:
            return self._execute("CREATE", template, _given(parameters), tags, progress)
        if found["StackStatus"] not in _SETTLED:
            raise StackError(f"the stack {self.name} is {found['StackStatus']}: wait, or mend it")
        now = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}
        tagged = {each["Key"]: each["Value"] for each in found.get("Tags", [])}
        as_asked = parameters.items() <= now.items() and tags.items() <= tagged.items()
        if as_asked and self._template() == template:
            return False
        kept = sorted(now.keys() - parameters.keys() & self._declared(template))
        previous = [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]
        values = _given(parameters) + previous
        return self._execute("UPDATE", template, values, {**tagged, **tags}, progress)

    def delete(self, progress: Progress) -> None:
        """Delete the stack and wait for the end.

        Raises
        ------
        StackError : a resource could not be deleted.
        """
        found = self.describe()
        if found is None:
            return
        started = self._server_time()
        self.client.delete_stack(StackName=found["StackId"])
        self._follow(found["StackId"], started, progress)

    def _server_time(self) -> datetime:
        # Events carry the service's time, and the clock of this machine may be off.
        answer: Any = self.client.describe_stacks(StackName=self.name)
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def _template(self) -> str:
        body: Any = self.client.get_template(StackName=self.name, TemplateStage="Original")
        return str(body["TemplateBody"])

    def _declared(self, template: str) -> set[str]:
        summary = self.client.get_template_summary(TemplateBody=template)
        return {each["ParameterKey"] for each in summary["Parameters"]}

    def _execute(
        self,
        kind: Any,
        template: str,
        parameters: list[dict[str, Any]],
        tags: Mapping[str, str],
        progress: Progress,
    ) -> bool:
        try:
            change_set = self.client.create_change_set(
                StackName=self.name,
                ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
                ChangeSetType=kind,
                TemplateBody=template,
                Parameters=parameters,  # type: ignore[arg-type]
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                Capabilities=_CAPABILITIES,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            reason = error.response["Error"]["Message"]
            raise StackError(f"the stack {self.name} cannot be changed: {reason}") from error
        name, stack_id = change_set["Id"], change_set["StackId"]
        made = self._wait_for_change_set(name)
        if made["Status"] == "FAILED":
            self.client.delete_change_set(ChangeSetName=name)
            reason = made.get("StatusReason", "")
            if any(text in reason for text in _NO_CHANGES):
                return False
            raise StackError(f"the stack {self.name} cannot be changed: {reason}")
        self.client.execute_change_set(ChangeSetName=name)
        self._follow(stack_id, _aware(made["CreationTime"]), progress)
        return True

    def _wait_for_change_set(self, name: str) -> Mapping[str, Any]:
        for pause in _pauses():
            found = self.client.describe_change_set(ChangeSetName=name)
            if found["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                return found
            time.sleep(pause)
        raise AssertionError("pauses do not end")

    def _follow(self, stack_id: str, started: datetime, progress: Progress) -> None:
        """Report events until the stack is at rest.

        Raises
        ------
        StackError : it did not come to rest where it should.
        """
        log = _EventLog(self.client, stack_id, started)
        for pause in _pauses():
            status = self._status(stack_id)  # before the events, so that the last are not missed
            for event in log.new_events():
                progress(event)
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(pause)
        if status not in _REACHED:
            raise StackError(f"the stack {self.name} is {status}: {log.cause()}")

    def _status(self, stack_id: str) -> str:
        try:
            return self.client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" in str(error):
                return "DELETE_COMPLETE"
            raise


class _EventLog:
    """The events of a root stack and the stacks nested in it, since a time."""

    def __init__(self, client: CloudFormationClient, stack_id: str, started: datetime) -> None:
        self._client = client
        self._stacks = [stack_id]
        self._started = started
        self._seen: set[str] = set()
        self._failures: list[tuple[bool, StackEvent]] = []

    def new_events(self) -> list[StackEvent]:
        """Return what happened since the last call, oldest first."""
        fresh: list[StackEvent] = []
        for stack_id in self._stacks:  # grows while nested stacks turn up
            for found in reversed(self._unseen(stack_id)):
                nested = found.get("PhysicalResourceId", "")
                is_nested = found.get("ResourceType") == _NESTED and nested.startswith("arn:")
                if is_nested and nested not in self._stacks:
                    self._stacks.append(nested)
                event = _event(found)
                fresh.append(event)
                if event.is_failure:
                    self._failures.append((found.get("ResourceType") == _NESTED, event))
        return sorted(fresh, key=lambda event: event.at)

    def cause(self) -> str:
        """Return the first resource that failed, and why; nested stacks only repeat it."""
        ordered = sorted(self._failures, key=lambda failure: (failure[0], failure[1].at))
        if not ordered:
            return "no resource says why"
        event = ordered[0][1]
        return f"{event.resource} ({event.kind}) in {event.stack}: {event.reason or event.status}"

    def _unseen(self, stack_id: str) -> list[Mapping[str, Any]]:
        unseen: list[Mapping[str, Any]] = []
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        try:
            for event in itertools.chain.from_iterable(page["StackEvents"] for page in pages):
                if event["EventId"] in self._seen or _aware(event["Timestamp"]) < self._started:
                    break  # newest first: the rest is known or older than this deployment
                self._seen.add(event["EventId"])
                unseen.append(event)
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
        return unseen


def _event(found: Mapping[str, Any]) -> StackEvent:
    return StackEvent(
        at=_aware(found["Timestamp"]),
        stack=found["StackName"],
        resource=found["LogicalResourceId"],
        kind=found.get("ResourceType", ""),
        status=found.get("ResourceStatus", ""),
        reason=found.get("ResourceStatusReason", ""),
    )


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _given(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"ParameterKey": name, "ParameterValue": value}
        for name, value in sorted(parameters.items())
    ]


def _pauses() -> Iterable[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.3, _LONGEST_PAUSE)
