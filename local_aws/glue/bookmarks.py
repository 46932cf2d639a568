"""The bookmark service: what GetJobBookmark and ResetJobBookmark show, and jobs open and commit.

An entry has Glue's three counters: the run number grows with every committed run, the attempt
number with every run that follows one that did not commit, the version with every change. A
commit names the version that its job.init saw, so of two runs side by side one fails.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import glue

from local_aws.glue.errors import GlueApiError, not_found

Entry = dict[str, Any]
States = dict[str, dict[str, Any]]

COMMITS_KEPT = 50  # to which a bookmark can be rewound
_STORE_NAME = "job_bookmarks"
_NEW: Entry = {
    "Version": 0,
    "Run": 0,
    "Attempt": 0,
    "RunId": "",
    "PreviousRunId": "",
    "Committed": True,
    "States": {},
    "Commits": [],
}


class Bookmarks:
    """The bookmarks of all jobs, kept with MiniStack's own Glue state."""

    def __init__(self) -> None:
        self._entries = AccountRegionScopedDict()
        self._lock = threading.Lock()
        glue._ALL_STATE[_STORE_NAME] = self._entries

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        """Register a run's attempt (job.init); return version, run number and states."""
        name, run_id = request["JobName"], request["RunId"]
        with self._lock:
            entry = self._entries.get(name, _NEW)
            if entry["RunId"] != run_id or entry["Committed"]:
                entry = self._entries[name] = {
                    **entry,
                    "Version": entry["Version"] + 1,
                    "Attempt": 0 if entry["Committed"] else entry["Attempt"] + 1,
                    "PreviousRunId": entry["RunId"],
                    "RunId": run_id,
                    "Committed": False,
                }
        run = entry["Run"] + 1
        return {"Version": entry["Version"], "Run": run, "States": entry["States"]}

    def read(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the states, as the last commit up to and with a run has left them."""
        name = request["JobName"]
        entry = self._entries.get(name, _NEW)
        run_id = request.get("RunId")
        return {"States": self._states_at(name, entry, run_id) if run_id else entry["States"]}

    def commit(self, request: dict[str, Any]) -> dict[str, Any]:
        """Save a run's states (job.commit); return the new version.

        Raises
        ------
        GlueApiError : VersionMismatchException.
        """
        name = request["JobName"]
        with self._lock:
            entry = self._entries.get(name, _NEW)
            if entry["Version"] != request["Version"]:
                raise GlueApiError(
                    "VersionMismatchException",
                    "Continuation update failed due to version mismatch. Expected version "
                    f"{request['Version']} but found version {entry['Version']}",
                )
            entry = {
                **entry,
                "Version": entry["Version"] + 1,
                "Run": entry["Run"] + (not entry["Committed"]),
                "Committed": True,
                "States": {**entry["States"], **request["States"]},
            }
            commit = {**entry, "CommittedOn": time.time(), "Commits": []}
            entry["Commits"] = [*entry["Commits"], commit][-COMMITS_KEPT:]
            self._entries[name] = entry
        return {"Version": entry["Version"]}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer GetJobBookmark: the latest entry, or the one that a run has committed."""
        name, run_id = request["JobName"], request.get("RunId")
        entry = self._existing(name)
        if run_id and run_id != entry["RunId"]:
            commits = [commit for commit in entry["Commits"] if commit["RunId"] == run_id]
            if not commits:
                raise not_found(f"Continuation for job {name} and run {run_id} does not exist")
            entry = commits[-1]
        return _shown(name, entry)

    def reset(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer ResetJobBookmark: forget everything, or go back to the end of a run."""
        name, run_id = request["JobName"], request.get("RunId")
        with self._lock:
            entry = self._existing(name)
            states = self._states_at(name, entry, run_id) if run_id else {}
            changes = {"Version": entry["Version"] + 1, "States": states, "Committed": True}
            counters = {"Attempt": 0} if run_id else {"Attempt": 0, "Run": 0}
            entry = self._entries[name] = {**entry, **changes, **counters}
        return _shown(name, entry)

    def forget(self, job_name: str) -> None:
        """Drop the bookmark of a job that is deleted."""
        self._entries.pop(job_name, None)

    def _existing(self, name: str) -> Entry:
        entry: Entry | None = self._entries.get(name)
        if entry is None:
            raise not_found(f"Continuation for job {name} does not exist")
        return entry

    def _states_at(self, name: str, entry: Entry, run_id: str) -> States:
        """Return the states after the last committed run before and including `run_id`."""
        states: States
        for commit in reversed(entry["Commits"]):
            if commit["RunId"] == run_id:
                states = commit["States"]
                return states
        runs = glue._job_runs.get(name, [])
        started = next((run["StartedOn"] for run in runs if run["Id"] == run_id), None)
        if started is None:
            raise not_found(f"Job run {run_id} of job {name} is not found")
        earlier = [commit for commit in entry["Commits"] if commit["CommittedOn"] <= started]
        states = earlier[-1]["States"] if earlier else {}
        return states


def _shown(name: str, entry: Entry) -> dict[str, Any]:
    counters = {key: entry[key] for key in ("Version", "Run", "Attempt")}
    runs = {key: entry[key] for key in ("RunId", "PreviousRunId") if entry[key]}
    text = json.dumps(entry["States"], separators=(",", ":"))
    return {"JobBookmarkEntry": {"JobName": name, **counters, **runs, "JobBookmark": text}}
