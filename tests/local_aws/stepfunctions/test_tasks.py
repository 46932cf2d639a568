"""An integration that waits learns when nobody waits for it any more, and tells what it began."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import stepfunctions

from local_aws.stepfunctions import execution, integrations
from local_aws.stepfunctions.interpreter import run_execution, stop_execution

ACTION = "test:doSomething.sync"


class Running:
    """An execution that runs in a thread."""

    def __init__(self, state: dict[str, Any], **top: Any) -> None:
        self.arn = f"arn:aws:states:us-east-1:000000000000:execution:m:{uuid.uuid4()}"
        self.record: dict[str, Any] = {
            "executionArn": self.arn,
            "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:m",
            "name": "e",
            "status": "RUNNING",
            "startDate": "2026-01-01T00:00:00.000Z",
            "input": json.dumps({"a": 1}),
            "events": [{"id": 1, "type": "ExecutionStarted"}],
        }
        stepfunctions._executions[self.arn] = self.record
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{ACTION}", "End": True, **state}
        machine = {"StartAt": "Do", "States": {"Do": task}, **top}
        self._thread = threading.Thread(target=run_execution, args=(self.arn, machine, "role"))
        self._thread.start()

    def wait(self) -> dict[str, Any]:
        self._thread.join(10)
        assert not self._thread.is_alive()
        return self.record


class Integration:
    """Waits until it is cancelled, or is told to end."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.cancelled = threading.Event()
        self.seen_arn: str | None = None

    def __call__(self, resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert resource == f"arn:aws:states:::{ACTION}"
        assert arguments == {"a": 1}
        self.seen_arn = execution.current_execution.get()
        execution.task_submitted({"JobRunId": "jr_1"})
        self.began.set()
        for _ in range(1000):
            if execution.task_is_cancelled():
                self.cancelled.set()
                return {}
            threading.Event().wait(0.01)
        raise AssertionError("it was never cancelled")


@pytest.fixture
def integration(monkeypatch: pytest.MonkeyPatch) -> Iterator[Integration]:
    monkeypatch.setattr(stepfunctions, "_SERVICE_DISPATCH", dict(stepfunctions._SERVICE_DISPATCH))
    integration = Integration()
    integrations.register("test:doSomething", integration)
    yield integration
    integration.cancelled.wait(5)


def test_a_stopped_execution_cancels_its_task(integration: Integration) -> None:
    running = Running({})
    assert integration.began.wait(5)
    assert integration.seen_arn == running.arn
    assert execution.execution_is_running(running.arn)
    request = {"executionArn": running.arn, "error": "E", "cause": "c"}
    stop_execution(lambda: stepfunctions._stop_execution(request), running.arn)
    assert integration.cancelled.wait(5)
    assert running.wait()["status"] == "ABORTED"
    assert not execution.execution_is_running(running.arn)


def test_a_task_that_times_out_is_cancelled(integration: Integration) -> None:
    record = Running({"TimeoutSeconds": 1}).wait()
    assert (record["status"], record["error"]) == ("FAILED", "States.Timeout")
    assert integration.cancelled.wait(5)


def test_an_execution_that_times_out_cancels_its_task(integration: Integration) -> None:
    record = Running({}, TimeoutSeconds=1).wait()
    assert record["status"] == "TIMED_OUT"
    assert integration.cancelled.wait(5)


def test_a_branch_that_fails_cancels_the_tasks_of_the_others(integration: Integration) -> None:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{ACTION}", "End": True}
    slow = {"StartAt": "Do", "States": {"Do": task}}
    wait = {"Type": "Wait", "Seconds": 1, "Next": "Fail"}
    broken = {"StartAt": "W", "States": {"W": wait, "Fail": {"Type": "Fail", "Error": "Broken"}}}
    parallel = {"Type": "Parallel", "Branches": [slow, broken], "End": True}
    record = Running({}, States={"Do": parallel}).wait()
    assert (record["status"], record["error"]) == ("FAILED", "Broken")
    assert integration.cancelled.wait(5)


def test_the_history_tells_what_was_started_while_it_still_runs(integration: Integration) -> None:
    running = Running({"TimeoutSeconds": 2})
    assert integration.began.wait(5)
    [submitted] = [e for e in running.record["events"] if e["type"] == "TaskSubmitted"]
    details = submitted["taskSubmittedEventDetails"]
    assert (details["resourceType"], details["resource"]) == ("test", "doSomething.sync")
    assert json.loads(details["output"]) == {"JobRunId": "jr_1"}
    running.wait()


def test_a_broken_integration_fails_its_task_and_not_the_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stepfunctions, "_SERVICE_DISPATCH", dict(stepfunctions._SERVICE_DISPATCH))

    def broken(_: str, __: dict[str, Any]) -> Any:
        raise KeyError("missing")

    integrations.register("test:doSomething", broken)
    record = Running({}).wait()
    assert (record["status"], record["error"]) == ("FAILED", "States.Runtime")
    assert "KeyError" in record["cause"]
