"""What is on each line of a function, and what becomes of its errors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.errors import LoadFailed, LockHeld
from lambdas.logs import Context, is_run_id, logged, new_logger
from tests.lambdas.invocation import Invoked, invoke


def function(error: Exception | None = None) -> Any:
    """Return a module like those of the handlers, whose handler logs a line and may fail."""
    logger = new_logger("anything")

    @logged(logger)
    def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:  # noqa: ARG001
        logger.append_keys(**event)
        logger.info("at work", rows=3)
        if error is not None:
            raise error
        return {"done": True}

    return SimpleNamespace(handle=handle, _LOGGER=logger)


def failed(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Invoked:
    done = invoke(monkeypatch, function(error), {"run_id": "run-1"})
    assert done.status == "error"
    return done


def test_a_line_has_level_time_ids_and_what_it_tells(monkeypatch: pytest.MonkeyPatch):
    (line,) = invoke(monkeypatch, function(), {"run_id": "run-1"}).lines
    assert line.pop("timestamp").endswith("+00:00")
    assert line.pop("location").startswith("handle:")
    assert line == {
        "level": "INFO",
        "message": "at work",
        "service": "anything",
        "cold_start": True,
        "request_id": "invocation-1",
        "run_id": "run-1",
        "rows": 3,
    }


def test_only_the_first_invocation_is_cold_and_none_has_the_run_of_another(
    monkeypatch: pytest.MonkeyPatch,
):
    of_one = function()
    (first,) = invoke(monkeypatch, of_one, {"run_id": "run-1"}).lines
    (second,) = invoke(monkeypatch, of_one, {}).lines
    assert (first["cold_start"], first["run_id"]) == (True, "run-1")
    assert (second["cold_start"], "run_id" in second) == (False, False)


def test_an_error_of_ours_is_told_as_it_is_with_the_run(monkeypatch: pytest.MonkeyPatch):
    done = failed(monkeypatch, LoadFailed("the batch is not in"))
    assert (done.answer["errorType"], done.answer["errorMessage"]) == (
        "LoadFailed",
        "the batch is not in",
    )
    line = done.lines[-1]
    assert (line["level"], line["run_id"]) == ("ERROR", "run-1")
    assert (line["error"], line["reason"]) == ("LoadFailed", "the batch is not in")


def test_what_is_tried_again_is_no_error_in_the_log(monkeypatch: pytest.MonkeyPatch):
    done = failed(monkeypatch, LockHeld("run-0 holds it"))
    assert done.answer["errorType"] == "LockHeld"
    assert [line["level"] for line in done.lines] == ["INFO", "INFO"]


@pytest.mark.parametrize(
    "error", [ValueError("of Jane"), KeyError("Jane"), UnicodeError("Jane"), RuntimeError("Jane")]
)
def test_any_other_error_is_told_by_its_kind_and_place_alone(
    monkeypatch: pytest.MonkeyPatch, error: Exception
):
    done = failed(monkeypatch, error)
    assert done.answer["errorType"] == "UnexpectedError"
    assert type(error).__name__ in done.answer["errorMessage"]
    assert "raise error" in "".join(done.answer["stackTrace"])
    assert "Jane" not in done.written
    assert done.lines[-1]["error"] == type(error).__name__


@pytest.mark.parametrize(
    ("code", "told"), [("AccessDeniedException", True), ("ValidationException", False)]
)
def test_of_what_aws_refuses_only_permissions_and_names_are_told_whole(
    monkeypatch: pytest.MonkeyPatch, code: str, told: bool
):
    refusal = ClientError({"Error": {"Code": code, "Message": "role/x may not"}}, "GetItem")
    done = failed(monkeypatch, refusal)
    assert code in done.answer["errorMessage"]
    assert "GetItem" in done.answer["errorMessage"]
    assert ("role/x may not" in done.written) == told


@pytest.mark.parametrize(
    ("value", "expected"),
    [("20261122T101500-a1", True), ("a b", False), ("", False), (None, False), ("x" * 81, False)],
    ids=["name", "space", "empty", "none", "long"],
)
def test_a_run_is_named_as_step_functions_names_executions(value: Any, expected: bool):
    assert is_run_id(value) == expected
