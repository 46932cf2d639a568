"""Answers the Glue actions that are ours in place of MiniStack's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from local_aws.glue.bookmarks import Bookmarks
from local_aws.glue.errors import GlueApiError, invalid, not_found
from local_aws.glue.job_runs import JobRuns
from local_aws.glue.run_records import find_run, shown
from local_aws.patching import replace, wrap

Request = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Action = Callable[[Request], dict[str, Any]]

_MOST_RUNS_A_PAGE = 200


def put_in_place(runs: JobRuns, bookmarks: Bookmarks) -> None:
    """Put our actions before MiniStack's."""
    actions: dict[str, Action] = {
        "StartJobRun": lambda request: {"JobRunId": runs.start(request)},
        "BatchStopJobRun": lambda request: runs.stop(request["JobName"], request["JobRunIds"]),
        "GetJobRun": lambda request: {
            "JobRun": shown(find_run(request.get("JobName"), request.get("RunId")))
        },
        "GetJobRuns": list_runs,
        "GetJobBookmark": bookmarks.get,
        "ResetJobBookmark": bookmarks.reset,
        # Not AWS's: what the awsglue runtime of a job speaks with.
        "OpenJobBookmark": bookmarks.open,
        "ReadJobBookmark": bookmarks.read,
        "CommitJobBookmark": bookmarks.commit,
    }
    wrap(glue, "_handle_request_sync", _ours_first(actions), "23d06ad23cad")
    for name, action, pin in (
        ("_start_job_run", "StartJobRun", "41059030ccc1"),
        ("_batch_stop_job_run", "BatchStopJobRun", "330013f2a1a5"),
        ("_get_job_run", "GetJobRun", "549b1e6b7924"),
        ("_get_job_runs", "GetJobRuns", "e41d0a38a776"),
    ):
        replace(glue, name, _answering(actions[action]), pin)
    wrap(glue, "_delete_job", _forgetting(runs, bookmarks), "d19f98570238")


def list_runs(request: Request) -> dict[str, Any]:
    """Answer GetJobRuns: the newest first, in pages."""
    name = request.get("JobName")
    if name not in glue._jobs:
        raise not_found(f"Job {name} is not found")
    runs = list(reversed(glue._job_runs.get(name, [])))
    start = int(request.get("NextToken") or 0)
    end = start + int(request.get("MaxResults") or _MOST_RUNS_A_PAGE)
    answer: dict[str, Any] = {"JobRuns": [shown(run) for run in runs[start:end]]}
    if end < len(runs):
        answer["NextToken"] = str(end)
    return answer


def _ours_first(actions: dict[str, Action]) -> Callable[[Any], Any]:
    def around(original: Any) -> Any:
        def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> Response:
            action = actions.get(headers.get("x-amz-target", "").rpartition(".")[2])
            if action is None or path.startswith("/iceberg"):
                theirs: Response = original(method, path, headers, body, query)
                return theirs
            return _answering(action)(json.loads(body or b"{}"))

        return handle

    return around


def _answering(action: Action) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        response: Response
        try:
            response = json_response(_checked(action, request))
        except GlueApiError as refusal:
            response = error_response_json(refusal.code, refusal.message, 400)
        return response

    return answer


def _checked(action: Action, request: Request) -> dict[str, Any]:
    try:
        return action(request)
    except KeyError as missing:
        raise invalid(f"{missing.args[0]} is missing") from None


def _forgetting(runs: JobRuns, bookmarks: Bookmarks) -> Callable[[Any], Any]:
    """Let DeleteJob stop the job's runs and drop its bookmark, as Glue does."""

    def around(original: Any) -> Any:
        def delete(request: Request) -> Response:
            name = request.get("JobName", "")
            runs.stop(name, [run["Id"] for run in glue._job_runs.get(name, [])])
            bookmarks.forget(name)
            response: Response = original(request)
            return response

        return delete

    return around
