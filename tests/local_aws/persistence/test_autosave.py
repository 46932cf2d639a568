"""State files are whole, written only when something changed, also while it changes."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from local_aws.persistence.autosave import StateFiles, _is_read_only


@pytest.fixture
def files(tmp_path: Path) -> StateFiles:
    return StateFiles(tmp_path)


def _payload(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())["payload"]


def test_a_state_is_written_and_no_unfinished_file_is_left(
    files: StateFiles, tmp_path: Path
) -> None:
    files.save({"sns": lambda: {"topics": [1]}, "empty": lambda: None})
    assert _payload(tmp_path, "sns") == {"topics": [1]}
    assert [path.name for path in tmp_path.iterdir()] == ["sns.json"]


def test_an_unchanged_state_is_not_written_again(files: StateFiles, tmp_path: Path) -> None:
    files.save({"sns": lambda: {"topics": [1]}})
    (tmp_path / "sns.json").unlink()
    files.save({"sns": lambda: {"topics": [1]}})
    assert not (tmp_path / "sns.json").exists()
    files.save({"sns": lambda: {"topics": [2]}})
    assert _payload(tmp_path, "sns") == {"topics": [2]}


def test_a_state_that_cannot_be_read_keeps_its_last_file_and_the_others_are_saved(
    files: StateFiles, tmp_path: Path
) -> None:
    files.save({"bad": lambda: {"a": 1}})
    files.save({"bad": lambda: {"a": object()}, "good": lambda: {"b": 2}})
    assert _payload(tmp_path, "bad") == {"a": 1}
    assert _payload(tmp_path, "good") == {"b": 2}


def test_a_state_that_changes_while_it_is_read_is_read_again(
    files: StateFiles, tmp_path: Path
) -> None:
    state: dict[str, int] = {str(i): i for i in range(5000)}
    stop = threading.Event()

    def change() -> None:
        i = 0
        while not stop.is_set():
            state[f"new-{i}"] = i
            state.pop(f"new-{i - 10}", None)
            i += 1
            stop.wait(0.0005)

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(20):
            files.save({"busy": lambda: {"state": state}})
            assert len(_payload(tmp_path, "busy")["state"]) >= 5000
    finally:
        stop.set()
        changer.join()


@pytest.mark.parametrize(
    ("method", "target", "body", "read_only"),
    [
        ("GET", "", b"", True),
        ("POST", "AWSGlue.GetTable", b"", True),
        ("POST", "AWSGlue.CreateTable", b"", False),
        ("POST", "", b"Action=DescribeStacks&Version=1", True),
        ("POST", "", b"Action=CreateStack&Version=1", False),
        ("PUT", "", b"anything", False),
    ],
)
def test_calls_that_change_nothing_set_no_saving_going(
    method: str, target: str, body: bytes, read_only: bool
) -> None:
    assert _is_read_only(method, {"x-amz-target": target}, body) is read_only
