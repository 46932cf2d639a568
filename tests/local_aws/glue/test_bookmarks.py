"""The bookmark service, as clients and as job runs use it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.core import persistence
from ministack.services import glue as ministack_glue

from local_aws.glue.bookmarks import COMMITS_KEPT, Bookmarks
from local_aws.glue_job.bookmark_client import VersionMismatchException
from local_aws.glue_job.bookmark_session import BookmarkSession
from local_aws.glue_job.bookmark_state import ReadLimits, S3File, SourceState
from local_aws.settings import REGION
from tests.conftest import LocalCloud

OPTION = "job_bookmark_option"
Open = Callable[..., BookmarkSession]


def files(*names: str) -> list[S3File]:
    return [S3File("lake", name, 1, 1_700_000_000_000) for name in names]


def read(session: BookmarkSession, *names: str) -> list[str] | None:
    taken = session.select("ctx", files(*names), ReadLimits(max_band_ms=10**12))
    return None if taken is None else [file.key for file in taken]


@pytest.fixture
def open_session(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return what does job.init of a run, in the environment of a job's process."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_cloud.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr(BookmarkSession, "_current", None)

    def open_session(job: str, run: str, option: str = "enable", **more: str) -> BookmarkSession:
        arguments = {"JOB_RUN_ID": run, OPTION: f"job-bookmark-{option}", **more}
        return BookmarkSession.open(job, arguments)

    return open_session


@pytest.fixture
def job(request: pytest.FixtureRequest) -> str:
    return f"bookmarks-{request.node.name}"


@pytest.fixture
def glue(local_cloud: LocalCloud) -> Any:
    return local_cloud.client("glue")


def entry_of(glue: Any, job: str, **which: str) -> dict[str, Any]:
    entry: dict[str, Any] = glue.get_job_bookmark(JobName=job, **which)["JobBookmarkEntry"]
    return entry


def test_the_counters_of_a_success_a_death_and_a_success(
    open_session: Open, glue: Any, job: str
) -> None:
    counters = []
    for run, commits in (("jr_1", True), ("jr_2", False), ("jr_3", True)):
        session = open_session(job, run)
        read(session, "a")
        if commits:
            session.commit()
        entry = entry_of(glue, job)
        counters.append((entry["Version"], entry["Run"], entry["Attempt"], entry["RunId"]))
    assert counters == [(2, 1, 0, "jr_1"), (3, 1, 0, "jr_2"), (5, 2, 1, "jr_3")]


def test_states_of_several_contexts_are_kept_apart(open_session: Open, glue: Any, job: str) -> None:
    first = open_session(job, "jr_1")
    for context in ("orders", "returns"):
        first.select(context, files("a"), ReadLimits())
    first.commit()
    second = open_session(job, "jr_2")
    assert second.select("orders", files("a", "b"), ReadLimits()) == files()
    second.commit()  # read nothing of returns
    assert set(json.loads(entry_of(glue, job)["JobBookmark"])) == {"orders", "returns"}


def test_without_a_transformation_ctx_there_is_no_bookmark(open_session: Open, job: str) -> None:
    session = open_session(job, "jr_1")
    assert session.select("", files("a"), ReadLimits()) is None


def test_disabled_bookmarks_neither_filter_nor_save(
    open_session: Open, glue: Any, job: str
) -> None:
    session = open_session(job, "jr_1", "disable")
    assert read(session, "a") is None
    session.commit()
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        entry_of(glue, job)


def test_a_paused_bookmark_filters_and_does_not_move(
    open_session: Open, glue: Any, job: str
) -> None:
    first = open_session(job, "jr_1")
    read(first, "a")
    first.commit()
    before = entry_of(glue, job)
    for run in ("jr_2", "jr_3"):
        paused = open_session(job, run, "pause")
        assert read(paused, "a", "b") == ["b"]
        paused.commit()
    assert entry_of(glue, job) == before


def three_runs(open_session: Open, job: str) -> None:
    for run, names in (("jr_1", "a"), ("jr_2", "ab"), ("jr_3", "abc")):
        session = open_session(job, run)
        read(session, *names)
        session.commit()


def test_a_range_of_runs_is_read_again(open_session: Open, job: str) -> None:
    three_runs(open_session, job)
    ends = {"job_bookmark_from": "jr_1", "job_bookmark_to": "jr_2"}
    paused = open_session(job, "jr_4", "pause", **ends)
    assert read(paused, "a", "b", "c", "d") == ["b"]


def test_a_range_of_unknown_runs_is_refused(open_session: Open, job: str) -> None:
    three_runs(open_session, job)
    ends = {"job_bookmark_from": "jr_nope", "job_bookmark_to": "jr_2"}
    with pytest.raises(Exception, match="EntityNotFoundException: Job run jr_nope"):
        open_session(job, "jr_4", "pause", **ends)


def test_a_reset_forgets_everything(open_session: Open, glue: Any, job: str) -> None:
    three_runs(open_session, job)
    reset = glue.reset_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert (reset["Run"], reset["Attempt"], reset["JobBookmark"]) == (0, 0, "{}")
    assert read(open_session(job, "jr_4"), "a", "b", "c") == ["a", "b", "c"]


def test_a_reset_to_a_run_goes_back_to_its_end(open_session: Open, glue: Any, job: str) -> None:
    three_runs(open_session, job)
    glue.reset_job_bookmark(JobName=job, RunId="jr_1")
    assert read(open_session(job, "jr_4"), "a", "b", "c") == ["b", "c"]


def test_the_entry_of_an_earlier_run(open_session: Open, glue: Any, job: str) -> None:
    three_runs(open_session, job)
    assert entry_of(glue, job, RunId="jr_2")["Run"] == 2
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        entry_of(glue, job, RunId="jr_9")


@pytest.mark.parametrize("meanwhile", ["another run", "a reset"])
def test_a_commit_fails_when_the_bookmark_has_moved_meanwhile(
    open_session: Open, glue: Any, job: str, meanwhile: str
) -> None:
    slow = open_session(job, "jr_1")
    read(slow, "a")
    if meanwhile == "a reset":
        glue.reset_job_bookmark(JobName=job)
    else:
        other = open_session(job, "jr_2")
        read(other, "a")
        other.commit()
    with pytest.raises(VersionMismatchException, match="Expected version 1 but found version"):
        slow.commit()


def test_init_without_the_resolved_arguments_is_refused(
    job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Glue takes the option from what job.init is given, so an empty dictionary turns it off."""
    monkeypatch.setattr(sys, "argv", ["job.py", "--job-bookmark-option", "job-bookmark-enable"])
    with pytest.raises(ValueError, match="pass it the dictionary that getResolvedOptions returned"):
        BookmarkSession.open(job, {})


def test_a_bounded_number_of_commits_is_kept(open_session: Open, glue: Any, job: str) -> None:
    for number in range(COMMITS_KEPT + 1):
        session = open_session(job, f"jr_{number}")
        session.select("ctx", files("a"), ReadLimits())
        session.commit()
    entry_of(glue, job, RunId="jr_1")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        entry_of(glue, job, RunId="jr_0")


def test_bookmarks_survive_a_restart_of_the_cloud() -> None:
    bookmarks = Bookmarks()
    opened = bookmarks.open({"JobName": "saved", "RunId": "jr_1"})
    states = {"ctx": SourceState(5, 3, frozenset({"ab"})).to_json(1)}
    commit = {"JobName": "saved", "RunId": "jr_1", "Version": opened["Version"], "States": states}
    bookmarks.commit(commit)
    before = bookmarks.get({"JobName": "saved"})
    text = json.dumps(ministack_glue.get_state(), default=persistence._json_default)
    restored = json.loads(text, object_hook=persistence._json_object_hook)
    bookmarks.forget("saved")
    ministack_glue.load_persisted_state(restored)
    assert bookmarks.get({"JobName": "saved"}) == before
    assert bookmarks.read({"JobName": "saved", "RunId": "jr_1"}) == {"States": states}
