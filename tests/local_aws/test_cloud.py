"""The local cloud starts once, is found again, keeps its port and stops."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws import cloud
from local_aws.run_files import is_claimed
from local_aws.settings import default_jars_dir
from tests.conftest import LocalCloud

Up = Callable[[], dict[str, str]]


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    cloud.down(tmp_path / "state")


@pytest.fixture
def up(state_dir: Path) -> Up:
    return lambda: cloud.up(state_dir, default_jars_dir())


def test_a_cloud_that_was_never_started_is_not_running(state_dir: Path) -> None:
    assert not cloud.status(state_dir).running
    assert cloud.down(state_dir) is False


def test_up_answers_with_endpoints_and_a_second_up_finds_the_first(up: Up, state_dir: Path) -> None:
    first = up()
    second = up()
    assert first == second == json.loads((state_dir / "endpoints.json").read_text())
    assert first["account"] == "000000000000"
    assert cloud.status(state_dir).running


def test_down_removes_the_endpoints_and_the_next_up_has_the_same_port(
    up: Up, state_dir: Path
) -> None:
    first = up()
    assert cloud.down(state_dir) is True
    assert not (state_dir / "endpoints.json").exists()
    assert up()["aws"] == first["aws"]


def test_endpoints_of_a_killed_cloud_are_recognised_as_stale(up: Up, state_dir: Path) -> None:
    first = up()
    os.kill(int(first["pid"]), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while is_claimed(state_dir) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (state_dir / "endpoints.json").exists()
    assert not cloud.status(state_dir).running
    assert up()["pid"] != first["pid"]


def test_a_port_that_was_taken_meanwhile_is_replaced_by_a_free_one(up: Up, state_dir: Path) -> None:
    first = up()
    cloud.down(state_dir)
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(first["aws"].rsplit(":", 1)[1])))
        other.listen()
        assert up()["aws"] != first["aws"]


def test_a_cloud_that_cannot_start_says_why(up: Up, state_dir: Path) -> None:
    (state_dir / "endpoints.json.tmp").mkdir(parents=True)
    with pytest.raises(cloud.CloudError, match="IsADirectoryError"):
        up()
    assert not cloud.status(state_dir).running


def test_a_cloud_serves_more_connections_than_a_shell_usually_allows(
    local_cloud: LocalCloud,
) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    host, port = local_cloud.endpoint.removeprefix("http://").split(":")
    connections = [socket.create_connection((host, int(port))) for _ in range(1100)]
    try:
        assert local_cloud.client("sts").get_caller_identity()["Account"] == "000000000000"
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as package:
            package.writestr("many.py", "def handle(event, context): return event\n")
        functions = local_cloud.client("lambda")
        functions.create_function(
            FunctionName="many-connections",
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/many",
            Handler="many.handle",
            Code={"ZipFile": code.getvalue()},
        )
        answer = functions.invoke(FunctionName="many-connections", Payload=b'{"a": 1}')
        assert json.load(answer["Payload"]) == {"a": 1}
    finally:
        for connection in connections:
            connection.close()
