"""One process at a time holds a state folder, and looking at it does not get in the way."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from local_aws.run_files import (
    StateDirInUseError,
    claim_state_dir,
    is_claimed,
    remove_endpoints,
    write_endpoints,
)
from local_aws.settings import CloudSettings, read_endpoints


def test_a_folder_is_claimed_while_it_is_held(tmp_path: Path) -> None:
    assert not is_claimed(tmp_path)
    with claim_state_dir(tmp_path):
        assert is_claimed(tmp_path)
        with (
            pytest.raises(StateDirInUseError, match="already runs"),
            claim_state_dir(tmp_path, patience=0.05),
        ):
            pass
    assert not is_claimed(tmp_path)


def test_those_who_look_do_not_keep_a_cloud_from_starting(tmp_path: Path) -> None:
    (tmp_path / "cloud.lock").touch()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            is_claimed(tmp_path)

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(50):
            with claim_state_dir(tmp_path):
                pass
    finally:
        stop.set()
        for looker in lookers:
            looker.join()


def test_endpoints_are_written_whole_and_removed(tmp_path: Path) -> None:
    settings = CloudSettings(state_dir=tmp_path, port=4321, jars_dir=tmp_path)
    write_endpoints(settings, 99)
    assert read_endpoints(tmp_path) == {
        "aws": "http://127.0.0.1:4321",
        "region": "us-east-1",
        "account": "000000000000",
        "pid": "99",
    }
    remove_endpoints(tmp_path)
    remove_endpoints(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_endpoints(tmp_path)
